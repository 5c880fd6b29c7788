// SPDX-License-Identifier: Apache-2.0
// The language guard between joining windows and the result: a recording's text in stretches, each judged by what the
// head itself made of its frames.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "decode/ctc/evidence.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/language_guard.h"

namespace seben::pipeline {

/// What belongs together: text without a longer pause, and the frames from its first symbol to its last.
struct Stretch {
  std::vector<ctc::Symbol> symbols;
  std::span<const ctc::FrameEvidence> frames;  ///< until the next call
};

/// Collects evidence window by window and cuts final symbols into stretches: at pauses, and at a space where a stretch
/// grows longer than a window.
class Stretches {
 public:
  /// `space`: the vocabulary's, or -1.
  Stretches(double frames_per_second, std::int64_t space);

  /// The next window; `first` is its first frame in the recording. Of frames that two windows heard the later window is
  /// believed in the second half.
  void see(ctc::LogProbsView log_probs, std::int64_t first);
  /// Final symbols, in order; `done` gets each stretch that they complete.
  void push(const std::vector<ctc::Symbol>& symbols, const std::function<void(const Stretch&)>& done);
  void finish(const std::function<void(const Stretch&)>& done);

 private:
  void close(const std::function<void(const Stretch&)>& done);

  std::int64_t pause_, longest_, space_;
  std::vector<ctc::FrameEvidence> evidence_;  ///< of the whole recording: 12 bytes a frame
  std::vector<ctc::Symbol> open_;
};

/// A stretch that does not sound like what the head knows.
struct RefusedSymbols {
  std::vector<ctc::Symbol> symbols;
  double score = 0.0;
};

class GuardStage {
 public:
  /// `leave_out`: refused stretches do not come out again. The guard must outlive it.
  GuardStage(const ctc::LanguageGuard& guard, double frames_per_second, std::int64_t blank, std::int64_t space,
             bool leave_out);

  void see(ctc::LogProbsView log_probs, std::int64_t first) { stretches_.see(log_probs, first); }
  /// Takes final symbols and returns those of stretches that are complete and may be written; a space stands where a
  /// stretch was left out.
  [[nodiscard]] std::vector<ctc::Symbol> push(const std::vector<ctc::Symbol>& symbols);
  [[nodiscard]] std::vector<ctc::Symbol> finish();
  [[nodiscard]] const std::vector<RefusedSymbols>& refused() const noexcept { return refused_; }

 private:
  void judge(const Stretch& stretch, std::vector<ctc::Symbol>& out);

  const ctc::LanguageGuard& guard_;
  double frames_per_second_;
  std::int64_t blank_, space_;
  bool leave_out_;
  Stretches stretches_;
  std::vector<RefusedSymbols> refused_;
};

}  // namespace seben::pipeline
