// SPDX-License-Identifier: Apache-2.0
// How the CTC head's text is found.
#pragma once

#include "cli/app.h"
#include "seben/transcriber.h"

namespace seben::cli {

inline constexpr const char* kCtcGroup = "CTC head";

/// The flags of CtcOptions, the same for every command that decodes.
void add_ctc_flags(const App& command, CtcOptions& options);

/// Error(usage) naming one of them that does nothing without another.
void refuse_idle_ctc(const App& command, const CtcOptions& options);

}  // namespace seben::cli
