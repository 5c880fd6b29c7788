// SPDX-License-Identifier: Apache-2.0
// The tokens by which Whisper's decoder is controlled, found by what they are called.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seben::tokenizer {

inline constexpr double kSecondsPerTimestamp = 0.02;
inline constexpr std::int32_t kTimestamps = 1501;  ///< 0.00 to 30.00

/// `<|bm|>` and its like: two or three small letters, whether or not Whisper itself knows that language.
struct LanguageToken {
  std::string code;
  std::int32_t id = 0;
};

/// A vocabulary that has a token does not say that the model was trained with it: English-only checkpoints carry the
/// languages and tasks too. Whether a model is multilingual is its configuration's to say.
struct Specials {
  std::int32_t endoftext = 0;          ///< <|endoftext|>
  std::int32_t startoftranscript = 0;  ///< <|startoftranscript|>
  std::optional<std::int32_t> translate;
  std::optional<std::int32_t> transcribe;
  std::optional<std::int32_t> startoflm;
  std::optional<std::int32_t> startofprev;
  std::optional<std::int32_t> nospeech;  ///< <|nospeech|>, or <|nocaptions|> as it was called first
  std::optional<std::int32_t> notimestamps;
  std::optional<std::int32_t> timestamp_begin;  ///< <|0.00|>
  std::int32_t timestamp_count = 0;             ///< ids from timestamp_begin on that are 0.02 s apart
  std::vector<LanguageToken> languages;         ///< by id

  /// Of that code, or of the language's other code (languages.h) when there is no token of this one.
  [[nodiscard]] std::optional<std::int32_t> language(std::string_view code) const noexcept;
  [[nodiscard]] std::optional<std::string_view> language_of(std::int32_t id) const noexcept;
  [[nodiscard]] bool is_timestamp(std::int32_t id) const noexcept;
  /// Seconds of a timestamp token.
  [[nodiscard]] std::optional<double> seconds(std::int32_t id) const noexcept;
  /// The timestamp token nearest to `seconds`; nothing outside of their range.
  [[nodiscard]] std::optional<std::int32_t> timestamp(double seconds) const noexcept;
};

/// "<|0.00|>" for 0, "<|0.02|>" for 1 and so on.
[[nodiscard]] std::string timestamp_content(std::int32_t index);

/// `id_of` finds a control token by its content; `controls` are all of them with their ids. Error(bad_data) at `where`
/// without <|endoftext|> or <|startoftranscript|>.
struct ControlToken {
  std::string content;
  std::int32_t id = 0;
};
[[nodiscard]] Specials find_specials(const std::vector<ControlToken>& controls,
                                     const std::function<std::optional<std::int32_t>(std::string_view)>& id_of,
                                     const std::string& where);

}  // namespace seben::tokenizer
