// SPDX-License-Identifier: Apache-2.0
// Looking values of a function up by name.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "mil/program.h"

namespace seben::coreml {

/// Types, makers and readers of all values. It refers to the function, which must outlive it.
class ValueTable {
 public:
  explicit ValueTable(const mil::Function& function);

  /// nullptr for an unknown name.
  [[nodiscard]] const mil::Type* type(std::string_view name) const;
  /// The operation that makes it; nullptr for inputs.
  [[nodiscard]] const mil::Operation* maker(std::string_view name) const;
  [[nodiscard]] bool is_constant(std::string_view name) const;
  /// The plain constant of that name, or nullptr.
  [[nodiscard]] const mil::Literal* literal(std::string_view name) const;
  /// Type of an operand's first binding; nullptr when the operand is absent.
  [[nodiscard]] const mil::Type* operand(const mil::Operation& op, std::string_view name) const;
  [[nodiscard]] const mil::Literal* constant(const mil::Operation& op, std::string_view name) const;
  /// Names of the run-time values that an operation reads.
  [[nodiscard]] std::vector<std::string> reads(const mil::Operation& op) const;

 private:
  struct Entry {
    mil::Type type;
    const mil::Operation* maker = nullptr;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

/// const and constexpr operations: they are parameters, not work.
[[nodiscard]] bool is_parameter(const mil::Operation& op);

/// Multiplications with addition that an operation needs; 0 where shapes are unknown or it has none worth counting.
[[nodiscard]] double multiply_adds(const mil::Operation& op, const ValueTable& values);

}  // namespace seben::coreml
