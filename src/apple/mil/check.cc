// SPDX-License-Identifier: Apache-2.0
#include "mil/check.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/bad_data.h"
#include "mil/names.h"
#include "mil/operators.h"
#include "mil/rules.h"
#include "seben/error.h"

namespace seben::mil {
namespace {

using base::bad_data;

void check_payload(const Literal& literal, const std::string& where) {
  if (literal.type.dtype == DType::string) {
    const auto expected = static_cast<std::size_t>(literal.type.elements());
    if (literal.strings.size() != expected) {
      bad_data(where, std::to_string(expected) + " strings", std::to_string(literal.strings.size()));
    }
    return;
  }
  if (!literal.type.fixed() || literal.type.state)
    bad_data(where, "a constant of known shape", to_string(literal.type));
  const std::size_t expected = bytes_of(literal.type.dtype, literal.type.elements());
  const std::size_t found = literal.payload ? literal.payload->size() : 0;
  if (!literal.payload || found != expected) {
    bad_data(where, std::to_string(expected) + " bytes for " + to_string(literal.type),
             literal.payload ? std::to_string(found) : "none");
  }
}

class FunctionCheck {
 public:
  FunctionCheck(const Function& function, std::string where) : function_(function), where_(std::move(where)) {}

  void run() {
    for (const NamedType& input : function_.inputs) {
      if (input.type.state && function_.opset < Opset::ios18) {
        bad_data(where_ + ", input " + input.name, "states from iOS18 on", std::string(to_string(function_.opset)));
      }
      define(input.name, {input.type, false, nullptr}, where_ + ", input " + input.name);
    }
    for (std::size_t i = 0; i < function_.operations.size(); ++i) check_operation(function_.operations[i], i);
    if (function_.outputs.empty()) bad_data(where_ + ": outputs", "at least one", "none");
    std::set<std::string> seen;
    for (const std::string& output : function_.outputs) {
      const auto it = known_.find(output);
      if (it == known_.end()) bad_data(where_ + ": outputs", "a value of the function", output);
      if (it->second.type.state) bad_data(where_ + ": outputs", "a tensor", "the state " + output);
      if (!seen.insert(output).second) bad_data(where_ + ": outputs", "each value once", output);
    }
  }

  [[nodiscard]] const Type* type_of(const std::string& name) const {
    const auto it = known_.find(name);
    return it == known_.end() ? nullptr : &it->second.type;
  }

 private:
  void define(const std::string& name, Known known, const std::string& where) {
    if (!is_identifier(name)) bad_data(where, "a name of letters, digits, _ and @", printable(name));
    if (!known_.emplace(name, std::move(known)).second) bad_data(where, "a name used once", name);
  }

  void check_operation(const Operation& op, std::size_t index) {
    const std::string where =
        where_ + ", operation " + std::to_string(index) + " (" + printable(op.type) + " " + printable(op.name()) + ")";
    for (const auto& [name, literal] : op.attributes) check_payload(literal, where + ": " + printable(name));
    for (const auto& [name, bindings] : op.inputs) {
      for (const Binding& binding : bindings) {
        if (const auto* literal = std::get_if<Literal>(&binding))
          check_payload(*literal, where + ": " + printable(name));
      }
    }
    const std::vector<Type> types = infer(
        op, function_.opset, [this](std::string_view name) { return find(name); }, where);
    if (types.size() != op.outputs.size()) {
      bad_data(where + ": outputs", std::to_string(types.size()), std::to_string(op.outputs.size()));
    }
    const OperatorRule* rule = find_operator(op.type, function_.opset);
    for (std::size_t i = 0; i < types.size(); ++i) {
      const Type& declared = op.outputs[i].type;
      const bool equal =
          declared.dtype == types[i].dtype && declared.state == types[i].state && fits(declared.shape, types[i].shape);
      if (!equal) bad_data(where + ": output " + op.outputs[i].name, to_string(types[i]), to_string(declared));
      const Literal* literal = op.type == "const" ? &op.attributes.find("val")->second : nullptr;
      define(op.outputs[i].name, {declared, literal != nullptr || rule->constexpr_op, literal}, where);
    }
  }

  // A dimension that no rule can know may be declared; one that is known must be declared as it is.
  static bool fits(const Shape& declared, const Shape& inferred) {
    return declared.size() == inferred.size() &&
           std::ranges::equal(declared, inferred,
                              [](std::int64_t d, std::int64_t i) { return d == i || i == kUnknown; });
  }

  [[nodiscard]] std::optional<Known> find(std::string_view name) const {
    const auto it = known_.find(name);
    return it == known_.end() ? std::nullopt : std::optional(it->second);
  }

  const Function& function_;
  std::string where_;
  std::map<std::string, Known, std::less<>> known_;
};

bool flexible(const Feature& f) { return !f.enumerated.empty() || !f.ranges.empty(); }

// What the function's type of a feature must be: unknown wherever the interface lets the size vary.
Shape program_shape(const Feature& f) {
  Shape shape = f.shape;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool varies = std::ranges::any_of(f.enumerated, [&](const Shape& s) { return s.at(i) != shape[i]; });
    const bool ranges = i < f.ranges.size() && f.ranges[i].lower != f.ranges[i].upper;
    if (varies || ranges) shape[i] = kUnknown;
  }
  return shape;
}

void check_flexibility(const Feature& f, const std::string& where) {
  if (!f.enumerated.empty() && !f.ranges.empty()) bad_data(where, "enumerated shapes or ranges", "both");
  if (f.enumerated.size() > 128) bad_data(where, "at most 128 shapes", std::to_string(f.enumerated.size()));
  for (const Shape& shape : f.enumerated) {
    if (shape.size() != f.shape.size())
      bad_data(where + ": shapes", "the rank of " + to_string(f.shape), to_string(shape));
  }
  if (!f.enumerated.empty() && std::ranges::find(f.enumerated, f.shape) == f.enumerated.end()) {
    bad_data(where + ": shape", "one of the enumerated shapes", to_string(f.shape));
  }
  if (!f.ranges.empty() && f.ranges.size() != f.shape.size()) {
    bad_data(where + ": ranges", std::to_string(f.shape.size()), std::to_string(f.ranges.size()));
  }
  for (std::size_t i = 0; i < f.ranges.size(); ++i) {
    const SizeRange& r = f.ranges[i];
    if (r.lower < 1 || r.upper < r.lower || f.shape[i] < r.lower || f.shape[i] > r.upper) {
      bad_data(where + ": ranges", "bounds around " + std::to_string(f.shape[i]),
               std::to_string(r.lower) + ".." + std::to_string(r.upper));
    }
  }
}

void check_dtype(const Feature& f, int version, const std::string& where) {
  const bool known = f.dtype == DType::fp32 || f.dtype == DType::int32 || f.dtype == DType::fp64 ||
                     (f.dtype == DType::fp16 && version >= 7) || (f.dtype == DType::int8 && version >= 10);
  if (!known) {
    bad_data(where + ": dtype",
             version >= 7 ? "fp32, int32 or fp16" : "fp32 or int32 (fp16 from specification version 7 on)",
             std::string(to_string(f.dtype)));
  }
}

// A scalar is declared as [1] to the application.
bool agree(const Type& program, const Feature& f) {
  return program.dtype == f.dtype &&
         (program.shape == program_shape(f) || (program.shape.empty() && f.shape == Shape{1}));
}

void check_inputs(const Model& model, const Function& main, const std::string& source) {
  std::size_t found = 0;
  const auto visit = [&](const Feature& f, bool state) {
    const std::string where = source + ": " + (state ? "state " : "input ") + f.name;
    check_flexibility(f, where);
    if (f.shape.empty() || std::ranges::any_of(f.shape, [](std::int64_t d) { return d < 1; })) {
      bad_data(where + ": shape", "positive dimensions", to_string(f.shape));
    }
    if (state && (model.specification_version < 9 || f.dtype != DType::fp16 || flexible(f) || f.optional)) {
      bad_data(where, "a fixed fp16 state, specification version 9", std::string(to_string(f.dtype)));
    }
    if (!state) check_dtype(f, model.specification_version, where);
    const NamedType* input = main.find_input(f.name);
    if (input == nullptr || input->type.state != state) bad_data(where, "an input of the function main", "none");
    if (!agree(input->type, f)) {
      bad_data(where, "the function's " + to_string(input->type), to_string(Type{f.dtype, program_shape(f)}));
    }
    ++found;
  };
  for (const Feature& f : model.interface.inputs) visit(f, false);
  for (const Feature& f : model.interface.states) visit(f, true);
  if (found != main.inputs.size()) {
    bad_data(source + ": inputs", std::to_string(main.inputs.size()) + " as the function has", std::to_string(found));
  }
}

void check_outputs(const Model& model, const Function& main, const FunctionCheck& checked, const std::string& source) {
  if (model.interface.outputs.size() != main.outputs.size()) {
    bad_data(source + ": outputs", std::to_string(main.outputs.size()) + " as the function has",
             std::to_string(model.interface.outputs.size()));
  }
  for (const Feature& f : model.interface.outputs) {
    const std::string where = source + ": output " + f.name;
    check_dtype(f, model.specification_version, where);
    if (std::ranges::find(main.outputs, f.name) == main.outputs.end())
      bad_data(where, "an output of the function main", "none");
    const Type& type = *checked.type_of(f.name);
    const bool shape = f.shape.empty() ? !type.fixed() || type.shape.empty() : f.shape == type.shape;
    if (type.dtype != f.dtype || !shape) bad_data(where, to_string(type), to_string(Type{f.dtype, f.shape}));
  }
}

}  // namespace

void check(const Program& program, const std::string& source) {
  if (program.functions.empty()) bad_data(source + ": functions", "at least one", "none");
  for (const auto& [name, function] : program.functions) FunctionCheck(function, source + ": " + name).run();
}

void check(const Model& model, const std::string& source) {
  check(model.program, source);
  const Function& main = model.program.main();
  const int needed = specification_version(main.opset);
  if (model.specification_version < needed) {
    bad_data(source + ": specificationVersion", std::to_string(needed) + " for " + std::string(to_string(main.opset)),
             std::to_string(model.specification_version));
  }
  check_inputs(model, main, source);
  FunctionCheck checked(main, source + ": main");
  checked.run();
  check_outputs(model, main, checked, source);
}

}  // namespace seben::mil
