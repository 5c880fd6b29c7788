// SPDX-License-Identifier: Apache-2.0
#include "models/vocabulary.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "seben/error.h"

namespace seben::models {
namespace {

constexpr std::int64_t kMaxTokens = 1 << 20;
constexpr std::string_view kFirstSpecial = "<|endoftext|>";

// Letters below U+0144: a byte that is visible in Latin-1 stands for itself, the others follow from U+0100 on in their
// order. -1 where no byte is meant.
std::array<int, 0x144> bytes_of_letters() {
  std::array<int, 0x144> bytes;
  bytes.fill(-1);
  std::size_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool visible = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte != 0xad);
    bytes[visible ? static_cast<std::size_t>(byte) : next++] = byte;
  }
  return bytes;
}

// The parser has made sure of well-formed UTF-8; no letter of the table takes more than two bytes.
std::string decode(const std::string& letters, const base::JsonReader& vocabulary) {
  static const std::array<int, 0x144> kBytes = bytes_of_letters();
  std::string bytes;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    std::size_t letter = static_cast<unsigned char>(letters[i]);
    if (letter >= 0x80 && i + 1 < letters.size()) {
      letter = letter < 0xe0 ? (letter & 0x1fU) << 6U | (static_cast<unsigned char>(letters[++i]) & 0x3fU)
                             : std::numeric_limits<std::size_t>::max();
    }
    const int byte = letter < kBytes.size() ? kBytes[letter] : -1;
    if (byte < 0) vocabulary.fail(letters, "letters that stand for bytes", "another");
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

}  // namespace

std::vector<std::string> parse_vocabulary(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source);
  const base::JsonReader vocabulary(json, source);
  std::vector<std::string> names = vocabulary.keys();
  std::int64_t count = static_cast<std::int64_t>(names.size());
  if (vocabulary.has(kFirstSpecial)) count = vocabulary.integer(kFirstSpecial, 0, kMaxTokens);
  std::vector<std::string> tokens(static_cast<std::size_t>(std::min(count, static_cast<std::int64_t>(names.size()))));
  std::vector<bool> seen(tokens.size());
  std::size_t placed = 0;
  for (const std::string& name : names) {
    const std::int64_t number = vocabulary.integer(name, 0, kMaxTokens);
    if (number >= count) continue;
    const auto i = static_cast<std::size_t>(number);
    if (i >= tokens.size() || seen[i]) vocabulary.fail(name, "every number once", std::to_string(number));
    tokens[i] = decode(name, vocabulary);
    seen[i] = true;
    ++placed;
  }
  if (placed != tokens.size() || static_cast<std::int64_t>(placed) != count) {
    throw Error(ErrorCategory::bad_data, source, "a token for each number below " + std::to_string(count),
                std::to_string(placed) + " tokens");
  }
  return tokens;
}

}  // namespace seben::models
