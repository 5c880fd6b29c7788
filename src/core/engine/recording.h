// SPDX-License-Identifier: Apache-2.0
// What one recording accumulates while its windows go by: decoding, correction, joining, guards, results.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "correct/proposer.h"
#include "decode/ctc/log_probs.h"
#include "engine/correction_stage.h"
#include "engine/decoding.h"
#include "engine/guard_stage.h"
#include "engine/recogniser.h"
#include "engine/result.h"
#include "engine/stitch.h"
#include "engine/word_joiner.h"
#include "seben/error.h"
#include "seben/transcriber.h"

namespace seben::pipeline {

/// The same failure, with the path where a recording as such is meant.
[[nodiscard]] Error about_recording(const Error& error, const std::string& path);

class Recording {
 public:
  /// `correction` may be nullptr. All of them must outlive the recording.
  Recording(const Recogniser& recogniser, const Decoding& decoding, const CorrectionStage* correction,
            const Callbacks& callbacks, double window_seconds);

  /// Judges the text by this guard, which must outlive the recording; before the first window.
  void guard_language(const ctc::LanguageGuard& guard, bool leave_out);
  /// The next window; `first` is its first frame in the recording. Returns whether anything was read in it.
  bool add_window(ctc::LogProbsView log_probs, std::int64_t first, correction::Proposals& memory);
  /// Before the window that brings it there: the sound reaches to that second, and no time of the result lies behind
  /// it.
  void sound_ends_at(double seconds) noexcept { builder_.sound_ends_at(seconds); }
  /// Looks for windows that must not be taken for silence, or that show another blank than the declared one.
  void guard(ctc::LogProbsView log_probs, std::span<const float> samples, double start_seconds);
  void report(const Progress& progress) const;
  [[nodiscard]] Transcript finish();

  [[nodiscard]] Timings& timings() noexcept { return timings_; }

 private:
  void deliver(const std::vector<ctc::Symbol>& symbols);
  bool add_words(ctc::LogProbsView log_probs, std::int64_t first);
  void deliver_words(std::vector<ChosenWord> words);
  void write(const std::vector<ctc::Symbol>& symbols);
  void tell_refused(Transcript& out) const;
  [[nodiscard]] Corrections corrections();

  const nko::Vocabulary& vocabulary_;
  const Decoding& decoding_;
  const CorrectionStage* correction_;
  const Callbacks& callbacks_;
  double frames_per_second_;
  ResultBuilder builder_;
  std::optional<GuardStage> language_;
  double limit_ = 0.0;  // of the language guard
  Stitcher stitcher_;
  Stitcher read_stitcher_;  // of the uncorrected readings
  WordJoiner joiner_;       // instead, where words are chosen
  std::vector<WordChoice> choices_;
  std::vector<WindowAlternatives> alternatives_;
  bool has_words_ = false;
  std::vector<ctc::Symbol> read_, written_;  // whole recording, only when correcting
  std::vector<PlacedEdit> edits_;
  std::int64_t previous_end_ = 0;
  std::int64_t windows_ = 0;
  std::vector<std::string> suspect_;
  Timings timings_;
};

}  // namespace seben::pipeline
