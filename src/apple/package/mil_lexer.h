// SPDX-License-Identifier: Apache-2.0
// Words and signs of MIL text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seben::coreml {

class MilLexer {
 public:
  /// `text` has to outlive the lexer.
  MilLexer(std::string_view text, std::string source) : text_(text), source_(std::move(source)) { skip(); }

  [[nodiscard]] bool at_end() const noexcept { return at_ >= text_.size(); }
  /// Whether `sign` comes next.
  [[nodiscard]] bool sees(std::string_view sign) const noexcept { return text_.substr(at_).starts_with(sign); }
  /// Passes over `sign` if it comes next.
  bool accept(std::string_view sign);
  void expect(std::string_view sign);
  /// [A-Za-z0-9_@]+
  std::string word();
  /// A quoted string with the escapes \" \\ \n \t.
  std::string quoted();
  /// Decimal or hexadecimal, -inf, nan.
  double number();
  std::int64_t integer();
  /// Passes over a balanced group that begins with one of ( [ { < and may hold strings.
  void pass_group();
  [[noreturn]] void fail(const std::string& expected) const;

 private:
  void skip();

  std::string_view text_;
  std::string source_;
  std::size_t at_ = 0;
};

}  // namespace seben::coreml
