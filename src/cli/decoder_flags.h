// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "seben/transcriber.h"

namespace seben::cli {

/// The flags of DecoderOptions, the same for every command that decodes.
void add_decoder_flags(CLI::App& command, DecoderOptions& options);

}  // namespace seben::cli
