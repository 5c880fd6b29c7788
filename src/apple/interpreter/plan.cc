// SPDX-License-Identifier: Apache-2.0
#include "interpreter/plan.h"

#include <algorithm>
#include <set>

#include "mil/names.h"
#include "mil/operators.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

using mil::Literal;

constexpr std::int64_t kSmall = 64;  // elements of a constant that is a setting rather than a weight

bool is_small(const Literal& literal) {
  return literal.type.dtype == mil::DType::string || literal.type.elements() <= kSmall;
}

mil::Operation without_payloads(const mil::Operation& op) {
  mil::Operation light = op;
  for (auto& [name, bindings] : light.inputs) {
    for (mil::Binding& binding : bindings) {
      if (auto* literal = std::get_if<Literal>(&binding); literal != nullptr && !is_small(*literal)) {
        literal->payload = nullptr;
      }
    }
  }
  return light;
}

bool is_state_operator(const std::string& type) { return type == "read_state" || type == "write_state"; }

}  // namespace

std::string Planner::where(const mil::Operation& op, std::size_t index) const {
  return plan_.source + ": main, operation " + std::to_string(index) + " (" + op.name() + ")";
}

std::size_t Planner::add_slot(const std::string& name, const mil::Type& type) {
  plan_.slots.push_back({name, type, false, nullptr, {}});
  plan_.slot_of[name] = plan_.slots.size() - 1;
  return plan_.slots.size() - 1;
}

void Planner::add_constant(const mil::Operation& op, const Literal& literal) {
  const std::size_t at = add_slot(op.outputs.at(0).name, literal.type);
  Slot& slot = plan_.slots[at];
  slot.constant = true;
  if (is_small(literal)) {
    plan_.literals.push_back(literal);
    slot.literal = &plan_.literals.back();
  } else if (uses_[slot.name] > 0) {
    large_[at] = literal;
  }
}

const Literal* Planner::literal_of(const mil::Binding& binding, std::size_t* at) {
  if (const auto* literal = std::get_if<Literal>(&binding)) return literal;
  *at = plan_.slot_of.at(std::get<std::string>(binding));
  const Slot& slot = plan_.slots[*at];
  if (!slot.constant) return nullptr;
  if (slot.literal != nullptr) return slot.literal;
  return &large_.at(*at);
}

const mil::Type& Planner::type_of(const mil::Binding& binding) const {
  if (const auto* literal = std::get_if<Literal>(&binding)) return literal->type;
  return plan_.slots[plan_.slot_of.at(std::get<std::string>(binding))].type;
}

// Constants bound in place are kept with the plan, the others lie there already.
void Planner::keep_settings(Node& node) {
  for (auto it = node.constants.begin(); it != node.constants.end();) {
    if (!is_small(*it->second)) {
      it = node.constants.erase(it);
      continue;
    }
    plan_.literals.push_back(*it->second);
    it->second = &plan_.literals.back();
    ++it;
  }
}

void Planner::add_node(const mil::Operation& op, std::size_t index) {
  Node node;
  node.code = find_code(op.type);
  node.op = without_payloads(op);
  for (const auto& [name, bindings] : op.inputs) {
    std::size_t at = 0;
    if (const Literal* literal = literal_of(bindings.front(), &at)) node.constants[name] = literal;
  }
  if (node.code != nullptr && node.code->check != nullptr) {
    try {
      node.code->check(Settings(node.constants), type_of(op.inputs.at("x").front()));
    } catch (const Error& e) {
      throw Error(e.category(), where(op, index) + ": " + op.type + ": " + e.where(), e.expected(), e.found());
    }
  }
  if (node.code != nullptr && node.code->prepare != nullptr) {
    node.prepared = node.code->prepare(node.constants, plan_.options.threads);
    if (node.prepared) plan_.bytes += node.prepared->bytes();
  }
  keep_settings(node);  // before any large constant goes
  for (const auto& [name, bindings] : op.inputs) {
    const bool taken = node.prepared && std::ranges::find(node.code->taken, name) != node.code->taken.end();
    for (const mil::Binding& binding : bindings) {
      std::size_t at = 0;
      const Literal* literal = literal_of(binding, &at);
      if (literal != nullptr && literal->type.dtype == mil::DType::string) continue;
      if (std::holds_alternative<Literal>(binding)) {
        at = add_slot("operand@" + std::to_string(plan_.slots.size()), literal->type);
        plan_.slots[at].constant = true;
      }
      Slot& slot = plan_.slots[at];
      if (!taken && literal != nullptr && slot.array.empty()) {
        slot.array = Array::from(*literal);
        plan_.bytes += static_cast<std::size_t>(slot.array.size()) * 4;
      }
      if (!taken) node.operands[name].push_back(at);
      if (large_.contains(at) && --uses_[slot.name] == 0) large_.erase(at);
    }
  }
  node.fixed = true;
  for (const auto& [name, slots] : node.operands) {
    for (const std::size_t at : slots) node.fixed = node.fixed && plan_.slots[at].type.fixed();
  }
  for (const mil::NamedType& output : op.outputs) {
    node.fixed = node.fixed && output.type.fixed();
    node.outputs.push_back(add_slot(output.name, output.type));
  }
  if (node.code == nullptr && !is_state_operator(op.type)) {
    throw Error(ErrorCategory::bad_data, where(op, index), "an operator that the interpreter has", op.type);
  }
  plan_.nodes.push_back(std::move(node));
}

void Planner::run() {
  const mil::Function& main = model_.program.main();
  plan_.opset = main.opset;
  plan_.outputs = main.outputs;
  for (std::size_t i = 0; i < main.operations.size(); ++i) {
    const mil::Operation& op = main.operations[i];
    const mil::OperatorRule* rule = mil::find_operator(op.type, main.opset);
    const bool constant = op.type == "const" || (rule != nullptr && rule->constexpr_op);
    if (!constant && find_code(op.type) == nullptr && !is_state_operator(op.type)) {
      throw Error(ErrorCategory::bad_data, where(op, i), "an operator that the interpreter has", op.type);
    }
    for (const auto& [name, bindings] : op.inputs) {
      for (const mil::Binding& binding : bindings) {
        if (const auto* value = std::get_if<std::string>(&binding)) ++uses_[*value];
      }
    }
  }
  for (const std::string& output : main.outputs) ++uses_[output];
  for (const mil::NamedType& input : main.inputs) add_slot(input.name, input.type);
  for (std::size_t i = 0; i < main.operations.size(); ++i) {
    const mil::Operation& op = main.operations[i];
    const mil::OperatorRule* rule = mil::find_operator(op.type, main.opset);
    if (op.type == "const") {
      add_constant(op, op.attributes.at("val"));
    } else if (rule->constexpr_op) {
      Constants operands;
      std::size_t at = 0;
      if (rule->since < mil::Opset::ios18) {
        for (const auto& [name, literal] : op.attributes) operands[name] = &literal;
      } else {
        for (const auto& [name, bindings] : op.inputs) operands[name] = literal_of(bindings.front(), &at);
      }
      add_constant(op, expand_constexpr(op, main.opset, operands));
    } else {
      add_node(op, i);
    }
  }
  for (const std::string& output : plan_.outputs) {  // an output may be a constant
    Slot& slot = plan_.slots[plan_.slot_of.at(output)];
    const auto large = large_.find(plan_.slot_of.at(output));
    if (slot.constant && slot.array.empty())
      slot.array = Array::from(slot.literal != nullptr ? *slot.literal : large->second);
  }
  find_attentions();
  find_dead();
}

void Planner::find_attentions() {
  std::map<std::size_t, std::size_t> maker;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    for (const std::size_t slot : plan_.nodes[i].outputs) maker[slot] = i;
  }
  const auto made_by = [&](std::size_t slot, std::string_view type) -> const Node* {
    const auto it = maker.find(slot);
    if (it == maker.end() || plan_.nodes[it->second].op.type != type) return nullptr;
    return uses_[plan_.slots[slot].name] == 1 ? &plan_.nodes[it->second] : nullptr;
  };
  const auto lead = [&](std::size_t slot) {
    mil::Shape shape = plan_.slots[slot].type.shape;
    if (shape.size() < 3) return mil::Shape{mil::kUnknown};
    shape.resize(shape.size() - 2);
    return shape;
  };
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    const Node& mixed = plan_.nodes[i];
    if (mixed.op.type != "matmul") continue;
    const Settings last(mixed.constants);
    const Node* weights = made_by(mixed.operands.at("x").front(), "softmax");
    if (weights == nullptr || last.boolean("transpose_x", false) || last.boolean("transpose_y", false)) continue;
    const auto rank = static_cast<std::int64_t>(plan_.slots[mixed.outputs[0]].type.shape.size());
    const std::int64_t axis = Settings(weights->constants).integer("axis", -1);
    const Node* scores = made_by(weights->operands.at("x").front(), "matmul");
    if (scores == nullptr || (axis != -1 && axis != rank - 1)) continue;
    const Settings first(scores->constants);
    const std::size_t q = scores->operands.at("x").front(), k = scores->operands.at("y").front(),
                      v = mixed.operands.at("y").front();
    const mil::Shape batch = lead(q);
    const bool known = std::ranges::find(batch, mil::kUnknown) == batch.end() && lead(k) == batch && lead(v) == batch;
    const bool one_dtype = plan_.slots[q].type.dtype == plan_.slots[mixed.outputs[0]].type.dtype;
    if (!known || !one_dtype || first.boolean("transpose_x", false)) continue;
    plan_.attentions.push_back({maker.at(scores->outputs[0]), maker.at(weights->outputs[0]), i, q, k, v,
                                !first.boolean("transpose_y", false)});
  }
}

void Planner::find_dead() {
  std::map<std::size_t, std::size_t> last_use;
  for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
    for (const std::size_t slot : plan_.nodes[i].outputs) last_use[slot] = i;
    for (const auto& [name, slots] : plan_.nodes[i].operands) {
      for (const std::size_t slot : slots) last_use[slot] = i;
    }
  }
  for (const FusedAttention& a : plan_.attentions) {
    for (const std::size_t slot : {a.q, a.k, a.v}) last_use[slot] = std::max(last_use[slot], a.mixed);
  }
  std::set<std::size_t> kept;
  for (const std::string& output : plan_.outputs) kept.insert(plan_.slot_of.at(output));
  for (const auto& [slot, node] : last_use) {
    if (!plan_.slots[slot].constant && !kept.contains(slot)) plan_.nodes[node].dead.push_back(slot);
  }
}

}  // namespace seben::interpreter
