// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/byte_letters.h"

#include <array>

#include "base/utf8.h"

namespace seben::tokenizer {
namespace {

constexpr char32_t kFirstMoved = 0x100;
constexpr std::size_t kMoved = 68;  // bytes without a visible Latin-1 character

constexpr bool is_visible(unsigned byte) noexcept {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

struct Letters {
  std::array<char32_t, 256> of_byte{};
  std::array<unsigned char, kMoved> moved{};  ///< the byte of U+0100 + i
};

constexpr Letters kLetters = [] {
  Letters letters;
  char32_t next = 0;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (!is_visible(byte)) letters.moved[next] = static_cast<unsigned char>(byte);
    letters.of_byte[byte] = is_visible(byte) ? byte : kFirstMoved + next++;
  }
  return letters;
}();

}  // namespace

std::optional<std::string> bytes_of_letters(std::string_view letters) {
  std::string bytes;
  bytes.reserve(letters.size());
  for (std::size_t at = 0; at < letters.size();) {
    const base::Utf8Step step = base::read_utf8(letters, at);
    at += step.size;
    if (step.code < 0x100 && is_visible(static_cast<unsigned>(step.code))) {
      bytes += static_cast<char>(static_cast<unsigned char>(step.code));
    } else if (step.code >= kFirstMoved && step.code < kFirstMoved + kMoved) {
      bytes += static_cast<char>(kLetters.moved[step.code - kFirstMoved]);
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

std::string letters_of_bytes(std::string_view bytes) {
  std::string letters;
  letters.reserve(2 * bytes.size());
  for (const char c : bytes) base::append_utf8(kLetters.of_byte[static_cast<unsigned char>(c)], letters);
  return letters;
}

}  // namespace seben::tokenizer
