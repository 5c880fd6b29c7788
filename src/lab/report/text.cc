// SPDX-License-Identifier: Apache-2.0
#include "report/text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/utf8.h"

namespace seben::report {
namespace {

using base::kReplacement;
constexpr std::string_view kNkoOpen = "<bdi lang=\"nqo\" dir=\"rtl\">";

bool shown(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n';
  if (c >= 0x7F && c < 0xA0) return false;
  const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  const bool nonchar = (c & 0xFFFEU) == 0xFFFEU || (c >= 0xFDD0 && c <= 0xFDEF);
  return !bidi && !nonchar;
}

void append_escaped(std::string& out, char32_t c) {
  switch (c) {
    case '&': out += "&amp;"; return;
    case '<': out += "&lt;"; return;
    case '>': out += "&gt;"; return;
    case '"': out += "&quot;"; return;
    case '\'': out += "&#39;"; return;
    default: base::append_utf8(shown(c) ? c : kReplacement, out);
  }
}

void append_escaped(std::string& out, std::u32string_view text) {
  for (const char32_t c : text) append_escaped(out, c);
}

// What may stand between two N'Ko letters without ending their stretch.
bool joins_nko(char32_t c) {
  constexpr std::u32string_view kJoining = U" .,;:!?-'()\u2019\u2018\u201C\u201D\u00AB\u00BB\u060C\u061B\u061F";
  return kJoining.find(c) != std::u32string_view::npos;
}

// One past the last N'Ko character of the stretch that starts at `from`.
std::size_t end_of_nko(std::u32string_view text, std::size_t from) {
  std::size_t end = from + 1;
  for (std::size_t i = end; i < text.size() && (is_nko(text[i]) || joins_nko(text[i])); ++i) {
    if (is_nko(text[i])) end = i + 1;
  }
  return end;
}

bool is_mark(char32_t c) {
  return (c >= 0x07EB && c <= 0x07F3) || c == 0x07FD || (c >= 0x0300 && c <= 0x036F) || (c >= 0x200B && c <= 0x200F);
}

double width_in_em(char32_t c) {
  constexpr std::u32string_view kNarrow = U" .,;:!|'ijl()[]tfrI1";
  if (is_mark(c)) return 0.0;
  if (c >= 0x2E80 && c != kReplacement) return 1.05;  // ideographs, full width forms, pictures
  if (kNarrow.find(c) != std::u32string_view::npos) return c == '1' ? 0.58 : 0.38;
  if (c == 'm' || c == 'w' || c == 'M' || c == 'W' || c == '%') return 0.9;
  return c >= 'A' && c <= 'Z' ? 0.7 : 0.58;
}

}  // namespace

std::u32string decode(std::string_view text) {
  std::u32string out;
  for (std::size_t at = 0; at < text.size();) {
    const base::Utf8Step step = base::read_utf8(text, at);
    out.push_back(step.code);
    at += step.well_formed ? step.size : 1;
  }
  return out;
}

std::string encode(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) base::append_utf8(c, out);
  return out;
}

std::string escape(std::string_view text) {
  std::string out;
  append_escaped(out, decode(text));
  return out;
}

std::string inline_markup(std::string_view text) {
  const std::u32string characters = decode(text);
  const std::u32string_view all = characters;
  std::string out;
  for (std::size_t i = 0; i < all.size();) {
    if (!is_nko(all[i])) {
      append_escaped(out, all[i++]);
      continue;
    }
    const std::size_t end = end_of_nko(all, i);
    out += kNkoOpen;
    append_escaped(out, all.substr(i, end - i));
    out += "</bdi>";
    i = end;
  }
  return out;
}

bool reads_right_to_left(std::string_view text) {
  for (const char32_t c : decode(text)) {
    if (is_nko(c)) return true;
    const bool latin = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= 0xC0 && c < 0x0590);
    if (latin) return false;
  }
  return false;
}

bool has_nko(std::string_view text) { return std::ranges::any_of(decode(text), is_nko); }

double width_in_em(std::string_view text) {
  double sum = 0.0;
  for (const char32_t c : decode(text)) sum += width_in_em(c);
  return sum;
}

std::string shortened(std::string_view text, double em) {
  if (width_in_em(text) <= em) return std::string(text);
  constexpr double kEllipsis = 0.9;
  std::u32string kept;
  double sum = kEllipsis;
  for (const char32_t c : decode(text)) {
    sum += width_in_em(c);
    if (sum > em) break;
    kept.push_back(c);
  }
  kept.push_back(0x2026);
  return encode(kept);
}

std::vector<std::string> wrapped(std::string_view text, double em) {
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    const std::string longer = line.empty() ? std::string(word) : line + " " + std::string(word);
    if (!line.empty() && width_in_em(longer) > em) {
      lines.push_back(shortened(line, em));
      line = word;
    } else {
      line = longer;
    }
  }
  if (!line.empty()) lines.push_back(shortened(line, em));
  return lines;
}

}  // namespace seben::report
