// SPDX-License-Identifier: Apache-2.0
// The words that an edit touches, before and after it: from the space before the edit to the space after it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/ctc/label_edit.h"

namespace seben::correction {

class WordContext {
 public:
  /// `space` is -1 in a vocabulary without one: then all is one word.
  WordContext(std::span<const std::int64_t> labels, const ctc::LabelEdit& edit, std::int64_t space) {
    auto first = edit.position, end = edit.position + edit.removed;
    const auto at = [&](std::int64_t i) { return labels[static_cast<std::size_t>(i)]; };
    while (first > 0 && at(first - 1) != space) --first;
    while (end < static_cast<std::int64_t>(labels.size()) && at(end) != space) ++end;
    const auto words = labels.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(end - first));
    before_.assign(words.begin(), words.end());
    after_ = ctc::apply(words, {edit.position - first, edit.removed, edit.inserted});
  }

  [[nodiscard]] const std::vector<std::int64_t>& before() const noexcept { return before_; }
  [[nodiscard]] const std::vector<std::int64_t>& after() const noexcept { return after_; }

 private:
  std::vector<std::int64_t> before_, after_;
};

}  // namespace seben::correction
