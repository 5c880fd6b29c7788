// SPDX-License-Identifier: Apache-2.0
// One recording through Whisper's decoder in pieces that are told nothing of each other, several at a time.
#pragma once

#include "engine/whisper_pass.h"

namespace seben::pipeline {

/// Pieces are cut where it is quiet. `largest_log` is of the whole recording, for a decoder whose log-mel depends on
/// it. Error(usage) for a pass with a head. Other errors as run_whisper.
[[nodiscard]] WhisperResult run_pieces(const WhisperPass& pass, const audio::WindowReader::Source& source,
                                       float largest_log);

}  // namespace seben::pipeline
