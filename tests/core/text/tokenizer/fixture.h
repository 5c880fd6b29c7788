// SPDX-License-Identifier: Apache-2.0
// The small tokenizer of tools/fixtures/make_tokenizer.py and what others make of its cases.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::test {

using Ids = std::vector<std::int32_t>;

inline std::string tokenizer_folder() { return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/tokenizer"; }

inline const nlohmann::json& tokenizer_cases() {
  static const nlohmann::json cases = base::read_json(tokenizer_folder() + "/cases.json");
  return cases;
}

inline const tokenizer::Tokenizer& small_tokenizer() {
  static const tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::load(tokenizer_folder());
  return tokenizer;
}

/// Its vocabulary as a ggml file lists one: everything before the added tokens.
inline std::vector<std::string> small_vocabulary() {
  std::vector<std::string> tokens;
  for (std::int32_t id = 0; id < small_tokenizer().specials().endoftext; ++id) {
    tokens.emplace_back(small_tokenizer().bytes(id));
  }
  return tokens;
}

/// Special tokens that Whisper's rule appends to a vocabulary, with 99 languages.
inline constexpr std::size_t kRuleTokens = 1608;

}  // namespace seben::test
