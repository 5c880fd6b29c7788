// SPDX-License-Identifier: Apache-2.0
// What every source of a tokenizer is read into: a vocabulary, its merges and the tokens that were added to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seben::tokenizer {

inline constexpr std::size_t kMaxTokens = 262'144;   ///< ids; Whisper has 51,866
inline constexpr std::size_t kMaxTokenBytes = 1024;  ///< of one token; GPT-2's longest has 128

/// A token beside the vocabulary: its content is text, and no merge makes it.
struct AddedToken {
  std::int32_t id = 0;
  bool special = true;
};

struct Parts {
  std::string where;                                        ///< starts errors
  std::vector<std::optional<std::string>> vocabulary;       ///< bytes by id, nothing for unused ids
  std::vector<std::pair<std::string, std::string>> merges;  ///< bytes, the first goes first
  std::map<std::string, AddedToken, std::less<>> added;     ///< by content
  bool ranks_are_ids = false;                               ///< no merges: as tiktoken does, see ggml.h
  bool whole_words_first = false;                           ///< a word that is a token is not merged
};

/// `<|…|>` around letters, digits, dots and underscores: how Whisper writes tokens that control the model.
[[nodiscard]] bool is_control_form(std::string_view content) noexcept;

/// Puts the bytes of a token into the vocabulary. False when the id is taken; it must be below kMaxTokens.
[[nodiscard]] bool put_token(Parts& parts, std::int32_t id, std::string bytes);
/// Error(bad_data) for another id of the same content, an id out of range, too many bytes.
void put_added(Parts& parts, const std::string& content, AddedToken token, const std::string& where);

}  // namespace seben::tokenizer
