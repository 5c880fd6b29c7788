// SPDX-License-Identifier: Apache-2.0
// Learns a language guard from stretches of recordings that are of the head's language and of others that are not:
// label transitions and weights from one part of the recordings, the limit from a second, and a third says what came of
// it. Parts are those of fit.h, by recording.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "decode/ctc/evidence.h"
#include "decode/ctc/language_guard.h"
#include "fit/logistic.h"

namespace seben::correction {

struct GuardStretch {
  std::vector<ctc::FrameEvidence> frames;
  std::int64_t words = 0;  ///< that the head wrote there
};

struct GuardRecording {
  std::string id;
  double seconds = 0.0;
  std::vector<GuardStretch> stretches;  ///< none where the head wrote nothing
};

/// Recordings of one kind.
struct GuardSet {
  std::string name;
  bool known = false;  ///< of the head's language
  std::vector<GuardRecording> recordings;
};

/// How a guard does on one set.
struct GuardSetResult {
  std::string name;
  bool known = false;
  std::int64_t recordings = 0, stretches = 0, refused = 0, words = 0, refused_words = 0;
  double seconds = 0.0;

  /// Words a minute that are written.
  [[nodiscard]] double per_minute() const noexcept {
    return seconds > 0.0 ? 60.0 * static_cast<double>(words - refused_words) / seconds : 0.0;
  }
};

struct GuardFitInput {
  std::vector<GuardSet> sets;
  ctc::HeadIdentity head;
  double frames_per_second = 1.0;
};

struct GuardFitOptions {
  LogisticOptions logistic;
  double most_refused = 0.02;  ///< share of stretches of the head's own language that may be refused
};

struct GuardFit {
  ctc::LanguageGuard guard;
  std::vector<GuardSetResult> test;  ///< on the third part, by set
  double area = 0.0;                 ///< of the test part: P(a known stretch scores above another)
};

/// What a guard makes of a set.
[[nodiscard]] GuardSetResult judge(const ctc::LanguageGuard& guard, const GuardSet& set, double frames_per_second);

/// Error(bad_data) without stretches of both kinds in every part.
[[nodiscard]] GuardFit fit_guard(const GuardFitInput& input, const GuardFitOptions& options);

}  // namespace seben::correction
