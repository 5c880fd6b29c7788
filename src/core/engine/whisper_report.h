// SPDX-License-Identifier: Apache-2.0
// What passes over a recording have in common: where its sound begins, and what is told of the text.
#pragma once

#include <cstdint>
#include <span>

#include "decode/whisper/windows.h"
#include "engine/text_plan.h"
#include "engine/whisper_pass.h"

namespace seben::pipeline {

/// Mel frames of perfect silence that a window begins with, a second or more, else 0: what is no recording at all, as
/// before the sound of a video. The decoder would have its first cue begin there. 0 for a window that holds nothing
/// else.
[[nodiscard]] std::int64_t perfect_silence(std::span<const float> window);

/// A timestamp may point into the silence that fills up a window: nothing is said behind `end`, in seconds, where the
/// recording or the part that was asked for ends. A cue keeps a timestamp's length.
void keep_within(WhisperSegment& segment, double end);

/// Everything but the segments.
void describe(const generate::Transcript& transcript, const TextPlan& plan, WhisperResult& out);

}  // namespace seben::pipeline
