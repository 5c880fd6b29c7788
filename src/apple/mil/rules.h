// SPDX-License-Identifier: Apache-2.0
// The parts that the operator table is made of, and what their rules share.
#pragma once

#include <string>
#include <vector>

#include "mil/operators.h"

namespace seben::mil {

void add_elementwise_rules(std::vector<OperatorRule>& rules);
void add_product_rules(std::vector<OperatorRule>& rules);
void add_norm_rules(std::vector<OperatorRule>& rules);
void add_shape_rules(std::vector<OperatorRule>& rules);
void add_slice_rules(std::vector<OperatorRule>& rules);
void add_sequence_rules(std::vector<OperatorRule>& rules);
void add_constexpr_rules(std::vector<OperatorRule>& rules);

/// NumPy's broadcasting, aligned at the end; an unknown dimension against a known one above 1 takes the known one.
[[nodiscard]] Shape broadcast(const Operands& op, const Shape& a, const Shape& b);
/// An axis counted from the front; `rank` for positions in a larger output.
[[nodiscard]] std::size_t axis_of(const Operands& op, std::string_view operand, std::int64_t axis, std::int64_t rank);
/// fp16 or fp32
void require_float(const Operands& op, std::string_view operand);
void require_rank(const Operands& op, std::string_view operand, std::int64_t least, std::int64_t most);
/// Whether two dimensions may be equal.
[[nodiscard]] inline bool may_equal(std::int64_t a, std::int64_t b) noexcept {
  return a == b || a == kUnknown || b == kUnknown;
}
[[nodiscard]] bool may_equal(const Shape& a, const Shape& b) noexcept;

inline OperandRule required(std::string_view name) { return {name, OperandKind::required, false, false, Opset::ios15}; }
inline OperandRule optional(std::string_view name, Opset since = Opset::ios15) {
  return {name, OperandKind::optional, false, false, since};
}
inline OperandRule constant(std::string_view name) { return {name, OperandKind::required, true, false, Opset::ios15}; }
inline OperandRule setting(std::string_view name, Opset since = Opset::ios15) {
  return {name, OperandKind::optional, true, false, since};
}
inline OperandRule list(std::string_view name) { return {name, OperandKind::required, false, true, Opset::ios15}; }

}  // namespace seben::mil
