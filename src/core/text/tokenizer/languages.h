// SPDX-License-Identifier: Apache-2.0
// The languages that Whisper was trained on, in the order of their tokens.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace seben::tokenizer {

struct LanguageName {
  std::string_view code;  ///< as in `<|en|>`
  std::string_view name;  ///< in English, lower case
};

/// All 100, Cantonese last: it came with large-v3. Source: Radford et al. 2022 and openai-whisper's list.
[[nodiscard]] std::span<const LanguageName> whisper_languages() noexcept;
/// ISO 639-1 has withdrawn some codes for others, and vocabularies keep what they were made with: Whisper's list says
/// "he", its English-only checkpoints still `<|iw|>`. The other code of the same language, or nothing for most.
[[nodiscard]] std::optional<std::string_view> other_code(std::string_view code) noexcept;
/// The English name, or nothing for a code that Whisper does not know.
[[nodiscard]] std::optional<std::string_view> language_name(std::string_view code) noexcept;
/// Whisper's code for a code, old ones included, an English name or one of their other names ("mandarin"); letter case
/// is ignored.
[[nodiscard]] std::optional<std::string_view> language_code(std::string_view code_or_name);

}  // namespace seben::tokenizer
