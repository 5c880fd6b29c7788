// SPDX-License-Identifier: Apache-2.0
// How Whisper's text decoder writes.
#pragma once

#include "cli/app.h"
#include "seben/whisper_options.h"

namespace seben::cli {

inline constexpr const char* kWhisperGroup = "Whisper";

/// The flags of WhisperOptions, named as those of openai-whisper's program where it has them.
void add_whisper_flags(const App& command, WhisperOptions& options);

}  // namespace seben::cli
