// SPDX-License-Identifier: Apache-2.0
// What the two kinds of sources have in common.
#pragma once

#include <cstddef>

#include "base/json.h"
#include "text/tokenizer/parts.h"

namespace seben::tokenizer {

inline constexpr base::JsonLimits kVocabularyLimits{
    .max_bytes = std::size_t{64} << 20, .max_depth = 16, .max_values = 8'000'000};
inline constexpr std::size_t kMaxMerges = 2 * kMaxTokens;

/// {"token in byte letters": id, …}; added tokens must be known by then. What is written `<|…|>` becomes one of them.
void read_vocabulary(const base::JsonReader& vocabulary, Parts& parts);
/// One member of it.
void read_vocabulary_entry(const base::JsonReader& vocabulary, const std::string& letters, const nlohmann::json& value,
                           Parts& parts);
/// One entry of "added_tokens" or "added_tokens_decoder".
void read_added_token(const base::JsonReader& entry, std::int64_t id, Parts& parts);
/// Two tokens in byte letters. False when they are none.
[[nodiscard]] bool put_merge(std::string_view left, std::string_view right, Parts& parts);
/// The same of a line "left right".
[[nodiscard]] bool read_merge(std::string_view line, Parts& parts);

}  // namespace seben::tokenizer
