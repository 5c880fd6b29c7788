// SPDX-License-Identifier: Apache-2.0
// Recurrence and state.
#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

void require_shape(const Operands& op, std::string_view operand, const Shape& expected) {
  if (op.has(operand) && !may_equal(op.type(operand).shape, expected)) {
    op.fail(operand, to_string(expected), to_string(op.type(operand)));
  }
}

void require_direction(const Operands& op, const std::string& suffix, std::int64_t in, std::int64_t hidden) {
  require_shape(op, "weight_ih" + suffix, {4 * hidden, in});
  require_shape(op, "weight_hh" + suffix, {4 * hidden, hidden});
  require_shape(op, (suffix.empty() ? "bias" : "bias" + suffix), {4 * hidden});
  require_shape(op, (suffix.empty() ? "peephole" : "peephole" + suffix), {3 * hidden});
}

Types lstm(const Operands& op) {
  require_rank(op, "x", 3, 3);
  require_float(op, "x");
  const Type& x = op.type("x");
  if (op.opset() < Opset::ios17 && x.dtype != DType::fp32) op.fail("x", "fp32 before iOS17", to_string(x));
  require_rank(op, "weight_hh", 2, 2);
  const std::int64_t hidden = op.type("weight_hh").shape[1];
  const std::string direction = op.text("direction", "forward");
  const bool both = direction == "bidirectional";
  if (!both && direction != "forward" && direction != "reverse") {
    op.fail("direction", "forward, reverse or bidirectional", direction);
  }
  for (const char* activation : {"recurrent_activation", "cell_activation", "activation"}) {
    const std::string word = op.text(activation, "tanh");
    if (word != "tanh" && word != "sigmoid" && word != "relu") op.fail(activation, "tanh, sigmoid or relu", word);
  }
  require_direction(op, "", x.shape[2], hidden);
  if (both) {
    for (const char* operand : {"weight_ih_back", "weight_hh_back"}) {
      if (!op.has(operand)) op.fail(operand, "a value for a bidirectional lstm", "none");
    }
    require_direction(op, "_back", x.shape[2], hidden);
  }
  const Shape state{x.shape[1], both ? 2 * hidden : hidden};
  require_shape(op, "initial_h", state);
  require_shape(op, "initial_c", state);
  const std::int64_t steps = op.boolean("output_sequence", false) ? x.shape[0] : 1;
  return {{x.dtype, {steps, state[0], state[1]}}, {x.dtype, state}, {x.dtype, state}};
}

Types read_state(const Operands& op) {
  Type type = op.type("input");
  type.state = false;
  return {type};
}

Types write_state(const Operands& op) {
  const Type& state = op.type("input");
  const Type& data = op.type("data");
  if (data.dtype != state.dtype || !may_equal(data.shape, state.shape)) {
    op.fail("data", to_string(Type{state.dtype, state.shape}), to_string(data));
  }
  return {};
}

}  // namespace

void add_sequence_rules(std::vector<OperatorRule>& rules) {
  std::vector<OperandRule> operands{required("x"), required("initial_h"), required("initial_c"), constant("weight_ih"),
                                    constant("weight_hh")};
  for (const char* name :
       {"bias", "peephole", "weight_ih_back", "weight_hh_back", "bias_back", "peephole_back", "direction",
        "output_sequence", "recurrent_activation", "cell_activation", "activation", "clip"}) {
    operands.push_back(setting(name));
  }
  rules.push_back({"lstm", Opset::ios15, std::move(operands), lstm});
  rules.push_back({"read_state", Opset::ios18, {required("input")}, read_state});
  rules.push_back({"write_state", Opset::ios18, {required("input"), required("data")}, write_state});
}

}  // namespace seben::mil
