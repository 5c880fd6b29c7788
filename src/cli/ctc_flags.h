// SPDX-License-Identifier: Apache-2.0
// Flags of a CTC head's decoding.
#pragma once

#include <CLI/CLI.hpp>

#include "seben/transcriber.h"

namespace seben::cli {

/// The flags of CtcOptions, the same for every command that decodes.
void add_ctc_flags(CLI::App& command, CtcOptions& options);

}  // namespace seben::cli
