// SPDX-License-Identifier: Apache-2.0
// Which sequences of N'Ko letters and marks can be words: a state machine over code points, one word at a time, and the
// syllables that a word falls into. Text must be in normalisation form C, which puts the nasal mark before tone marks.
//
//   word      = (syllable | elision | number)+ coda?
//   syllable  = consonants? vowel nasal-mark? tone-mark? double-dot?  |  consonants? syllabic-nasal tone-mark?
//   consonants: one to three; all but the last have the vowel of the syllable that follows (N'Ko writes a vowel once
//               when neighbouring syllables share it), or a dagbasinna says that they have none
//   elision   = consonants apostrophe, or an apostrophe before a vowel
//   coda      = one or two consonants: foreign words, abbreviations
// Any consonant may carry a tone mark or double dot (foreign sounds); an extender changes nothing; a digit may carry a
// tone mark or the nasal mark of ordinals. docs/decoding.md has the share of human words that this accepts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seben::nko {

enum class SyllableState : std::uint8_t {
  start,   ///< before the word
  onset1,  ///< after one consonant; onset2 and onset3 after two and three
  onset2,
  onset3,
  onset1_marked,  ///< the last consonant carries a mark
  onset2_marked,
  onset3_marked,
  bare,      ///< after a dagbasinna
  nucleus,   ///< after a vowel
  coda,      ///< after the nasal mark
  toned,     ///< after a tone mark on a vowel or syllabic nasal
  dotted,    ///< after a double dot on a vowel
  syllabic,  ///< after a syllabic nasal
  elision,   ///< after an apostrophe
  number,    ///< after a digit
  number_marked,
};
inline constexpr std::size_t kSyllableStates = 16;

/// The state after `c`, or nothing when no word goes on like that. Spaces, punctuation, symbols and everything outside
/// the block end the word: the state becomes `start` if the word may end here, else nothing.
[[nodiscard]] std::optional<SyllableState> next_state(SyllableState state, char32_t c) noexcept;
/// Whether a word may end in this state (`start`: no word at all).
[[nodiscard]] bool may_end(SyllableState state) noexcept;

/// Byte offset of the first code point of a text that no word of the language can have there; the text's size when only
/// its end comes too early; nothing when every word is possible. Error(bad_data) for ill-formed UTF-8.
[[nodiscard]] std::optional<std::size_t> first_violation(std::string_view text, const std::string& source);
/// Share of the text's words that are possible; 1 without words.
[[nodiscard]] double valid_share(std::string_view text, const std::string& source);

struct Syllable {
  std::string text;     ///< letters with their marks
  bool elided = false;  ///< a consonant whose vowel is written in the syllable after it
};
/// The syllables of one word, in order and without loss. What is no syllable (digits, foreign codas, impossible
/// sequences) goes with the syllable before it, at the beginning with the one after it.
[[nodiscard]] std::vector<Syllable> syllables(std::string_view word, const std::string& source);

}  // namespace seben::nko
