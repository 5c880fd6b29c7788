// SPDX-License-Identifier: Apache-2.0
// What the decoder is given before it writes:
//   [<|startofprev|> prompt] <|startoftranscript|> [<|language|> <|task|>] [<|notimestamps|>] [<|0.00|>] prefix
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/whisper/options.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::generate {

struct Prompt {
  std::vector<std::int32_t> tokens;
  std::int64_t start = 0;  ///< where <|startoftranscript|> is
  std::int64_t text = 0;   ///< where the window's text begins, as far as it is given
};

/// What a tokenizer and a model allow.
struct PromptLimits {
  bool multilingual = true;
  std::int64_t positions = 448;
  /// Tokens of options.prompt at most.
  [[nodiscard]] std::int64_t previous() const noexcept { return positions / 2 - 1; }
};

/// The code of a language whose token there is. Error(usage) for another.
[[nodiscard]] std::string require_language(const tokenizer::Specials& specials, std::string_view code_or_name);

/// <|startoftranscript|> and, for multilingual models, language and task. Error(usage) for a language or a task that
/// the vocabulary has no token for, and for anything but English transcription with an English-only model.
[[nodiscard]] std::vector<std::int32_t> start_sequence(const tokenizer::Specials& specials, bool multilingual,
                                                       std::string_view language, Task task);

/// Error(usage) as start_sequence; for a prompt or a prefix that leaves no room for a text, for tokens beyond the
/// vocabulary, and for a vocabulary without the control tokens that the options need.
[[nodiscard]] Prompt build_prompt(const tokenizer::Tokenizer& tokenizer, const PromptLimits& limits,
                                  std::string_view language, const DecodeOptions& options);

/// The tokens of a text as prompt or prefix: with one space before it, and none at its ends.
[[nodiscard]] std::vector<std::int32_t> encode_context(const tokenizer::Tokenizer& tokenizer, std::string_view text);

}  // namespace seben::generate
