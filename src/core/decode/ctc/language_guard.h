// SPDX-License-Identifier: Apache-2.0
// The frozen language guard, guard.json (docs/language-guard.md): whether a stretch of a recording sounds like what the
// head was trained to write, told by how sure the head is and by what its labels look like one after the other.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/ctc/evidence.h"
#include "decode/ctc/head_identity.h"

namespace seben::ctc {

/// How often one label follows another in what the head reads of its own language; the blank stands for the beginning
/// and the end of a stretch.
class Transitions {
 public:
  Transitions() = default;
  Transitions(std::int64_t classes, std::int64_t blank);

  void add(std::span<const std::int64_t> labels, std::int64_t times = 1);
  /// Mean ln P of a label given the one before it. `seen`: the stretch was counted once and that is taken back.
  [[nodiscard]] double log_prob(std::span<const std::int64_t> labels, bool seen = false) const;

  using Counts = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  /// Adds `count` to one transition.
  void add(std::int64_t from, std::int64_t to, std::int64_t count);

 private:
  std::int64_t classes_ = 0, blank_ = 0, total_ = 0;
  Counts counts_;
  std::vector<std::int64_t> from_, to_;  ///< sums by the label before and by the label
};

inline constexpr std::array<std::string_view, 7> kGuardFeatures{"sureness",   "unsure_share", "entropy", "blank_share",
                                                                "label_rate", "transitions",  "length"};
using GuardValues = std::array<double, kGuardFeatures.size()>;

/// The features of a stretch. `seen` as in Transitions::log_prob.
[[nodiscard]] GuardValues guard_values(std::span<const FrameEvidence> frames, std::int64_t blank,
                                       double frames_per_second, const Transitions& transitions, bool seen = false);

struct GuardFeature {
  double mean = 0.0;
  double deviation = 1.0;  ///< above 0
  double weight = 0.0;     ///< of (value - mean) / deviation
};

struct LanguageGuard {
  std::array<GuardFeature, kGuardFeatures.size()> features;  ///< in the order of kGuardFeatures
  double bias = 0.0;
  double limit = 0.0;  ///< a stretch whose score is below it does not sound like the head's language; 0..1
  Transitions transitions;
  HeadIdentity head;
  std::vector<std::string> known, other;  ///< names of the sets it was calibrated on
  std::string fit = "{}";                 ///< a JSON object: how it did on them

  /// P(the stretch is of the head's language), 0..1.
  [[nodiscard]] double score(const GuardValues& values) const noexcept;

  /// Error(bad_data) starting with `source` and naming the field: another version, features that are not
  /// kGuardFeatures in their order, numbers out of bounds, transitions of classes that are none or named twice.
  [[nodiscard]] static LanguageGuard parse(std::string_view text, const std::string& source);
  [[nodiscard]] static LanguageGuard load(const std::string& path);
  /// Canonical: equal guards are equal bytes.
  [[nodiscard]] std::string to_text() const;
};

}  // namespace seben::ctc
