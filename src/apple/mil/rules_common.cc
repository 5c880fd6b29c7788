// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mil/rules.h"

namespace seben::mil {

bool may_equal(const Shape& a, const Shape& b) noexcept {
  return a.size() == b.size() &&
         std::ranges::equal(a, b, [](std::int64_t x, std::int64_t y) { return may_equal(x, y); });
}

Shape broadcast(const Operands& op, const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  const std::size_t shift = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    const std::int64_t x = longer[shift + i], y = shorter[i];
    if (x == y || y == 1) continue;
    if (x == 1 || x == kUnknown) {
      out[shift + i] = y;
    } else if (y != kUnknown) {
      op.fail("shapes", "shapes that broadcast", to_string(a) + " and " + to_string(b));
    }
  }
  return out;
}

std::size_t axis_of(const Operands& op, std::string_view operand, std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) {
    op.fail(operand, "an axis in " + std::to_string(-rank) + ".." + std::to_string(rank - 1), std::to_string(axis));
  }
  return static_cast<std::size_t>(axis < 0 ? axis + rank : axis);
}

void require_float(const Operands& op, std::string_view operand) {
  const DType dtype = op.type(operand).dtype;
  if (dtype != DType::fp16 && dtype != DType::fp32) op.fail(operand, "fp16 or fp32", to_string(op.type(operand)));
}

void require_rank(const Operands& op, std::string_view operand, std::int64_t least, std::int64_t most) {
  const std::int64_t rank = op.type(operand).rank();
  if (rank < least || rank > most) {
    op.fail(operand, "rank " + std::to_string(least) + (least == most ? "" : ".." + std::to_string(most)),
            to_string(op.type(operand)));
  }
}

}  // namespace seben::mil
