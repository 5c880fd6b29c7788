// SPDX-License-Identifier: Apache-2.0
// A CTranslate2 model.bin being made, so that tests can make it wrong in every way.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace seben::test {

/// CTranslate2's numbers.
enum class CTranslate2Type : std::uint8_t { f32, i8, i16, i32, f16, bf16 };

class CTranslate2Maker {
 public:
  struct Variable {
    std::string name;
    CTranslate2Type type;
    std::vector<std::uint32_t> shape;
    std::string bytes;
  };

  std::uint32_t version = 6, revision = 3;
  std::string spec = "WhisperSpec";
  std::vector<Variable> variables;
  std::vector<std::pair<std::string, std::string>> aliases;

  template <class T>
  void add(const std::string& name, CTranslate2Type type, std::vector<std::uint32_t> shape,
           const std::vector<T>& values) {
    variables.push_back({name, type, std::move(shape), {}});
    std::string& bytes = variables.back().bytes;
    bytes.resize(values.size() * sizeof(T));
    std::memcpy(bytes.data(), values.data(), bytes.size());
  }
  void scalar(const std::string& name, std::int8_t value) {
    add(name, CTranslate2Type::i8, {}, std::vector<std::int8_t>{value});
  }
  [[nodiscard]] Variable& at(const std::string& name) { return *std::ranges::find(variables, name, &Variable::name); }
  void erase(const std::string& name) {
    std::erase_if(variables, [name](const Variable& variable) { return variable.name == name; });
  }

  [[nodiscard]] std::string bytes() const {
    std::string out;
    number(out, version), text(out, spec), number(out, revision), number(out, count_of(variables));
    for (const Variable& variable : variables) {
      text(out, variable.name), number(out, static_cast<std::uint8_t>(variable.shape.size()));
      for (const std::uint32_t size : variable.shape) number(out, size);
      number(out, variable.type), number(out, count_of(variable.bytes));
      out += variable.bytes;
    }
    number(out, count_of(aliases));
    for (const auto& [alias, variable] : aliases) text(out, alias), text(out, variable);
    return out;
  }

 private:
  template <class T>
  static void number(std::string& out, T value) {
    std::array<char, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof(T));
    out.append(bytes.data(), bytes.size());
  }
  static void text(std::string& out, const std::string& value) {
    number(out, static_cast<std::uint16_t>(value.size() + 1));
    out.append(value.c_str(), value.size() + 1);
  }
  template <class T>
  static std::uint32_t count_of(const T& list) {
    return static_cast<std::uint32_t>(list.size());
  }
};

}  // namespace seben::test
