// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/words.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "text/tokenizer/char_class.h"

namespace seben::tokenizer {
namespace {

constexpr std::array<std::string_view, 6> kWithoutSpaces{"zh", "ja", "th", "lo", "my", "yue"};
constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

// Collects tokens until their characters are whole, that is, as they are in the text of all tokens.
class CharacterSplitter {
 public:
  CharacterSplitter(const Tokenizer& tokenizer, std::span<const std::int32_t> tokens)
      : tokenizer_(tokenizer), whole_(base::decode_lossy(tokenizer.decode(tokens, false))) {
    for (const std::int32_t token : tokens) add(token);
    if (!current_.empty()) close();
  }
  std::vector<Word> take() && { return std::move(words_); }

 private:
  void add(std::int32_t token) {
    current_.push_back(token);
    pending_ += tokenizer_.bytes(token);
    // Only what is new is read: a text that never becomes whole must not cost its length at every token.
    while (read_ < pending_.size()) {
      const base::Utf8Step step = base::read_utf8(pending_, read_);
      if (step.code == base::kReplacement) break;
      read_ += step.size;
      ++characters_;
    }
    const std::size_t place = before_ + characters_;
    if (read_ == pending_.size() || (place < whole_.size() && whole_[place] == base::kReplacement)) close();
  }

  void close() {
    std::string text = base::replace_ill_formed(pending_);
    before_ += base::decode_lossy(text).size();
    words_.push_back({std::move(text), std::exchange(current_, {})});
    pending_.clear();
    read_ = characters_ = 0;
  }

  const Tokenizer& tokenizer_;
  std::u32string whole_;
  std::vector<Word> words_;
  std::vector<std::int32_t> current_;
  std::string pending_;         ///< bytes of `current_`
  std::size_t read_ = 0;        ///< of them, well-formed so far
  std::size_t characters_ = 0;  ///< in these
  std::size_t before_ = 0;      ///< characters of the words so far
};

// As Python's str.strip() sees it, which also counts the information separators.
bool is_blank(char32_t code) noexcept { return classify(code) == CharClass::space || (code >= 0x1C && code <= 0x1F); }

std::string stripped(std::string_view text) {
  std::u32string characters = base::decode_lossy(text);
  const auto first = std::ranges::find_if_not(characters, is_blank);
  characters.erase(characters.begin(), first);
  while (!characters.empty() && is_blank(characters.back())) characters.pop_back();
  std::string out;
  for (const char32_t code : characters) base::append_utf8(code, out);
  return out;
}

}  // namespace

std::vector<Word> split_to_word_tokens(const Tokenizer& tokenizer, std::span<const std::int32_t> tokens,
                                       std::string_view language) {
  std::vector<Word> parts = CharacterSplitter(tokenizer, tokens).take();
  if (std::ranges::find(kWithoutSpaces, language) != kWithoutSpaces.end()) return parts;
  std::vector<Word> words;
  for (Word& part : parts) {
    // Part of the list of signs, as the source has it: nothing but spaces is one, and so is "()".
    const bool is_punctuation = kPunctuation.find(stripped(part.text)) != std::string_view::npos;
    if (words.empty() || tokenizer.is_control(part.tokens[0]) || part.text.starts_with(' ') || is_punctuation) {
      words.push_back(std::move(part));
    } else {
      words.back().text += part.text;
      words.back().tokens.insert(words.back().tokens.end(), part.tokens.begin(), part.tokens.end());
    }
  }
  return words;
}

}  // namespace seben::tokenizer
