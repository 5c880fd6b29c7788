// SPDX-License-Identifier: Apache-2.0
// Values of header fields: a word and its parameters, quoted or not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace seben::serve {

/// Of ASCII letters.
[[nodiscard]] std::string lower_case(std::string_view text);
/// Without spaces and tabs at the ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

struct HeaderValue {
  std::string word;   ///< in lower case
  Fields parameters;  ///< names in lower case

  [[nodiscard]] const std::string* parameter(std::string_view name) const noexcept;
};

/// `form-data; name="file"; filename="a \"b\".wav"`. Nothing for a broken one or one that gives a parameter twice.
/// Parameters in RFC 5987's form (filename*) are passed over, as RFC 7578 has it.
[[nodiscard]] std::optional<HeaderValue> parse_header_value(std::string_view text);

/// Whether a list such as "keep-alive, Upgrade" has the word, whatever its case.
[[nodiscard]] bool has_word(std::string_view list, std::string_view word);

}  // namespace seben::serve
