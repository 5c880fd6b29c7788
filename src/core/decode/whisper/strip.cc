// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/strip.h"

#include "base/utf8.h"

namespace seben::generate {
namespace {

bool is_space(char32_t c) noexcept {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

}  // namespace

std::string_view strip(std::string_view text) noexcept {
  std::size_t first = text.size(), last = 0;
  for (std::size_t at = 0; at < text.size();) {
    const base::Utf8Step step = base::read_utf8(text, at);
    if (!is_space(step.code)) {
      if (first == text.size()) first = at;
      last = at + step.size;
    }
    at += step.size;
  }
  return first < last ? text.substr(first, last - first) : std::string_view{};
}

}  // namespace seben::generate
