// SPDX-License-Identifier: Apache-2.0
#include "interpreter/interpreter.h"

#include <algorithm>

#include "base/interrupt.h"
#include "interpreter/attention.h"
#include "interpreter/plan.h"
#include "kernels/threads.h"
#include "mil/check.h"
#include "mil/operators.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, where, expected, found);
}

bool allowed(const mil::Feature& f, const mil::Shape& shape) {
  if (!f.enumerated.empty()) return std::ranges::find(f.enumerated, shape) != f.enumerated.end();
  if (f.ranges.empty()) return shape == f.shape;
  return std::ranges::equal(shape, f.ranges,
                            [](std::int64_t d, const mil::SizeRange& r) { return d >= r.lower && d <= r.upper; });
}

// One run: the values made so far.
class Run {
 public:
  Run(const Interpreter::Plan& plan, Arrays& states, const Observer& observer)
      : plan_(plan), states_(states), observer_(observer), values_(plan.slots.size()) {
    if (!observer_) {
      for (const FusedAttention& a : plan_.attentions) {
        fused_[a.mixed] = &a;
        skipped_[a.scores] = skipped_[a.weights] = true;
      }
    }
  }

  void set_inputs(const Arrays& inputs) {
    for (const auto& [name, array] : inputs) {
      const auto it = std::ranges::find(plan_.interface.inputs, name, &mil::Feature::name);
      if (it == plan_.interface.inputs.end()) refuse(plan_.source + ": input " + name, "an input of the model", "none");
    }
    for (const mil::Feature& feature : plan_.interface.inputs) {
      const std::string where = plan_.source + ": input " + feature.name;
      const auto it = inputs.find(feature.name);
      if (it == inputs.end()) refuse(where, "a value", "none");
      values_[plan_.slot_of.at(feature.name)] = checked(it->second, feature, where);
    }
  }

  void execute() {
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      base::throw_if_interrupted();
      const Node& node = plan_.nodes[i];
      if (skipped_.contains(i)) continue;
      try {
        const auto fused = fused_.find(i);
        if (fused != fused_.end()) {
          attention(*fused->second);
        } else {
          run_node(node);
        }
      } catch (const Error& e) {
        throw Error(e.category(), plan_.source + ": main (" + node.op.type + " " + node.op.name() + "): " + e.where(),
                    e.expected(), e.found());
      }
      round_outputs(node);
      if (observer_) {
        for (const std::size_t slot : node.outputs) observer_(node.op, plan_.slots[slot].name, values_[slot]);
      }
      for (const std::size_t slot : node.dead) values_[slot] = Array();
    }
  }

  [[nodiscard]] Arrays outputs() const {
    Arrays out;
    for (const std::string& name : plan_.outputs) out[name] = value(plan_.slot_of.at(name));
    return out;
  }

 private:
  [[nodiscard]] const Array& value(std::size_t slot) const {
    const Slot& s = plan_.slots[slot];
    return s.constant ? s.array : values_[slot];
  }

  Array checked(const Array& array, const mil::Feature& feature, const std::string& where) const {
    const mil::Type wanted{feature.dtype, plan_.slots[plan_.slot_of.at(feature.name)].type.shape};
    const bool narrows = feature.dtype == mil::DType::fp16 && array.dtype() == mil::DType::fp32;
    if (array.dtype() != feature.dtype && !narrows) {
      refuse(where + ": dtype", std::string(to_string(feature.dtype)), std::string(to_string(array.dtype())));
    }
    if (!allowed(feature, array.shape())) {
      refuse(where + ": shape",
             feature.enumerated.empty() && feature.ranges.empty() ? mil::to_string(feature.shape)
                                                                  : "one of the allowed ones",
             mil::to_string(array.shape()));
    }
    if (narrows && plan_.options.round_fp16) return Array::floats(array.values(), array.shape(), mil::DType::fp16);
    const mil::Shape shape = wanted.shape.empty() ? mil::Shape() : array.shape();  // a scalar is declared as [1]
    return array.as({feature.dtype, shape});
  }

  std::vector<mil::Type> types_of(const Node& node) const {
    std::vector<mil::Type> types;
    if (node.fixed) {
      for (const std::size_t slot : node.outputs) types.push_back(plan_.slots[slot].type);
      return types;
    }
    std::deque<mil::Literal> made;
    const auto lookup = [&](std::string_view name) -> std::optional<mil::Known> {
      const std::size_t at = plan_.slot_of.find(name)->second;
      const Slot& slot = plan_.slots[at];
      if (slot.constant) return mil::Known{slot.type, true, slot.literal};
      const Array& array = values_[at];
      if (array.dtype() != mil::DType::int32 || array.size() > 64) return mil::Known{array.type(), false, nullptr};
      made.push_back(array.literal());
      return mil::Known{array.type(), false, &made.back()};
    };
    return mil::infer(node.op, plan_.opset, lookup, "shapes at run time");
  }

  void run_node(const Node& node) {
    if (node.op.type == "read_state") return read_state(node);
    if (node.op.type == "write_state") return write_state(node);
    std::map<std::string, std::vector<const Array*>, std::less<>> operands;
    for (const auto& [name, slots] : node.operands) {
      for (const std::size_t slot : slots) operands[name].push_back(&value(slot));
    }
    std::vector<Array> outputs(node.outputs.size());
    Call call(node.constants, operands, types_of(node), outputs);
    call.threads = plan_.options.threads;
    call.prepared = node.prepared.get();
    node.code->run(call);
    for (std::size_t i = 0; i < outputs.size(); ++i) values_[node.outputs[i]] = std::move(outputs[i]);
  }

  void attention(const FusedAttention& a) {
    const Node& node = plan_.nodes[a.mixed];
    AttentionHeads heads;
    heads.q = &value(a.q);
    heads.k = &value(a.k);
    heads.v = &value(a.v);
    heads.k_turned = a.k_turned;
    heads.round = plan_.options.round_fp16 && heads.q->dtype() == mil::DType::fp16;
    mil::Shape shape = heads.q->shape();
    shape.back() = heads.v->shape().back();
    Array out({plan_.slots[node.outputs[0]].type.dtype, shape});
    attend(heads, out, plan_.options.threads);
    values_[node.outputs[0]] = std::move(out);
  }

  void round_outputs(const Node& node) {
    if (!plan_.options.round_fp16 || node.code == nullptr || node.code->moves) return;
    for (const std::size_t slot : node.outputs) {
      if (values_[slot].dtype() == mil::DType::fp16) round_to_fp16(values_[slot], plan_.options.threads);
    }
  }

  Array& state_of(const Node& node) {
    const std::string& name = plan_.slots[node.operands.at("input").front()].name;
    const auto it = states_.find(name);
    if (it == states_.end()) refuse(plan_.source + ": state " + name, "a value", "none");
    return it->second;
  }

  void read_state(const Node& node) {
    const Array& state = state_of(node);
    const mil::Type& type = plan_.slots[node.outputs[0]].type;
    if (state.type() != type) refuse("state", to_string(type), to_string(state.type()));
    values_[node.outputs[0]] = state.as(type);
  }

  void write_state(const Node& node) { state_of(node) = value(node.operands.at("data").front()); }

  const Interpreter::Plan& plan_;
  Arrays& states_;
  const Observer& observer_;
  std::vector<Array> values_;
  std::map<std::size_t, const FusedAttention*> fused_;
  std::map<std::size_t, bool> skipped_;
};

}  // namespace

Interpreter::Interpreter(std::unique_ptr<Plan> plan) : plan_(std::move(plan)) {}
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;
Interpreter::~Interpreter() = default;

Interpreter Interpreter::compile(const mil::Model& model, const std::string& source, const Options& options) {
  mil::check(model, source);
  auto plan = std::make_unique<Plan>();
  plan->source = source;
  plan->options = options;
  plan->interface = model.interface;
  const kernels::ThreadLimit limit(options.threads);  // of packing constant operands
  Planner(model, *plan).run();
  return Interpreter(std::move(plan));
}

const mil::ModelInterface& Interpreter::interface() const noexcept { return plan_->interface; }

Arrays Interpreter::make_states() const {
  Arrays states;
  for (const mil::Feature& state : plan_->interface.states) {
    Array zero({state.dtype, state.shape});
    std::fill_n(zero.i(), zero.size(), 0);
    states[state.name] = std::move(zero);
  }
  return states;
}

Arrays Interpreter::run(const Arrays& inputs, Arrays& states, const Observer& observer) const {
  const kernels::ThreadLimit limit(plan_->options.threads);  // of packing computed operands
  Run run(*plan_, states, observer);
  run.set_inputs(inputs);
  run.execute();
  return run.outputs();
}

Arrays Interpreter::run(const Arrays& inputs) const {
  Arrays none;
  if (!plan_->interface.states.empty()) refuse(plan_->source + ": states", "values for them", "none");
  return run(inputs, none);
}

std::size_t Interpreter::weight_bytes() const noexcept { return plan_->bytes; }

}  // namespace seben::interpreter
