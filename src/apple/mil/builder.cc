// SPDX-License-Identifier: Apache-2.0
#include "mil/builder.h"

#include "mil/names.h"
#include "mil/operators.h"
#include "seben/error.h"

namespace seben::mil {
namespace {

// From this many elements on a constant lies in the weight file; below it is part of the program (as the reference
// converter does).
constexpr std::int64_t kFileElements = 10;

bool belongs_in_file(const Literal& literal, Opset opset) {
  if (literal.type.dtype == DType::string || literal.type.dtype == DType::boolean) return false;
  if (literal.type.elements() < kFileElements) return false;
  const DType d = literal.type.dtype;
  return d == DType::fp16 || d == DType::fp32 || d == DType::int8 || d == DType::uint8 ||
         (opset >= Opset::ios18 && bits_of(d) < 32);
}

}  // namespace

FunctionBuilder::FunctionBuilder(Opset opset) { function_.opset = opset; }

std::string FunctionBuilder::unique(std::string_view name) {
  const std::string base = to_identifier(name);
  std::string candidate = base;
  for (int n = 1; names_.contains(candidate); ++n) candidate = base + "_" + std::to_string(n);
  names_.insert(candidate);
  return candidate;
}

Value FunctionBuilder::input(const std::string& name, Type type) {
  if (!is_identifier(name) || !names_.insert(name).second) {
    throw Error(ErrorCategory::internal, "input " + printable(name), "an unused identifier", printable(name));
  }
  function_.inputs.push_back({name, type});
  known_[name] = {type, false, nullptr};
  return {name, type};
}

Value FunctionBuilder::constant(const std::string& name, Literal literal) {
  Operation op;
  op.type = "const";
  literal.in_file = belongs_in_file(literal, function_.opset);
  const Type type = literal.type;
  const std::string own = unique(name);
  op.attributes["name"] = Literal::text(own);
  op.attributes["val"] = literal;
  op.outputs.push_back({own, type});
  if (!literal.in_file || literal.type.elements() <= 64) literals_.push_back(literal);
  const Literal* kept = !literal.in_file || literal.type.elements() <= 64 ? &literals_.back() : nullptr;
  known_[own] = {type, true, kept};
  function_.operations.push_back(std::move(op));
  return {own, type};
}

Value FunctionBuilder::constant_for(std::string_view op, std::string_view operand, Literal literal) {
  return constant(std::string(op) + "_" + std::string(operand), std::move(literal));
}

std::vector<Value> FunctionBuilder::append(Operation op, const std::string& name, bool compile_time) {
  const std::string where = "operation " + op.type + " " + name;
  const auto lookup = [this](std::string_view value) {
    const auto it = known_.find(value);
    return it == known_.end() ? std::nullopt : std::optional(it->second);
  };
  std::vector<Type> types;
  try {
    types = infer(op, function_.opset, lookup, where);
  } catch (const Error& e) {
    throw Error(ErrorCategory::internal, e.where(), e.expected(), e.found());
  }
  op.attributes["name"] = Literal::text(name);
  std::vector<Value> values;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string own = types.size() == 1 ? name : unique(name + "_" + std::to_string(i));
    op.outputs.push_back({own, types[i]});
    known_[own] = {types[i], compile_time, nullptr};
    values.push_back({own, types[i]});
  }
  function_.operations.push_back(std::move(op));
  return values;
}

std::vector<Value> FunctionBuilder::add_all(std::string_view type, const std::string& name,
                                            const std::vector<Operand>& operands) {
  const std::string own = unique(name);
  Operation op;
  op.type = type;
  for (const Operand& operand : operands) {
    std::vector<Binding>& bindings = op.inputs[operand.name];
    if (const auto* literal = std::get_if<Literal>(&operand.what)) {
      bindings.emplace_back(constant_for(own, operand.name, *literal).name);
    } else {
      for (const Value& value : std::get<std::vector<Value>>(operand.what)) bindings.emplace_back(value.name);
    }
  }
  return append(std::move(op), own, false);
}

Value FunctionBuilder::add(std::string_view type, const std::string& name, const std::vector<Operand>& operands) {
  std::vector<Value> values = add_all(type, name, operands);
  if (values.size() != 1) {
    throw Error(ErrorCategory::internal, "operation " + std::string(type) + " " + name, "one output",
                std::to_string(values.size()));
  }
  return values.front();
}

Value FunctionBuilder::add_constexpr(std::string_view type, const std::string& name,
                                     std::map<std::string, Literal, std::less<>> operands) {
  const std::string own = unique(name);
  Operation op;
  op.type = type;
  const OperatorRule* rule = find_operator(type, function_.opset);
  for (auto& [operand, literal] : operands) {
    literal.in_file = belongs_in_file(literal, function_.opset);
    if (rule == nullptr || rule->since < Opset::ios18) {
      op.attributes[operand] = std::move(literal);
    } else {
      op.inputs[operand].emplace_back(std::move(literal));
    }
  }
  return append(std::move(op), own, true).at(0);
}

Function FunctionBuilder::finish(const std::vector<Value>& outputs) {
  for (const Value& value : outputs) function_.outputs.push_back(value.name);
  Function done = std::move(function_);
  *this = FunctionBuilder(done.opset);
  return done;
}

}  // namespace seben::mil
