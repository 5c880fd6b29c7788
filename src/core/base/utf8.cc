// SPDX-License-Identifier: Apache-2.0
#include "base/utf8.h"

namespace seben::base {
namespace {

// What may follow a first byte: how many bytes, and the range of the first of them (the others are 80..BF).
struct Lead {
  unsigned tail = 0;  ///< 0: never first in a longer sequence
  unsigned char low = 0x80, high = 0xBF;
  char32_t bits = 0;
};

Lead lead_of(unsigned char b) noexcept {
  if (b >= 0xC2 && b <= 0xDF) return {1, 0x80, 0xBF, b & 0x1FU};
  if (b >= 0xE0 && b <= 0xEF) {
    return {2, static_cast<unsigned char>(b == 0xE0 ? 0xA0 : 0x80), static_cast<unsigned char>(b == 0xED ? 0x9F : 0xBF),
            b & 0x0FU};
  }
  if (b >= 0xF0 && b <= 0xF4) {
    return {3, static_cast<unsigned char>(b == 0xF0 ? 0x90 : 0x80), static_cast<unsigned char>(b == 0xF4 ? 0x8F : 0xBF),
            b & 0x07U};
  }
  return {};
}

}  // namespace

Utf8Step read_utf8(std::string_view text, std::size_t at) noexcept {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return {first, 1, true};
  const Lead lead = lead_of(first);
  char32_t code = lead.bits;
  for (unsigned i = 1; i <= lead.tail; ++i) {
    if (at + i >= text.size()) return {kReplacement, i, false};
    const auto b = static_cast<unsigned char>(text[at + i]);
    const bool fits = i == 1 ? b >= lead.low && b <= lead.high : b >= 0x80 && b <= 0xBF;
    if (!fits) return {kReplacement, i, false};
    code = code << 6U | (b & 0x3FU);
  }
  return {lead.tail == 0 ? kReplacement : code, lead.tail + 1, lead.tail != 0};
}

std::size_t well_formed_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const Utf8Step step = read_utf8(text, at);
    if (!step.well_formed) return at;
    at += step.size;
  }
  return at;
}

std::u32string decode_lossy(std::string_view bytes) {
  std::u32string out;
  for (std::size_t at = 0; at < bytes.size();) {
    const Utf8Step step = read_utf8(bytes, at);
    out.push_back(step.code);
    at += step.size;
  }
  return out;
}

std::string replace_ill_formed(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t good = well_formed_prefix(bytes.substr(at));
    out.append(bytes.substr(at, good));
    at += good;
    if (at == bytes.size()) break;
    append_utf8(kReplacement, out);
    at += read_utf8(bytes, at).size;
  }
  return out;
}

void append_utf8(char32_t code, std::string& out) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  const auto tail = [&put, code](unsigned shift) { put(0x80U | (code >> shift & 0x3FU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    tail(0);
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    tail(6);
    tail(0);
  } else {
    put(0xF0U | code >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace seben::base
