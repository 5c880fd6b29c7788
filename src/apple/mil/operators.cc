// SPDX-License-Identifier: Apache-2.0
#include "mil/operators.h"

#include <algorithm>

#include "mil/rules.h"
#include "seben/error.h"

namespace seben::mil {
namespace {

std::vector<OperatorRule> make_rules() {
  std::vector<OperatorRule> rules;
  rules.push_back({"const", Opset::ios15, {}, {}, false});
  add_elementwise_rules(rules);
  add_product_rules(rules);
  add_norm_rules(rules);
  add_shape_rules(rules);
  add_slice_rules(rules);
  add_sequence_rules(rules);
  add_constexpr_rules(rules);
  std::ranges::stable_sort(rules, [](const OperatorRule& a, const OperatorRule& b) {
    return a.type != b.type ? a.type < b.type : a.since < b.since;
  });
  return rules;
}

const Literal* literal_of(const Binding& binding) { return std::get_if<Literal>(&binding); }

[[noreturn]] void fail_at(const std::string& where, std::string_view what, std::string expected, std::string found) {
  throw Error(ErrorCategory::bad_data, where + ": " + std::string(what), std::move(expected), std::move(found));
}

void require_operator(const Operation& op, Opset opset, const std::string& where) {
  const std::optional<Opset> first = first_opset(op.type);
  if (!first) fail_at(where, "operator", "one that Seben knows", op.type);
  if (*first > opset) {
    fail_at(where, "operator", op.type + " needs opset " + std::string(to_string(*first)),
            std::string(to_string(opset)));
  }
}

// The operands as bindings, wherever this generation of the operator keeps them.
std::map<std::string, std::vector<Binding>, std::less<>> bindings_of(const Operation& op, const OperatorRule& rule) {
  if (!rule.constexpr_op || rule.since >= Opset::ios18) return op.inputs;
  std::map<std::string, std::vector<Binding>, std::less<>> bindings;
  for (const auto& [name, literal] : op.attributes) {
    if (name != "name") bindings[name] = {literal};
  }
  return bindings;
}

const OperandRule& rule_of(const OperatorRule& rule, Opset opset, const std::string& name, const std::string& where) {
  const auto it = std::ranges::find(rule.operands, name, &OperandRule::name);
  if (it == rule.operands.end()) fail_at(where, "operand", "one of " + std::string(rule.type), name);
  if (it->since > opset) {
    fail_at(where, "operand", name + " needs opset " + std::string(to_string(it->since)),
            std::string(to_string(opset)));
  }
  return *it;
}

using Lookup = std::function<std::optional<Known>(std::string_view)>;

Resolved resolve(const OperandRule& rule, const std::vector<Binding>& bindings, const Lookup& lookup,
                 const std::string& where) {
  if (bindings.empty() || (bindings.size() > 1 && !rule.list)) {
    fail_at(where, rule.name, rule.list ? "at least one value" : "one value", std::to_string(bindings.size()));
  }
  Resolved resolved;
  for (const Binding& binding : bindings) {
    if (const Literal* literal = literal_of(binding)) {
      resolved.types.push_back(literal->type);
      resolved.constants.push_back(literal);
      continue;
    }
    const auto& name = std::get<std::string>(binding);
    const std::optional<Known> known = lookup(name);
    if (!known) fail_at(where, rule.name, "an earlier value", name);
    if (rule.constant && !known->compile_time) fail_at(where, rule.name, "a constant", name);
    resolved.types.push_back(known->type);
    resolved.constants.push_back(known->literal);
  }
  return resolved;
}

void refuse_states(const OperatorRule& rule, const std::map<std::string, Resolved, std::less<>>& values,
                   const std::string& where) {
  for (const auto& [name, value] : values) {
    const bool state_expected = (rule.type == "read_state" || rule.type == "write_state") && name == "input";
    for (const Type& type : value.types) {
      if (type.state != state_expected) {
        fail_at(where, name, state_expected ? "a state" : "a tensor", to_string(type));
      }
    }
  }
}

std::vector<Type> infer_const(const Operation& op, const std::string& where) {
  const auto it = op.attributes.find("val");
  if (it == op.attributes.end()) fail_at(where, "val", "the constant's value", "none");
  if (!op.inputs.empty()) fail_at(where, "operands", "none", op.inputs.begin()->first);
  return {it->second.type};
}

}  // namespace

bool Operands::has(std::string_view name) const { return values_.find(name) != values_.end(); }

const std::vector<Type>& Operands::types(std::string_view name) const {
  const auto it = values_.find(name);
  if (it == values_.end()) fail(name, "a value", "none");
  return it->second.types;
}

const Type& Operands::type(std::string_view name) const { return types(name).front(); }

const Literal* Operands::constant(std::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? nullptr : it->second.constants.front();
}

std::vector<std::int64_t> Operands::integers(std::string_view name, std::vector<std::int64_t> fallback) const {
  if (!has(name)) return fallback;
  const Literal* literal = constant(name);
  if (literal == nullptr) fail(name, "a plain constant", "a computed value");
  if (literal->type.dtype != DType::boolean && !is_integer(literal->type.dtype)) {
    fail(name, "integers", to_string(literal->type));
  }
  if (literal->type.elements() > 64) fail(name, "at most 64 numbers", to_string(literal->type));
  return literal->integers();
}

std::int64_t Operands::integer(std::string_view name, std::int64_t fallback) const {
  const std::vector<std::int64_t> values = integers(name, {fallback});
  if (values.size() != 1) fail(name, "one integer", std::to_string(values.size()));
  return values.front();
}

bool Operands::boolean(std::string_view name, bool fallback) const {
  if (has(name) && type(name).dtype != DType::boolean) fail(name, "a bool", to_string(type(name)));
  return integer(name, fallback ? 1 : 0) != 0;
}

std::string Operands::text(std::string_view name, std::string fallback) const {
  if (!has(name)) return fallback;
  const Literal* literal = constant(name);
  if (literal == nullptr || literal->type.dtype != DType::string || literal->strings.size() != 1) {
    fail(name, "a constant string", literal == nullptr ? "a computed value" : to_string(literal->type));
  }
  return literal->strings.front();
}

void Operands::fail(std::string_view what, const std::string& expected, const std::string& found) const {
  fail_at(where_, what, expected, found);
}

std::span<const OperatorRule> operators() {
  static const std::vector<OperatorRule> rules = make_rules();
  return rules;
}

const OperatorRule* find_operator(std::string_view type, Opset opset) {
  const OperatorRule* best = nullptr;
  for (const OperatorRule& rule : operators()) {
    if (rule.type == type && rule.since <= opset) best = &rule;
  }
  return best;
}

std::optional<Opset> first_opset(std::string_view type) {
  for (const OperatorRule& rule : operators()) {
    if (rule.type == type) return rule.since;
  }
  return std::nullopt;
}

std::vector<Type> infer(const Operation& op, Opset opset,
                        const std::function<std::optional<Known>(std::string_view)>& lookup, const std::string& where) {
  require_operator(op, opset, where);
  if (op.type == "const") return infer_const(op, where);
  const OperatorRule& rule = *find_operator(op.type, opset);
  std::map<std::string, Resolved, std::less<>> values;
  const auto operands = bindings_of(op, rule);  // the resolved operands point into it
  for (const auto& [name, bindings] : operands) {
    values[name] = resolve(rule_of(rule, opset, name, where), bindings, lookup, where);
  }
  for (const OperandRule& operand : rule.operands) {
    if (operand.kind == OperandKind::required && values.find(operand.name) == values.end()) {
      fail_at(where, operand.name, "a value", "none");
    }
  }
  refuse_states(rule, values, where);
  std::vector<Type> types = rule.infer(Operands(where, opset, values));
  for (const Type& type : types) {
    if (type.rank() > 5 && !rule.constexpr_op) fail_at(where, "output", "rank 5 or less", to_string(type));
    if (type.fixed()) static_cast<void>(type.elements());  // refuses what overflows
  }
  return types;
}

}  // namespace seben::mil
