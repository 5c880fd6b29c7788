// SPDX-License-Identifier: Apache-2.0
// Lines of logs: walking through them, and quoting one without what does not belong in a public folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace seben::evidence {

/// At most this many characters of a line are ever repeated.
inline constexpr std::size_t kQuoteCharacters = 200;

/// A line as one that can be shown: well-formed UTF-8 without control characters and without what reorders text, home
/// folders, device identifiers and UUIDs masked, at most kQuoteCharacters.
[[nodiscard]] std::string quote(std::string_view line);

/// The name without folders, shown by quote().
[[nodiscard]] std::string file_name(std::string_view path);

[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Splits off the first line, without its "\n" or "\r\n"; `rest` is what follows.
[[nodiscard]] std::string_view next_line(std::string_view& rest) noexcept;

/// A decimal number at the front of `text`, which is moved past it; nothing when there is none or it is beyond 10^12.
[[nodiscard]] std::optional<std::size_t> take_number(std::string_view& text) noexcept;
/// Whether `text` began with `word`, which is then taken off.
[[nodiscard]] bool take(std::string_view& text, std::string_view word) noexcept;

[[nodiscard]] std::string lower_ascii(std::string_view text);

}  // namespace seben::evidence
