// SPDX-License-Identifier: Apache-2.0
#include "text/nko/labels.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.h"
#include "seben/error.h"
#include "text/nko/characters.h"
#include "text/nko/syllables.h"
#include "text/nko/transliterate.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

using Findings = std::vector<LabelFinding>;

struct Span {
  std::size_t begin, end;  // code points of the line
};

bool is_nko(char32_t c) { return c >= kFirst && c <= kLast; }

bool is_foreign_letter(char32_t c) {
  if (is_nko(c) || is_invisible(c)) return false;
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_ME;  // letters and marks
}

bool is_of(char32_t c, utf8proc_category_t first, utf8proc_category_t last) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= first && category <= last;
}

constexpr char32_t kLost = 0xFFFD;

// Besides what normalise takes out: control characters that are white space, ends of lines and paragraphs.
bool hides(char32_t c) { return c == kLost || is_invisible(c) || is_of(c, UTF8PROC_CATEGORY_ZL, UTF8PROC_CATEGORY_CF); }

// Looks like a space and is none.
bool is_odd_space(char32_t c) { return c != U' ' && is_of(c, UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZS); }

// Shows as a box, or as something else with every font. The N'Ko block's are found word by word.
bool is_nothing(char32_t c) {
  return !is_nko(c) && !hides(c) &&
         (is_of(c, UTF8PROC_CATEGORY_CN, UTF8PROC_CATEGORY_CN) || is_of(c, UTF8PROC_CATEGORY_CO, UTF8PROC_CATEGORY_CO));
}

bool separates(char32_t c) { return !is_nko(c) && !is_foreign_letter(c) && !hides(c); }

LabelFault fault_of(char32_t c) {
  if (is_nothing(c)) return LabelFault::unassigned;
  return c == kLost ? LabelFault::lost : LabelFault::invisible;
}

std::vector<Span> words_of(std::u32string_view text) {
  std::vector<Span> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (separates(text[i])) continue;
    if (i == 0 || separates(text[i - 1])) out.push_back({i, i});
    out.back().end = i + 1;
  }
  return out;
}

// What some of them are called by those who have to find them.
std::string name_of(char32_t c) {
  switch (c) {
    case 0x0000: return "NUL";
    case 0x00AD: return "soft hyphen";
    case 0x200B: return "zero-width space";
    case 0x200C: return "zero-width non-joiner";
    case 0x200D: return "zero-width joiner";
    case 0x200E: return "left-to-right mark";
    case 0x200F: return "right-to-left mark";
    case 0x2060: return "word joiner";
    case 0xFEFF: return "byte order mark";
    case 0x00A0: return "no-break space";
    case 0x202F: return "narrow no-break space";
    case 0x034F: return "combining grapheme joiner";
    default: return is_odd_space(c) ? "another space than U+0020" : "control or format character";
  }
}

std::string reason_of(char32_t c) {
  switch (fault_of(c)) {
    case LabelFault::lost: return "stands for what a conversion could not read";
    case LabelFault::unassigned: return "a code point that Unicode has not assigned, or leaves to private use";
    default: return "a character that nobody sees: " + name_of(c);
  }
}

// Each once, however often it is repeated on the spot.
void check_hidden(std::u32string_view text, std::size_t line, Findings& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool wrong = hides(text[i]) || is_odd_space(text[i]) || is_nothing(text[i]);
    if (!wrong || (i > 0 && text[i] == text[i - 1])) continue;
    out.push_back({line, i + 1, text[i], fault_of(text[i]), reason_of(text[i])});
  }
}

void check_word(std::u32string_view text, Span word, std::size_t line, Findings& out) {
  std::u32string letters;  // that can be seen
  std::vector<std::size_t> places;
  for (std::size_t i = word.begin; i < word.end; ++i) {
    if (hides(text[i])) continue;
    letters += text[i];
    places.push_back(i);
  }
  if (std::ranges::none_of(letters, is_nko)) return;  // a word of another language is no contamination of this one
  const auto add = [&](std::size_t at, LabelFault fault, std::string reason) {
    const std::size_t place = std::min(at, letters.size() - 1);
    out.push_back({line, places[place] + 1, letters[place], fault, std::move(reason)});
  };
  const auto place_of = [&](auto is) {
    return static_cast<std::size_t>(std::ranges::find_if(letters, is) - letters.begin());
  };
  if (const std::size_t at = place_of(is_foreign_letter); at < letters.size()) {
    add(at, LabelFault::foreign_letter, "a letter of another script inside a N'Ko word");
    return;  // its syllables say nothing any more
  }
  const auto unassigned = [](char32_t c) { return character_class(c) == CharacterClass::unassigned; };
  if (const std::size_t at = place_of(unassigned); at < letters.size()) {
    add(at, LabelFault::unassigned, "a code point that Unicode has not assigned");
    return;
  }
  const std::string bytes = nfc(encode_utf8(letters), "label");
  if (const auto at = first_violation(bytes, "label")) {
    const std::size_t index = decode_utf8(std::string_view(bytes).substr(0, *at), "label").size();
    add(index, LabelFault::impossible_word,
        index < letters.size() ? "no N'Ko word goes on like that" : "no N'Ko word ends like that");
  }
}

void check_normal_form(std::u32string_view text, std::size_t line, Findings& out) {
  const std::u32string normal = decode_utf8(nfc(encode_utf8(text), "label"), "label");
  if (normal == text) return;
  const auto place = static_cast<std::size_t>(std::ranges::mismatch(text, normal).in1 - text.begin());
  const std::size_t at = std::min(place, text.size() - 1);
  out.push_back({line, at + 1, text[at], LabelFault::not_normalised, "not in normalisation form C"});
}

// The table of a public converter that exchanges four vowels, and the right one.
struct Exchanged {
  char32_t right, wrong;
};
constexpr std::array kExchanged{Exchanged{0x07CB, 0x07CD}, Exchanged{0x07CF, 0x07CB}, Exchanged{0x07CD, 0x07D0},
                                Exchanged{0x07D0, 0x07CF}};

struct Vowel {
  std::size_t column;
  char32_t letter;
};

std::vector<Vowel> vowels_of(std::u32string_view text) {
  std::vector<Vowel> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (character_class(text[i]) == CharacterClass::vowel) out.push_back({i + 1, text[i]});
  }
  return out;
}

// Words are compared in order where both sides have as many vowels, since N'Ko may write a shared vowel once.
void check_vowels(std::u32string_view nko, std::string_view latin, std::size_t line, Findings& out) {
  const std::u32string expected = decode_utf8(latin_to_nko(latin, "label"), "label");
  const std::vector<Span> left = words_of(nko), right = words_of(expected);
  if (left.size() != right.size()) return;
  int right_table = 0;
  std::vector<Vowel> wrong_table;
  for (std::size_t w = 0; w < left.size(); ++w) {
    const auto found = vowels_of(nko.substr(left[w].begin, left[w].end - left[w].begin));
    const auto wanted = vowels_of(std::u32string_view(expected).substr(right[w].begin, right[w].end - right[w].begin));
    if (found.size() != wanted.size()) continue;
    for (std::size_t v = 0; v < found.size(); ++v) {
      const auto pair = std::ranges::find(kExchanged, wanted[v].letter, &Exchanged::right);
      if (pair == kExchanged.end()) continue;
      if (found[v].letter == pair->right) ++right_table;
      if (found[v].letter == pair->wrong) wrong_table.push_back({left[w].begin + found[v].column, found[v].letter});
    }
  }
  const int wrong = static_cast<int>(wrong_table.size());
  if (wrong < 2 || wrong <= right_table) return;
  out.push_back({line, wrong_table.front().column, wrong_table.front().letter, LabelFault::swapped_vowels,
                 base::format("{} vowels as a table with exchanged e, o, \u025B, \u0254 writes them, {} right ones",
                              wrong, right_table)});
}

}  // namespace

std::string_view to_string(LabelFault fault) noexcept {
  switch (fault) {
    case LabelFault::foreign_letter: return "foreign letter";
    case LabelFault::unassigned: return "unassigned";
    case LabelFault::not_normalised: return "not normalised";
    case LabelFault::impossible_word: return "impossible word";
    case LabelFault::swapped_vowels: return "swapped vowels";
    case LabelFault::invisible: return "invisible";
    case LabelFault::lost: return "lost character";
  }
  return "";
}

std::vector<LabelFinding> check_label(std::string_view line, std::size_t number, const std::string& source) {
  const std::string where = base::format("{}:{}", source, number);
  const std::size_t tab = line.find('\t');
  const bool two_sided = tab != std::string_view::npos;
  if (two_sided && line.find('\t', tab + 1) != std::string_view::npos) {
    throw Error(ErrorCategory::bad_data, where, "a N'Ko text, or one, a tab and its Latin", "more than one tab");
  }
  const std::u32string text = decode_utf8(line.substr(0, tab), where);
  Findings out;
  check_normal_form(text, number, out);
  check_hidden(text, number, out);
  for (const Span word : words_of(text)) check_word(text, word, number, out);
  if (two_sided) check_vowels(text, line.substr(tab + 1), number, out);
  std::ranges::stable_sort(out, {}, &LabelFinding::column);
  return out;
}

std::string to_string(const LabelFinding& finding) {
  return base::format("{}:{}: U+{:04X}: {}: {}", finding.line, finding.column,
                      static_cast<std::uint32_t>(finding.code_point), to_string(finding.fault), finding.reason);
}

}  // namespace seben::nko
