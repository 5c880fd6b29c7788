// SPDX-License-Identifier: Apache-2.0
// What files and names hold, made fit to be shown: one line that can neither drive a terminal nor turn text around.
#pragma once

#include <string>
#include <string_view>

namespace seben::base {

/// Control characters and the separators of lines and paragraphs become spaces. Characters that show nothing but change
/// what is shown (U+202E and the other bidirectional controls, tags, byte order marks, zero-width spaces, …) become
/// their number: "<U+202E>". The two joiners stay, since scripts are written with them. What is not UTF-8 becomes
/// U+FFFD.
[[nodiscard]] std::string printable(std::string_view text);

/// The same of every line; the ends of lines and tabs stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// The same strings in a JSON text, with such characters written as JSON's escapes.
[[nodiscard]] std::string printable_json(std::string_view json);

}  // namespace seben::base
