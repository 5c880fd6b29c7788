// SPDX-License-Identifier: Apache-2.0
#include "import/vocabulary.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "seben/error.h"
#include "text/tokenizer/byte_letters.h"

namespace seben::models {
namespace {

constexpr std::int64_t kMaxTokens = 1 << 20;
constexpr std::string_view kFirstSpecial = "<|endoftext|>";

std::string decode(const std::string& letters, const base::JsonReader& vocabulary) {
  auto bytes = tokenizer::bytes_of_letters(letters);
  if (!bytes) vocabulary.fail(letters, "letters that stand for bytes", "another");
  return *std::move(bytes);
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
