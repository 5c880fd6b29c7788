// SPDX-License-Identifier: Apache-2.0
// Softmax, normalisation, reductions.
#include <algorithm>
#include <set>

#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

std::vector<std::size_t> axes_of(const Operands& op) {
  const std::int64_t rank = op.type("x").rank();
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < rank; ++i) all.push_back(i);
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : op.integers("axes", all)) axes.push_back(axis_of(op, "axes", axis, rank));
  if (std::set(axes.begin(), axes.end()).size() != axes.size()) op.fail("axes", "each axis once", "a repeated one");
  return axes;
}

Types softmax(const Operands& op) {
  require_float(op, "x");
  require_rank(op, "x", 1, 5);
  static_cast<void>(axis_of(op, "axis", op.integer("axis", -1), op.type("x").rank()));
  return {op.type("x")};
}

void require_epsilon(const Operands& op) {
  if (!op.has("epsilon")) return;
  const Type& epsilon = op.type("epsilon");
  const bool own_dtype = op.opset() >= Opset::ios17 && is_float(epsilon.dtype);
  if (epsilon.rank() != 0 || !(own_dtype || epsilon.dtype == op.type("x").dtype)) {
    op.fail("epsilon", "a scalar of the dtype of x", to_string(epsilon));
  }
}

Types layer_norm(const Operands& op) {
  require_float(op, "x");
  const Type& x = op.type("x");
  Shape normalised;
  for (const std::size_t axis : axes_of(op)) normalised.push_back(x.shape[axis]);
  for (const char* operand : {"gamma", "beta"}) {
    if (!op.has(operand)) continue;
    const Type& type = op.type(operand);
    if (!may_equal(type.shape, normalised)) op.fail(operand, to_string(normalised), to_string(type));
    if (op.opset() < Opset::ios17 && type.dtype != x.dtype) {
      op.fail(operand, "the dtype of x, " + std::string(to_string(x.dtype)), to_string(type));
    }
  }
  require_epsilon(op);
  return {x};
}

Shape without(const Shape& shape, const std::vector<std::size_t>& axes, bool keep) {
  Shape out;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduced = std::ranges::find(axes, i) != axes.end();
    if (!reduced) out.push_back(shape[i]);
    if (reduced && keep) out.push_back(1);
  }
  return out;
}

Types reduce(const Operands& op) {
  const Type& x = op.type("x");
  if (x.dtype != DType::int32) require_float(op, "x");
  return {{x.dtype, without(x.shape, axes_of(op), op.boolean("keep_dims", false))}};
}

Types reduce_argmax(const Operands& op) {
  const Type& x = op.type("x");
  const std::size_t axis = axis_of(op, "axis", op.integer("axis", -1), x.rank());
  const std::string word = op.text("output_dtype", "int32");
  if (word != "int32" && word != "uint16") op.fail("output_dtype", "int32 or uint16", word);
  return {{*parse_dtype(word), without(x.shape, {axis}, op.boolean("keep_dims", false))}};
}

}  // namespace

void add_norm_rules(std::vector<OperatorRule>& rules) {
  rules.push_back({"softmax", Opset::ios15, {required("x"), setting("axis")}, softmax});
  rules.push_back({"layer_norm",
                   Opset::ios15,
                   {required("x"), setting("axes"), setting("gamma"), setting("beta"), setting("epsilon")},
                   layer_norm});
  for (const std::string_view type : {"reduce_mean", "reduce_sum", "reduce_max"}) {
    rules.push_back({type, Opset::ios15, {required("x"), setting("axes"), setting("keep_dims")}, reduce});
  }
  rules.push_back({"reduce_argmax",
                   Opset::ios15,
                   {required("x"), setting("axis"), setting("keep_dims"), setting("output_dtype", Opset::ios17)},
                   reduce_argmax});
}

}  // namespace seben::mil
