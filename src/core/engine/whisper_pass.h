// SPDX-License-Identifier: Apache-2.0
// One recording through Whisper's decoder and, when wanted, through the CTC head, from the same pass of the encoder
// where both read the same log-mel. The decoder's timestamps say where each window begins, so neighbouring windows
// overlap by as much as it left unread.
#pragma once

#include <functional>

#include "audio/windows.h"
#include "engine/recogniser.h"
#include "engine/recording.h"
#include "engine/text_stage.h"
#include "seben/transcript.h"

namespace seben::pipeline {

struct WhisperPass {
  const Recogniser& recogniser;
  WindowMemory& memory;
  const TextStage& text;
  generate::TextDecoder& decoder;  ///< made by `text`
  Recording* head = nullptr;       ///< nullptr: Whisper's text alone
  Timings& timings;
  std::function<void(const WhisperSegment&)> on_segment;  ///< may be empty; each once, as soon as it is final
  /// May be empty; before every window, whether it is silent or not, and at the end: the seconds that are done.
  std::function<void(double done_seconds)> on_progress = {};
  /// Makes the source begin anew, for a decoder whose log-mel depends on the whole recording. Empty: its samples are
  /// stored meanwhile.
  std::function<void()> rewind = {};
};

struct WhisperResult {
  WhisperText text;
  double audio_seconds = 0.0;        ///< that were listened to: with clips, up to the last one's end
  std::vector<std::string> notes;    ///< why the encoder ran twice
  std::vector<std::string> suspect;  ///< loops, and windows on which head, decoder and silence gate disagree
};

/// Error(usage) for options that this decoder cannot do, such as an unknown language or a prompt that is too long.
[[nodiscard]] WhisperResult run_whisper(const WhisperPass& pass, const audio::WindowReader::Source& source);

}  // namespace seben::pipeline
