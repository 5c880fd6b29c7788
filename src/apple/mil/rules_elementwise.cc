// SPDX-License-Identifier: Apache-2.0
// Operators that work element by element.
#include <algorithm>
#include <array>

#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

Type pair(const Operands& op) {
  const Type& x = op.type("x");
  const Type& y = op.type("y");
  if (x.dtype != y.dtype) op.fail("y", "the dtype of x, " + std::string(to_string(x.dtype)), to_string(y));
  if (x.dtype != DType::fp16 && x.dtype != DType::fp32 && x.dtype != DType::int32) {
    op.fail("x", "fp16, fp32 or int32", to_string(x));
  }
  return {x.dtype, broadcast(op, x.shape, y.shape)};
}

Types same_as_x(const Operands& op) {
  require_float(op, "x");
  return {op.type("x")};
}

Types gelu(const Operands& op) {
  const std::string mode = op.text("mode", "EXACT");
  if (mode != "EXACT" && mode != "TANH_APPROXIMATION" && mode != "SIGMOID_APPROXIMATION") {
    op.fail("mode", "EXACT, TANH_APPROXIMATION or SIGMOID_APPROXIMATION", mode);
  }
  return same_as_x(op);
}

Types cast(const Operands& op) {
  const std::string word = op.text("dtype", "");
  const std::optional<DType> dtype = parse_dtype(word);
  constexpr std::array kOld{DType::fp16, DType::fp32, DType::int32, DType::boolean};
  constexpr std::array kNew{DType::int8, DType::uint8, DType::int16, DType::uint16};
  const auto among = [](const auto& list, DType d) { return std::ranges::find(list, d) != list.end(); };
  if (!dtype || !(among(kOld, *dtype) || (op.opset() >= Opset::ios17 && among(kNew, *dtype)))) {
    op.fail("dtype",
            op.opset() >= Opset::ios17 ? "fp16, fp32, int32, bool, int8, uint8, int16 or uint16"
                                       : "fp16, fp32, int32 or bool",
            word);
  }
  return {{*dtype, op.type("x").shape}};
}

Types select(const Operands& op) {
  if (op.type("cond").dtype != DType::boolean) op.fail("cond", "bool", to_string(op.type("cond")));
  const Type& a = op.type("a");
  if (a.dtype != op.type("b").dtype) op.fail("b", "the dtype of a", to_string(op.type("b")));
  return {{a.dtype, broadcast(op, op.type("cond").shape, broadcast(op, a.shape, op.type("b").shape))}};
}

}  // namespace

void add_elementwise_rules(std::vector<OperatorRule>& rules) {
  for (const std::string_view type :
       {"add", "sub", "mul", "real_div", "maximum", "minimum", "pow", "floor_div", "mod"}) {
    rules.push_back(
        {type, Opset::ios15, {required("x"), required("y")}, [](const Operands& op) -> Types { return {pair(op)}; }});
  }
  for (const std::string_view type : {"equal", "not_equal", "greater", "greater_equal", "less", "less_equal"}) {
    rules.push_back({type, Opset::ios15, {required("x"), required("y")}, [](const Operands& op) -> Types {
                       return {{DType::boolean, pair(op).shape}};
                     }});
  }
  for (const std::string_view type : {"relu", "sigmoid", "silu", "tanh", "exp", "sqrt", "abs", "erf", "square"}) {
    rules.push_back({type, Opset::ios15, {required("x")}, same_as_x});
  }
  rules.push_back(
      {"identity", Opset::ios15, {required("x")}, [](const Operands& op) -> Types { return {op.type("x")}; }});
  rules.push_back({"logical_not", Opset::ios15, {required("x")}, [](const Operands& op) -> Types {
                     if (op.type("x").dtype != DType::boolean) op.fail("x", "bool", to_string(op.type("x")));
                     return {op.type("x")};
                   }});
  rules.push_back({"gelu", Opset::ios15, {required("x"), setting("mode")}, gelu});
  rules.push_back({"rsqrt", Opset::ios15, {required("x"), setting("epsilon")}, same_as_x});
  rules.push_back({"cast", Opset::ios15, {required("x"), constant("dtype")}, cast});
  rules.push_back({"select", Opset::ios15, {required("cond"), required("a"), required("b")}, select});
}

}  // namespace seben::mil
