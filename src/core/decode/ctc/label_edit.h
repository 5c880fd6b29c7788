// SPDX-License-Identifier: Apache-2.0
// One small change of a label sequence: what correction proposes and what ctc/edit_scores.h scores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seben::ctc {

/// At `position` of the sequence, `removed` labels (0 or 1) give way to `inserted` (a label, or -1 for none).
/// Substitution: removed 1, inserted a label. Deletion: removed 1, inserted -1. Insertion before `position`, which may
/// be the sequence's size: removed 0, inserted a label. Copy, which changes nothing: removed 0, inserted -1.
struct LabelEdit {
  std::int64_t position = 0;
  std::int64_t removed = 0;
  std::int64_t inserted = -1;

  [[nodiscard]] constexpr bool is_copy() const noexcept { return removed == 0 && inserted < 0; }
  [[nodiscard]] bool operator==(const LabelEdit&) const = default;
};

/// The sequence after the edit, which must lie within it.
[[nodiscard]] inline std::vector<std::int64_t> apply(std::span<const std::int64_t> labels, const LabelEdit& edit) {
  const auto at = static_cast<std::size_t>(edit.position);
  std::vector<std::int64_t> out(labels.begin(), labels.begin() + static_cast<std::ptrdiff_t>(at));
  if (edit.inserted >= 0) out.push_back(edit.inserted);
  out.insert(out.end(), labels.begin() + static_cast<std::ptrdiff_t>(at + static_cast<std::size_t>(edit.removed)),
             labels.end());
  return out;
}

}  // namespace seben::ctc
