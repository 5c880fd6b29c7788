// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "package/mil_text.h"

namespace seben::coreml {
namespace {

using mil::DType;
using mil::Literal;

std::string type_text(const mil::Type& type) {
  std::string shape = mil::to_string(type.shape);
  const std::string tensor = fmt::format("tensor<{}, {}>", to_string(type.dtype), shape);
  return type.state ? "state<" + tensor + ">" : tensor;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? std::string("\\n") : c == '\t' ? std::string("\\t") : std::string(1, c);
  }
  return out + "\"";
}

std::string number_text(DType dtype, double v) {
  if (dtype == DType::boolean) return v != 0.0 ? "true" : "false";
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return fmt::format("{:a}", v);
}

// Elements in as many brackets as the shape has dimensions.
template <typename Element>
std::string nested(const mil::Shape& shape, std::size_t axis, std::size_t& next, Element&& element) {
  if (axis == shape.size()) return element(next++);
  std::string out = "[";
  for (std::int64_t i = 0; i < shape[axis]; ++i) out += (i == 0 ? "" : ", ") + nested(shape, axis + 1, next, element);
  return out + "]";
}

std::string literal_text(const Literal& literal, const PlaceBlob& place) {
  std::string out = type_text(literal.type) + "(";
  std::size_t next = 0;
  if (literal.in_file) {
    out += fmt::format(
        "BLOBFILE(path = tensor<string, []>(\"@model_path/weights/weight.bin\"), offset = tensor<uint64, []>({}))",
        place(literal));
  } else if (literal.type.dtype == DType::string) {
    out += nested(literal.type.shape, 0, next, [&](std::size_t i) { return quoted(literal.strings.at(i)); });
  } else if (mil::is_integer(literal.type.dtype)) {
    const std::vector<std::int64_t> values = literal.integers();
    out += nested(literal.type.shape, 0, next, [&](std::size_t i) { return std::to_string(values.at(i)); });
  } else {
    const std::vector<double> values = literal.numbers();
    out += nested(literal.type.shape, 0, next,
                  [&](std::size_t i) { return number_text(literal.type.dtype, values.at(i)); });
  }
  return out + ")";
}

std::string bindings_text(const std::vector<mil::Binding>& bindings, const PlaceBlob& place) {
  std::string out;
  for (const mil::Binding& binding : bindings) {
    const auto* literal = std::get_if<Literal>(&binding);
    out += (out.empty() ? "" : ", ") +
           (literal != nullptr ? literal_text(*literal, place) : std::get<std::string>(binding));
  }
  return bindings.size() == 1 ? out : "(" + out + ")";
}

std::string operation_text(const mil::Operation& op, const PlaceBlob& place) {
  std::string out = "    ";
  for (std::size_t i = 0; i < op.outputs.size(); ++i) {
    out += (i == 0 ? "" : ", ") + type_text(op.outputs[i].type) + " " + op.outputs[i].name;
  }
  if (!op.outputs.empty()) out += " = ";
  out += op.type + "(";
  bool first = true;
  for (const auto& [name, bindings] : op.inputs) {
    out += (first ? "" : ", ") + name + " = " + bindings_text(bindings, place);
    first = false;
  }
  out += ")[";
  first = true;
  for (const auto& [name, literal] : op.attributes) {
    out += (first ? "" : ", ") + name + " = " + literal_text(literal, place);
    first = false;
  }
  return out + "];\n";
}

}  // namespace

std::string to_mil(const mil::Program& program, const PlaceBlob& place) {
  std::string out = "program(1.0)\n{\n";
  for (const auto& [name, f] : program.functions) {
    out += fmt::format("  func {}<{}>(", name, to_string(f.opset));
    for (std::size_t i = 0; i < f.inputs.size(); ++i) {
      out += (i == 0 ? "" : ", ") + type_text(f.inputs[i].type) + " " + f.inputs[i].name;
    }
    out += ") {\n";
    for (const mil::Operation& op : f.operations) out += operation_text(op, place);
    out += "  } -> (";
    for (std::size_t i = 0; i < f.outputs.size(); ++i) out += (i == 0 ? "" : ", ") + f.outputs[i];
    out += ");\n";
  }
  return out + "}\n";
}

}  // namespace seben::coreml
