// SPDX-License-Identifier: Apache-2.0
#include "package/mil_lexer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "mil/names.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@';
}
bool is_number(char c) noexcept { return is_word(c) || c == '+' || c == '-' || c == '.'; }

constexpr std::size_t kLongestWord = 1024;

}  // namespace

void MilLexer::fail(const std::string& expected) const {
  const std::size_t at = std::min(at_, text_.size());
  const auto line = 1 + std::ranges::count(text_.substr(0, at), '\n');
  const std::size_t begin = text_.substr(0, at).rfind('\n');
  const std::size_t column = at - (begin == std::string_view::npos ? 0 : begin + 1) + 1;
  throw Error(ErrorCategory::bad_data,
              source_ + ": line " + std::to_string(line) + ", column " + std::to_string(column), expected,
              at_end() ? "the end" : "\"" + mil::printable(text_.substr(at, 24)) + "\"");
}

void MilLexer::skip() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else if (text_.substr(at_).starts_with("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

bool MilLexer::accept(std::string_view sign) {
  if (!sees(sign)) return false;
  at_ += sign.size();
  skip();
  return true;
}

void MilLexer::expect(std::string_view sign) {
  if (!accept(sign)) fail("\"" + std::string(sign) + "\"");
}

std::string MilLexer::word() {
  std::size_t end = at_;
  while (end < text_.size() && is_word(text_[end])) ++end;
  if (end == at_ || end - at_ > kLongestWord) fail("a name");
  std::string found(text_.substr(at_, end - at_));
  at_ = end;
  skip();
  return found;
}

std::string MilLexer::quoted() {
  if (!sees("\"")) fail("a string");
  std::string found;
  std::size_t at = at_ + 1;
  for (; at < text_.size() && text_[at] != '"'; ++at) {
    char c = text_[at];
    if (c == '\\' && at + 1 < text_.size()) {
      c = text_[++at];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
    }
    found += c;
  }
  if (at >= text_.size()) fail("a string that ends");
  at_ = at + 1;
  skip();
  return found;
}

double MilLexer::number() {
  std::size_t end = at_;
  while (end < text_.size() && is_number(text_[end])) ++end;
  const std::string word(text_.substr(at_, std::min<std::size_t>(end - at_, 64)));
  char* rest = nullptr;
  const double value = std::strtod(word.c_str(), &rest);
  if (word.empty() || *rest != '\0') fail("a number");
  at_ = end;
  skip();
  return value;
}

std::int64_t MilLexer::integer() {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
  if (error != std::errc{}) fail("an integer");
  at_ = static_cast<std::size_t>(end - text_.data());
  skip();
  return value;
}

void MilLexer::pass_group() {
  constexpr std::string_view kOpen = "([{<", kClose = ")]}>";
  std::string open;
  do {
    if (at_end()) fail("the group's end");
    const char c = text_[at_];
    if (c == '"') {
      static_cast<void>(quoted());
      continue;
    }
    if (const auto which = kOpen.find(c); which != std::string_view::npos) open += kClose[which];
    if (kClose.find(c) != std::string_view::npos) {
      if (open.empty() || open.back() != c) fail("a balanced group");
      open.pop_back();
    }
    ++at_;
    skip();
  } while (!open.empty());
}

}  // namespace seben::coreml
