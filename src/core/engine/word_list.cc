// SPDX-License-Identifier: Apache-2.0
#include "engine/word_list.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/format.h"
#include "base/printable.h"
#include "seben/error.h"
#include "text/nko/characters.h"
#include "text/nko/transliterate.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr char32_t kFirstLatin = 0x0041, kLastLatin = 0x024F;

struct Line {
  std::string where;
  std::vector<std::string> texts;  // its spellings, normalised N'Ko
};

std::vector<std::string_view> split_at(std::string_view text, char mark) {
  std::vector<std::string_view> out;
  for (std::size_t from = 0;;) {
    const std::size_t to = std::min(text.find(mark, from), text.size());
    out.push_back(text.substr(from, to - from));
    if (to == text.size()) return out;
    from = to + 1;
  }
}

bool is_latin(char32_t c) {
  const bool letter = (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z') || c >= 0x00C0;
  return (c >= kFirstLatin && c <= kLastLatin && letter) || c == 0x0254 || c == 0x025B || c == 0x0272 || c == 0x0186 ||
         c == 0x0190 || c == 0x019D;
}

// What may stand between words in either script, and vanishes or becomes a space.
bool is_between(char32_t c) { return c == U' ' || c == U'\t' || c == U'-' || c == U'\'' || c == 0x2019 || c == 0x00A0; }

// Latin Bambara becomes N'Ko; then there is nothing but the script, and letters in it.
std::string read_spelling(std::string_view text, const std::string& where) {
  std::u32string letters = nko::decode_utf8(text, where);
  const bool latin = std::ranges::any_of(letters, is_latin);
  const auto nko_letter = [](char32_t c) { return c >= nko::kFirst && c <= nko::kLast; };
  if (latin && std::ranges::any_of(letters, nko_letter)) {
    throw Error(ErrorCategory::bad_data, where, "one script, N'Ko or Latin", base::printable(text));
  }
  std::string out(text);
  if (latin) letters = nko::decode_utf8(out = nko::latin_to_nko(text, where), where);
  for (const char32_t c : letters) {
    if (nko_letter(c) || is_between(c) || nko::is_invisible(c)) continue;
    throw Error(ErrorCategory::bad_data, where, "letters of N'Ko or of Latin Bambara",
                base::format("\"{}\"", base::printable(nko::encode_utf8(c))));
  }
  out = nko::normalise(out, where);
  if (out.empty()) throw Error(ErrorCategory::bad_data, where, "a word", "none");
  return out;
}

std::vector<Line> read_lines(std::string_view text, const std::string& source) {
  std::vector<Line> out;
  std::size_t number = 0;
  for (std::string_view line : split_at(base::without_byte_order_mark(text), '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.starts_with('#')) continue;
    Line read{base::format("{}: line {}", source, number), {}};
    const auto spellings = split_at(line, '/');
    if (spellings.size() > WordList::kMaxSpellings) {
      throw Error(ErrorCategory::bad_data, read.where, base::format("at most {} spellings", WordList::kMaxSpellings),
                  std::to_string(spellings.size()));
    }
    for (const std::string_view spelling : spellings) read.texts.push_back(read_spelling(spelling, read.where));
    if (out.size() == WordList::kMaxEntries) {
      throw Error(ErrorCategory::bad_data, read.where, base::format("at most {} words", WordList::kMaxEntries), "more");
    }
    out.push_back(std::move(read));
  }
  if (out.empty()) throw Error(ErrorCategory::bad_data, source, "at least one word", "none");
  return out;
}

bool is_tone_class(const std::string& text) {
  const std::u32string letters = nko::decode_utf8(text, "vocabulary");
  return std::ranges::all_of(letters, nko::is_tone_mark);
}

}  // namespace

bool WordList::drops(std::int64_t label) const noexcept { return std::ranges::find(dropped_, label) != dropped_.end(); }

ctc::Labels WordList::letters_of(const ctc::Labels& labels) const {
  ctc::Labels out;
  std::ranges::copy_if(labels, std::back_inserter(out), [&](std::int64_t label) { return !drops(label); });
  return out;
}

std::uint32_t WordList::find(const std::string& text, const nko::Vocabulary& vocabulary) const {
  if (!vocabulary.can_write(text)) return ctc::WordTrie::kNone;
  return trie_.find(letters_of(vocabulary.encode(text, "reference")));
}

WordList WordList::load(const std::string& path, const nko::Vocabulary& vocabulary) {
  return parse(base::read_text(path, kMaxBytes), path, vocabulary);
}

WordList WordList::parse(std::string_view text, const std::string& source, const nko::Vocabulary& vocabulary) {
  if (text.size() > kMaxBytes) {
    throw Error(ErrorCategory::bad_data, source, base::format("at most {} bytes", kMaxBytes),
                std::to_string(text.size()));
  }
  const std::vector<Line> lines = read_lines(text, source);
  std::vector<std::int64_t> tones;
  WordList out;
  for (std::size_t c = 0; c < vocabulary.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    if (label == vocabulary.blank() || std::ranges::count(vocabulary.masked(), label) > 0) continue;
    if (label == vocabulary.space()) {
      out.dropped_.push_back(label);
    } else if (is_tone_class(vocabulary.text(label))) {
      tones.push_back(label);
    }
  }
  const std::vector<std::int64_t> space = out.dropped_;
  out.dropped_.insert(out.dropped_.end(), tones.begin(), tones.end());
  // A head that writes no tones must not be asked for them; a list that needs them to tell words apart says so.
  std::map<ctc::Labels, std::size_t> owner;
  bool tones_tell_apart = false;
  for (std::size_t e = 0; e < lines.size(); ++e) {
    Entry entry;
    for (const std::string& spelling : lines[e].texts) {
      const ctc::Labels labels = vocabulary.encode(spelling, lines[e].where);
      if (entry.spellings.empty()) entry.text = spelling, entry.labels = labels;
      entry.spellings.push_back(labels);
      const auto [found, is_new] = owner.emplace(out.letters_of(labels), e);
      tones_tell_apart = tones_tell_apart || (!is_new && found->second != e);
    }
    out.entries_.push_back(std::move(entry));
  }
  if (tones_tell_apart) out.dropped_ = space;
  for (std::size_t e = 0; e < lines.size(); ++e) {
    for (ctc::Labels& spelling : out.entries_[e].spellings) {
      spelling = out.letters_of(spelling);
      if (spelling.size() > kMaxLetters) {
        throw Error(ErrorCategory::bad_data, lines[e].where, base::format("at most {} letters", kMaxLetters),
                    std::to_string(spelling.size()));
      }
      if (spelling.empty()) throw Error(ErrorCategory::bad_data, lines[e].where, "a letter", "marks alone");
      const std::uint32_t other = out.trie_.find(spelling);
      if (other != ctc::WordTrie::kNone && other != e) {
        throw Error(ErrorCategory::bad_data, lines[e].where, "a word that is not there yet",
                    "the letters of " + lines[other].where);
      }
      out.trie_.add(spelling, static_cast<std::uint32_t>(e));
    }
  }
  return out;
}

}  // namespace seben::pipeline
