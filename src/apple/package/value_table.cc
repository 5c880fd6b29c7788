// SPDX-License-Identifier: Apache-2.0
#include "package/value_table.h"

#include <algorithm>

namespace seben::coreml {

ValueTable::ValueTable(const mil::Function& function) {
  for (const mil::NamedType& input : function.inputs) entries_[input.name] = {input.type, nullptr};
  for (const mil::Operation& op : function.operations) {
    for (const mil::NamedType& output : op.outputs) entries_[output.name] = {output.type, &op};
  }
}

const mil::Type* ValueTable::type(std::string_view name) const {
  const auto it = entries_.find(name);
  return it == entries_.end() ? nullptr : &it->second.type;
}

const mil::Operation* ValueTable::maker(std::string_view name) const {
  const auto it = entries_.find(name);
  return it == entries_.end() ? nullptr : it->second.maker;
}

bool ValueTable::is_constant(std::string_view name) const {
  const mil::Operation* op = maker(name);
  return op != nullptr && is_parameter(*op);
}

const mil::Literal* ValueTable::literal(std::string_view name) const {
  const mil::Operation* op = maker(name);
  if (op == nullptr || op->type != "const") return nullptr;
  return &op->attributes.find("val")->second;
}

const mil::Type* ValueTable::operand(const mil::Operation& op, std::string_view name) const {
  const auto it = op.inputs.find(name);
  if (it == op.inputs.end() || it->second.empty()) return nullptr;
  const mil::Binding& binding = it->second.front();
  if (const auto* literal = std::get_if<mil::Literal>(&binding)) return &literal->type;
  return type(std::get<std::string>(binding));
}

const mil::Literal* ValueTable::constant(const mil::Operation& op, std::string_view name) const {
  const auto it = op.inputs.find(name);
  if (it == op.inputs.end() || it->second.empty()) return nullptr;
  const mil::Binding& binding = it->second.front();
  if (const auto* value = std::get_if<mil::Literal>(&binding)) return value;
  return literal(std::get<std::string>(binding));
}

std::vector<std::string> ValueTable::reads(const mil::Operation& op) const {
  std::vector<std::string> names;
  for (const auto& [operand, bindings] : op.inputs) {
    for (const mil::Binding& binding : bindings) {
      const auto* name = std::get_if<std::string>(&binding);
      if (name != nullptr && !is_constant(*name)) names.push_back(*name);
    }
  }
  return names;
}

bool is_parameter(const mil::Operation& op) { return op.type == "const" || op.type.starts_with("constexpr_"); }

double multiply_adds(const mil::Operation& op, const ValueTable& values) {
  if (op.outputs.empty() || !op.outputs[0].type.fixed()) return 0.0;
  const auto out = static_cast<double>(op.outputs[0].type.elements());
  const auto dimension = [](const mil::Type* type, std::size_t from_end) {
    if (type == nullptr || type->shape.size() <= from_end) return 0.0;
    return static_cast<double>(type->shape[type->shape.size() - 1 - from_end]);
  };
  if (op.type == "linear") return out * dimension(values.operand(op, "weight"), 0);
  if (op.type == "conv") {
    const mil::Type* weight = values.operand(op, "weight");
    double taps = 1.0;
    for (std::size_t i = 1; weight != nullptr && i < weight->shape.size(); ++i)
      taps *= static_cast<double>(weight->shape[i]);
    return out * taps;
  }
  if (op.type == "matmul") {
    const mil::Literal* turned = values.constant(op, "transpose_x");
    const bool turn = turned != nullptr && turned->integers().at(0) != 0;
    return out * dimension(values.operand(op, "x"), turn ? 1 : 0);
  }
  if (op.type == "einsum") return out * dimension(values.operand(op, "values"), 0);
  if (op.type == "scaled_dot_product_attention") {
    const double keys = dimension(values.operand(op, "key"), 1), width = dimension(values.operand(op, "query"), 0);
    return out * keys + out / std::max(1.0, dimension(values.operand(op, "value"), 0)) * keys * width;
  }
  if (op.type == "lstm") {
    const mil::Type* weight = values.operand(op, "weight_hh");
    const double in = dimension(values.operand(op, "weight_ih"), 0), cells = dimension(weight, 0);
    return out * 4.0 * (in + cells);
  }
  return 0.0;
}

}  // namespace seben::coreml
