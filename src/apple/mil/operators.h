// SPDX-License-Identifier: Apache-2.0
// The operators that Seben knows: operands, the first opset of each form, and the rule that gives the output types.
// Source of the rules: the operator reference of coremltools (mil/ops/defs).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mil/program.h"

namespace seben::mil {

/// One operand with its bindings resolved.
struct Resolved {
  std::vector<Type> types;                ///< one, or one for each value of a list
  std::vector<const Literal*> constants;  ///< parallel to `types`; nullptr where the value is known at run time only
};

/// The operands of one operation, as the inference rules see them.
class Operands {
 public:
  Operands(std::string where, Opset opset, const std::map<std::string, Resolved, std::less<>>& values)
      : where_(std::move(where)), opset_(opset), values_(values) {}

  [[nodiscard]] Opset opset() const noexcept { return opset_; }
  [[nodiscard]] bool has(std::string_view name) const;
  [[nodiscard]] const Type& type(std::string_view name) const;
  [[nodiscard]] const std::vector<Type>& types(std::string_view name) const;
  /// The constant bound to `name`; nullptr when absent or known at run time only.
  [[nodiscard]] const Literal* constant(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback) const;
  [[nodiscard]] bool boolean(std::string_view name, bool fallback) const;
  [[nodiscard]] std::string text(std::string_view name, std::string fallback) const;
  [[nodiscard]] std::vector<std::int64_t> integers(std::string_view name, std::vector<std::int64_t> fallback) const;
  /// Throws Error(bad_data) at this operation.
  [[noreturn]] void fail(std::string_view what, const std::string& expected, const std::string& found) const;

 private:
  std::string where_;
  Opset opset_;
  const std::map<std::string, Resolved, std::less<>>& values_;
};

enum class OperandKind : std::uint8_t { required, optional };

struct OperandRule {
  std::string_view name;
  OperandKind kind = OperandKind::required;
  bool constant = false;  ///< must be known at compile time
  bool list = false;      ///< takes several values
  Opset since = Opset::ios15;
};

struct OperatorRule {
  std::string_view type;
  Opset since = Opset::ios15;
  std::vector<OperandRule> operands;
  std::function<std::vector<Type>(const Operands&)> infer;
  /// constexpr operators: result is a constant of the compiled program.
  bool constexpr_op = false;
};

/// nullptr for an operator that Seben does not know in that opset. Some (constexpr_lut_to_dense) have two forms.
[[nodiscard]] const OperatorRule* find_operator(std::string_view type, Opset opset);
/// The first opset that has the operator at all; nothing when none has.
[[nodiscard]] std::optional<Opset> first_opset(std::string_view type);
/// All rules, in the order of the names.
[[nodiscard]] std::span<const OperatorRule> operators();

/// What is known about a value before the program runs.
struct Known {
  Type type;
  bool compile_time = false;         ///< a constant, or computed from constants by a constexpr operator
  const Literal* literal = nullptr;  ///< its value, where it is a plain constant
};

/// Checks the operands of `op` against its rule and returns the types of its outputs. `lookup` knows the values so far
/// (nothing for an unknown name); `where` starts every message.
[[nodiscard]] std::vector<Type> infer(const Operation& op, Opset opset,
                                      const std::function<std::optional<Known>(std::string_view)>& lookup,
                                      const std::string& where);

}  // namespace seben::mil
