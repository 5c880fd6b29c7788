// SPDX-License-Identifier: Apache-2.0
// From recordings to what a language guard is fitted and measured on: each heard once, its text in stretches.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "engine/decoding.h"
#include "engine/recogniser.h"
#include "fit/guard_fit.h"

namespace seben::pipeline {

/// Recordings of one kind, not heard yet.
struct GuardPlace {
  std::string name;
  bool known = false;
  std::vector<std::string> recordings;
};

/// A recording, a folder of them, or a manifest (.tsv) as read_eval_manifest takes it. Its name is the last part of the
/// path, without its ending.
[[nodiscard]] GuardPlace guard_place(const std::string& path, bool known);

class GuardListener {
 public:
  /// Errors as Recogniser's; Error(usage) for a bundle without encoder.
  GuardListener(const bundle::Bundle& bundle, const std::string& precision, int threads);

  [[nodiscard]] correction::GuardRecording hear(const std::string& path);
  [[nodiscard]] double frames_per_second() const noexcept { return frames_per_second_; }

 private:
  Decoding decoding_;
  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  std::size_t overlap_;
  double frames_per_second_;
};

struct HeardSets {
  std::vector<correction::GuardSet> sets;
  std::vector<std::string> failures;  ///< recordings that could not be heard
};

/// Hears all of them; a recording that fails is named and the rest go on. `progress` gets the number heard.
[[nodiscard]] HeardSets hear_sets(GuardListener& listener, const std::vector<GuardPlace>& places,
                                  const std::function<void(std::size_t done)>& progress);

/// A line a set, under a headline: recordings, minutes, stretches refused, words a minute before and after.
[[nodiscard]] std::string guard_table(const std::vector<correction::GuardSetResult>& results);

}  // namespace seben::pipeline
