// SPDX-License-Identifier: Apache-2.0
#include "evidence/text.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace seben::evidence {
namespace {

bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Length of a well-formed UTF-8 character at the front, 0 when there is none.
std::size_t utf8_length(std::string_view text) noexcept {
  const base::Utf8Step step = base::read_utf8(text, 0);
  return step.well_formed ? step.size : 0;
}

// What turns the text around it (marks, embeddings, overrides, isolates) or ends its line: U+061C, U+200E, U+200F,
// U+2028 to U+202E, U+2066 to U+2069.
bool reorders(std::string_view character) noexcept {
  if (character == "\xD8\x9C") return true;
  if (character.size() != 3 || character[0] != '\xE2') return false;
  const auto last = static_cast<unsigned char>(character[2]);
  if (character[1] == '\x80') return last == 0x8E || last == 0x8F || (last >= 0xA8 && last <= 0xAE);
  return character[1] == '\x81' && last >= 0xA6 && last <= 0xA9;
}

// Length of groups of hexadecimal digits of the given sizes, joined by '-', with no further digit after them.
template <std::size_t N>
std::size_t hex_groups(std::string_view text, const std::array<std::size_t, N>& sizes) noexcept {
  std::size_t at = 0;
  for (std::size_t g = 0; g < N; ++g) {
    if (g > 0 && (at >= text.size() || text[at++] != '-')) return 0;
    for (std::size_t i = 0; i < sizes[g]; ++i) {
      if (at >= text.size() || !is_hex(text[at++])) return 0;
    }
  }
  return at < text.size() && is_hex(text[at]) ? 0 : at;
}

// Length of a private part at the front and what stands for it.
std::size_t private_length(std::string_view text, std::string_view& mask) noexcept {
  for (const std::string_view home : {std::string_view("/Users/"), std::string_view("/home/")}) {
    if (!text.starts_with(home)) continue;
    mask = home == "/home/" ? "/home/~" : "/Users/~";
    const std::size_t end = text.find_first_of("/ \t'\":", home.size());
    return end == std::string_view::npos ? text.size() : end;
  }
  if (!is_hex(text.front())) return 0;
  mask = "<id>";
  if (const std::size_t uuid = hex_groups<5>(text, {8, 4, 4, 4, 12}); uuid > 0) return uuid;
  return hex_groups<2>(text, {8, 16});
}

}  // namespace

std::string quote(std::string_view line) {
  line = trim(line);
  std::string shown;
  std::size_t characters = 0;
  char previous = ' ';
  while (!line.empty()) {
    if (characters == kQuoteCharacters - 3) return shown + "...";
    std::string_view mask;
    const std::size_t hidden = is_hex(previous) ? 0 : private_length(line, mask);
    if (hidden > 0) {
      if (characters + mask.size() > kQuoteCharacters - 3) return shown + "...";
      shown += mask;
      characters += mask.size();
      previous = ' ';
      line.remove_prefix(hidden);
      continue;
    }
    const std::size_t length = utf8_length(line);
    const auto byte = static_cast<unsigned char>(line.front());
    if (length == 0) {
      shown += '?';
    } else if (byte < 0x20 || byte == 0x7F || (length == 2 && byte == 0xC2 && (line[1] & 0x60) == 0) ||
               reorders(line.substr(0, length))) {
      shown += ' ';  // control characters of ASCII and of Latin-1, and what turns the direction
    } else {
      shown += line.substr(0, length);
    }
    previous = line.front();
    ++characters;
    line.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return shown;
}

std::string file_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return quote(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string_view next_line(std::string_view& rest) noexcept {
  const std::size_t end = rest.find('\n');
  std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::optional<std::size_t> take_number(std::string_view& text) noexcept {
  constexpr std::size_t kMostDigits = 12;
  std::size_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits == kMostDigits) return std::nullopt;
    value = value * 10 + static_cast<std::size_t>(text[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view word) noexcept {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace seben::evidence
