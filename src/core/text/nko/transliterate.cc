// SPDX-License-Identifier: Apache-2.0
#include "text/nko/transliterate.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <utility>

#include "text/nko/characters.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

constexpr char32_t kDagbasinna = 0x07D1, kSyllabicN = 0x07D2, kN = 0x07E3, kForeign = 0x07ED, kLong = 0x07EF;
constexpr char32_t kNasal = 0x07F2, kApostrophe = 0x07F4, kOpenE = 0x025B, kOpenO = 0x0254, kEnye = 0x0272;
constexpr char32_t kEng = 0x014B;

struct Letter {
  char32_t latin;
  char32_t nko;
};
constexpr std::array kVowels{Letter{U'a', 0x07CA}, Letter{U'e', 0x07CB}, Letter{U'i', 0x07CC},  Letter{kOpenE, 0x07CD},
                             Letter{U'u', 0x07CE}, Letter{U'o', 0x07CF}, Letter{kOpenO, 0x07D0}};
constexpr std::array kConsonants{
    Letter{U'b', 0x07D3}, Letter{U'p', 0x07D4}, Letter{U't', 0x07D5},  Letter{U'j', 0x07D6}, Letter{U'c', 0x07D7},
    Letter{U'd', 0x07D8}, Letter{U'r', 0x07D9}, Letter{U's', 0x07DB},  Letter{U'f', 0x07DD}, Letter{U'k', 0x07DE},
    Letter{U'l', 0x07DF}, Letter{U'm', 0x07E1}, Letter{kEnye, 0x07E2}, Letter{U'n', 0x07E3}, Letter{U'h', 0x07E4},
    Letter{U'w', 0x07E5}, Letter{U'y', 0x07E6}};
// What is not one letter for one letter. Longer Latin spellings first.
struct Spelling {
  std::u32string_view latin;
  char32_t nko;
  bool foreign;
};
constexpr std::array kSpellings{Spelling{U"gb", 0x07DC, false}, Spelling{U"rr", 0x07DA, false},
                                Spelling{U"sh", 0x07DB, true},  Spelling{U"kh", 0x07DE, true},
                                Spelling{U"g", 0x07DC, true},   Spelling{U"z", 0x07D6, true},
                                Spelling{U"v", 0x07DD, true}};
constexpr std::array kSigns{Letter{U',', 0x07F8}, Letter{U'!', 0x07F9}, Letter{U'\'', kApostrophe},
                            Letter{U'?', 0x061F}, Letter{U';', 0x061B}, Letter{U',', 0x060C}};

template <class Table>
char32_t find_nko(const Table& table, char32_t latin) {
  const auto found = std::ranges::find(table, latin, &Letter::latin);
  return found == table.end() ? 0 : found->nko;
}
template <class Table>
char32_t find_latin(const Table& table, char32_t nko) {
  const auto found = std::ranges::find(table, nko, &Letter::nko);
  return found == table.end() ? 0 : found->latin;
}

char32_t at(std::u32string_view text, std::size_t i) { return i < text.size() ? text[i] : 0; }
bool is_vowel(char32_t latin) { return find_nko(kVowels, latin) != 0; }

char32_t lower(char32_t c) {
  const auto low = static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
  switch (low) {
    case 0x00E9: return U'e';
    case 0x00E8: return kOpenE;
    case 0x00F2: return kOpenO;
    case 0x2019: return U'\'';
    default: return low;
  }
}

bool is_letter(char32_t latin) {
  return latin == kEng || is_vowel(latin) || find_nko(kConsonants, latin) != 0 ||
         std::ranges::any_of(kSpellings, [&](const Spelling& s) { return s.latin.size() == 1 && s.latin[0] == latin; });
}
bool is_consonant(char32_t latin) { return is_letter(latin) && !is_vowel(latin); }

std::u32string canonical(std::string_view latin, const std::string& source) {
  std::u32string low;
  for (const char32_t c : decode_utf8(nfc(latin, source), source)) {
    // Diacritics that no letter of the alphabet has: tones, mostly.
    if (c < 0x0300 || c > 0x036F) low.push_back(lower(c));
  }
  low = decode_utf8(nfc(encode_utf8(low), source), source);
  std::u32string out;
  for (std::size_t i = 0; i < low.size(); ++i) {
    const bool as_n = low[i] == U'n' || (low[i] == kEng && !is_vowel(at(low, i + 1)));
    if (as_n && at(low, i + 1) == U'y') {
      out.push_back(kEnye);
      ++i;
    } else {
      out.push_back(as_n ? U'n' : low[i]);
    }
  }
  return out;
}

class ToNko {
 public:
  explicit ToNko(std::u32string_view latin) : in_(latin) {}

  std::u32string run() {
    while (i_ < in_.size()) one();
    return std::move(out_);
  }

 private:
  void one() {
    const char32_t c = in_[i_];
    if (is_vowel(c)) {
      vowel(c);
    } else if (c == kEng || (c == U'n' && !is_vowel(at(in_, i_ + 1)) && at(in_, i_ + 1) != U'\'')) {
      out_.push_back(kSyllabicN);
      ++i_;
    } else if (is_consonant(c)) {
      consonant(c);
    } else {
      other(c);
    }
  }

  void vowel(char32_t c) {
    out_.push_back(find_nko(kVowels, c));
    const bool is_long = at(in_, ++i_) == c;
    if (is_long) ++i_;
    const char32_t after = at(in_, i_ + 1);
    if (at(in_, i_) == U'n' && !is_vowel(after) && after != U'\'') {
      out_.push_back(kNasal);
      ++i_;
    }
    if (is_long) out_.push_back(kLong);
  }

  void consonant(char32_t c) {
    const auto spelling =
        std::ranges::find_if(kSpellings, [&](const Spelling& s) { return in_.substr(i_).starts_with(s.latin); });
    if (spelling != kSpellings.end()) {
      out_.push_back(spelling->nko);
      if (spelling->foreign) out_.push_back(kForeign);
      i_ += spelling->latin.size();
    } else {
      out_.push_back(find_nko(kConsonants, c));
      ++i_;
    }
    if (is_consonant(at(in_, i_))) out_.push_back(kDagbasinna);
  }

  void other(char32_t c) {
    if (c >= U'0' && c <= U'9') {
      out_.push_back(kFirst + (c - U'0'));
    } else {
      const char32_t sign = find_nko(kSigns, c);
      out_.push_back(sign != 0 ? sign : c);
    }
    ++i_;
  }

  std::u32string_view in_;
  std::size_t i_ = 0;
  std::u32string out_;
};

class ToLatin {
 public:
  explicit ToLatin(std::u32string_view nko) : in_(nko) {}

  std::u32string run() {
    while (i_ < in_.size()) one(in_[i_]);
    return std::move(out_);
  }

 private:
  void one(char32_t c) {
    switch (character_class(c)) {
      case CharacterClass::vowel: return vowel(find_latin(kVowels, c));
      case CharacterClass::consonant: return consonant(c);
      case CharacterClass::syllabic_nasal:
        ++i_;
        skip_marks();
        out_.push_back(character_class(at(in_, i_)) == CharacterClass::vowel ? kEng : U'n');
        return;
      case CharacterClass::digit: out_.push_back(U'0' + (c - kFirst)); break;
      case CharacterClass::apostrophe: out_.push_back(U'\''); break;
      case CharacterClass::other:
      case CharacterClass::punctuation: {
        const char32_t sign = find_latin(kSigns, c);
        out_.push_back(sign != 0 ? sign : c);
        break;
      }
      default: break;  // marks without a letter, extenders: nothing to say in Latin
    }
    ++i_;
  }

  void skip_marks() {
    while (i_ < in_.size() && is_combining(in_[i_])) ++i_;
  }

  void vowel(char32_t latin) {
    out_.push_back(latin);
    bool nasal = false;
    for (++i_; i_ < in_.size() && is_combining(in_[i_]); ++i_) {
      if (in_[i_] == kNasal) nasal = true;
      if (in_[i_] >= 0x07EE && in_[i_] <= 0x07F1) out_.push_back(latin);
    }
    if (nasal) out_.push_back(U'n');
  }

  void consonant(char32_t c) {
    const bool foreign = at(in_, i_ + 1) == kForeign;
    const auto spelling =
        std::ranges::find_if(kSpellings, [&](const Spelling& s) { return s.nko == c && s.foreign == foreign; });
    if (spelling != kSpellings.end()) {
      out_.append(spelling->latin);
    } else {
      // Woloso and jona letters are pronounced as the plain ones.
      constexpr std::array kPlain{std::pair{U'\u07E0', kN}, std::pair{U'\u07E7', U'\u07E2'},
                                  std::pair{U'\u07E8', U'\u07D6'}, std::pair{U'\u07E9', U'\u07D7'},
                                  std::pair{U'\u07EA', U'\u07D9'}};
      for (const auto& [special, plain] : kPlain) c = c == special ? plain : c;
      out_.push_back(find_latin(kConsonants, c));
    }
    ++i_;
    skip_marks();
    if (character_class(at(in_, i_)) == CharacterClass::consonant) share_vowel();
    if (at(in_, i_) == kDagbasinna) ++i_;
  }

  // The consonant at i_ follows one without a vowel of its own: both have the vowel that comes next.
  void share_vowel() {
    for (std::size_t j = i_; j < in_.size(); ++j) {
      const CharacterClass what = character_class(in_[j]);
      if (what == CharacterClass::vowel) out_.push_back(find_latin(kVowels, in_[j]));
      if (what != CharacterClass::consonant && !is_combining(in_[j])) return;
    }
  }

  std::u32string_view in_;
  std::size_t i_ = 0;
  std::u32string out_;
};

}  // namespace

std::string canonical_latin(std::string_view latin, const std::string& source) {
  return encode_utf8(canonical(latin, source));
}

std::string latin_to_nko(std::string_view latin, const std::string& source) {
  const std::u32string text = canonical(latin, source);
  return encode_utf8(ToNko(text).run());
}

std::string nko_to_latin(std::string_view nko, const std::string& source) {
  const std::u32string text = decode_utf8(nfc(nko, source), source);
  return encode_utf8(ToLatin(text).run());
}

}  // namespace seben::nko
