// SPDX-License-Identifier: Apache-2.0
// A MIL program as it stands on the wire: functions of operations that name the values they take. Plain data without
// promises: check.h says whether it means something.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mil/literal.h"
#include "mil/opset.h"
#include "mil/type.h"

namespace seben::mil {

/// What an operand is bound to: the name of an earlier value, or a constant in place.
using Binding = std::variant<std::string, Literal>;

struct NamedType {
  std::string name;
  Type type;

  [[nodiscard]] bool operator==(const NamedType&) const = default;
};

struct Operation {
  std::string type;  ///< "const", "linear", …
  /// Operand name -> bindings: one for most, several for the `values` of concat, stack and einsum.
  std::map<std::string, std::vector<Binding>, std::less<>> inputs;
  std::vector<NamedType> outputs;
  /// "name"; `val` of a const; every operand of the constexpr operators of iOS16 and iOS17.
  std::map<std::string, Literal, std::less<>> attributes;

  /// The attribute "name", else the first output's name, else "".
  [[nodiscard]] std::string name() const;
};

struct Function {
  Opset opset = Opset::ios15;
  std::vector<NamedType> inputs;  ///< states among them
  std::vector<Operation> operations;
  std::vector<std::string> outputs;

  [[nodiscard]] const NamedType* find_input(std::string_view name) const noexcept;
};

struct Program {
  /// Entry points by name; a package with one has "main".
  std::map<std::string, Function, std::less<>> functions;
  std::map<std::string, Literal, std::less<>> attributes;

  /// The function "main"; Error(bad_data) without one.
  [[nodiscard]] const Function& main() const;
};

}  // namespace seben::mil
