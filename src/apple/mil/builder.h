// SPDX-License-Identifier: Apache-2.0
// Builds one function operation by operation. Every operation's output types are inferred at once, so that a wrong
// graph is refused where it is written, with the operator's name.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "mil/operators.h"
#include "mil/program.h"

namespace seben::mil {

/// A value of the function under construction.
struct Value {
  std::string name;
  Type type;
};

/// One operand of an operation to be added: a value, several for lists, or a constant that becomes a `const` operation
/// of its own, named "<operation>_<operand>".
struct Operand {
  Operand(std::string operand, Value value) : name(std::move(operand)), what(std::vector<Value>{std::move(value)}) {}
  Operand(std::string operand, std::vector<Value> values) : name(std::move(operand)), what(std::move(values)) {}
  Operand(std::string operand, Literal literal) : name(std::move(operand)), what(std::move(literal)) {}

  std::string name;
  std::variant<std::vector<Value>, Literal> what;
};

class FunctionBuilder {
 public:
  explicit FunctionBuilder(Opset opset);

  [[nodiscard]] Opset opset() const noexcept { return function_.opset; }
  /// Names must be identifiers and unused: Error(internal).
  Value input(const std::string& name, Type type);
  /// A `const` operation. With 10 elements and more it goes to the weight file.
  Value constant(const std::string& name, Literal literal);
  /// A constant named after its user: "<op>_<operand>", made unique.
  Value constant_for(std::string_view op, std::string_view operand, Literal literal);

  /// Adds an operation with one output; Error(internal) says which rule of the operator it breaks. `name` becomes the
  /// name of operation and output; other characters than an identifier's become '_', and a number makes it unique.
  Value add(std::string_view type, const std::string& name, const std::vector<Operand>& operands);
  /// The same for any number of outputs; they are named "<name>_0", "<name>_1", … when there are several.
  std::vector<Value> add_all(std::string_view type, const std::string& name, const std::vector<Operand>& operands);
  /// A constexpr operator: operands are attributes before iOS18 and literal bindings from then on.
  Value add_constexpr(std::string_view type, const std::string& name,
                      std::map<std::string, Literal, std::less<>> operands);

  /// The finished function; the builder is empty afterwards.
  [[nodiscard]] Function finish(const std::vector<Value>& outputs);

 private:
  std::string unique(std::string_view name);
  std::vector<Value> append(Operation op, const std::string& name, bool compile_time);

  Function function_;
  std::set<std::string, std::less<>> names_;
  std::map<std::string, Known, std::less<>> known_;
  std::deque<Literal> literals_;  ///< small constants, which the rules may look at; addresses stay
};

}  // namespace seben::mil
