// SPDX-License-Identifier: Apache-2.0
// What is wrong with N'Ko labels before anything is trained on them: letters of other scripts inside words, other
// normal forms, impossible syllables, vowels exchanged by a wrong conversion table, characters that nobody sees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::nko {

enum class LabelFault : std::uint8_t {
  foreign_letter,   ///< a letter or mark of another script inside a word that has N'Ko letters
  unassigned,       ///< U+07FB or U+07FC, or any other that Unicode has not assigned or leaves to private use
  not_normalised,   ///< not in normalisation form C
  impossible_word,  ///< no word goes on like that (nko/syllables.h)
  swapped_vowels,   ///< against the Latin side, more vowels fit the known wrong table than the right one
  invisible,        ///< a control or format character, such as U+200C, or what only looks like a space, such as U+00A0:
                    ///< nobody sees it, and it is another label
  lost,             ///< U+FFFD, which stands for what a conversion could not read
};
[[nodiscard]] std::string_view to_string(LabelFault fault) noexcept;

struct LabelFinding {
  std::size_t line = 0;    ///< from 1
  std::size_t column = 0;  ///< code points from 1
  char32_t code_point = 0;
  LabelFault fault = LabelFault::foreign_letter;
  std::string reason;  ///< one line
};

/// Findings of one line, by column, at most one of a kind in a word. The line is a N'Ko text, or that text, a tab, and
/// the same in Latin Bambara: only then swapped vowels can be seen. Error(bad_data) for ill-formed UTF-8 and for more
/// than one tab.
[[nodiscard]] std::vector<LabelFinding> check_label(std::string_view line, std::size_t number,
                                                    const std::string& source);

/// "12:5: U+025B: Latin letter …", ready to print after the file's name and a colon.
[[nodiscard]] std::string to_string(const LabelFinding& finding);

}  // namespace seben::nko
