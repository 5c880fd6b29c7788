// SPDX-License-Identifier: Apache-2.0
// One proposed text: the hypothesis with one edit, or unchanged.
#pragma once

#include <cstdint>
#include <string_view>

#include "decode/ctc/label_edit.h"

namespace seben::correction {

/// In the words of the person who corrects: a deletion removes a symbol from the hypothesis, an insertion adds one.
enum class EditKind : std::uint8_t { copy, substitution, deletion, insertion };

[[nodiscard]] constexpr EditKind kind_of(const ctc::LabelEdit& edit) noexcept {
  if (edit.is_copy()) return EditKind::copy;
  if (edit.removed == 0) return EditKind::insertion;
  return edit.inserted < 0 ? EditKind::deletion : EditKind::substitution;
}

/// "COPY", "SUB", "DEL", "INS": as in files and reports.
[[nodiscard]] constexpr std::string_view to_string(EditKind kind) noexcept {
  switch (kind) {
    case EditKind::copy: return "COPY";
    case EditKind::substitution: return "SUB";
    case EditKind::deletion: return "DEL";
    case EditKind::insertion: return "INS";
  }
  return "";
}

struct Candidate {
  ctc::LabelEdit edit;
  double prior = 0.0;        ///< of this edit at this place, from the confusion maps: 0..1; 0 for COPY
  std::int64_t support = 0;  ///< how often the maps saw the confusion; 0 for COPY

  [[nodiscard]] bool operator==(const Candidate&) const = default;
};

}  // namespace seben::correction
