// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/pretokenize.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "text/tokenizer/char_class.h"

namespace seben::tokenizer {
namespace {

using Pieces = std::vector<std::string>;

Pieces pieces(const std::string& text) {
  Pieces out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = piece_end(text, at);
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

TEST(Pretokenize, WordsNumbersAndSignsTakeOneSpace) {
  EXPECT_EQ(pieces("Hello world"), (Pieces{"Hello", " world"}));
  EXPECT_EQ(pieces("a1 22b ,,c"), (Pieces{"a", "1", " 22", "b", " ,,", "c"}));
  EXPECT_EQ(pieces("\u07ca\u07eb 5"), (Pieces{"\u07ca", "\u07eb", " 5"})) << "a tone mark is no letter";
  EXPECT_EQ(pieces("\u00bd\u2167x\u00aa"), (Pieces{"\u00bd\u2167", "x\u00aa"}));
}

TEST(Pretokenize, ContractionsAreCutOnlyInSmallLetters) {
  EXPECT_EQ(pieces("it's I'll we're I've I'm he'd can't"),
            (Pieces{"it", "'s", " I", "'ll", " we", "'re", " I", "'ve", " I", "'m", " he", "'d", " can", "'t"}));
  EXPECT_EQ(pieces("IT'S"), (Pieces{"IT", "'", "S"}));
  EXPECT_EQ(pieces("'start 'l 'r '"), (Pieces{"'s", "tart", " '", "l", " '", "r", " '"}));
  EXPECT_EQ(pieces("!'s ''s"), (Pieces{"!'", "s", " ''", "s"}));
}

TEST(Pretokenize, OfSeveralSpacesTheLastGoesWithWhatFollows) {
  EXPECT_EQ(pieces("a  b"), (Pieces{"a", " ", " b"}));
  EXPECT_EQ(pieces("a \n b"), (Pieces{"a", " \n", " b"}));
  EXPECT_EQ(pieces("a\t\tb"), (Pieces{"a", "\t", "\t", "b"})) << "only U+0020 joins a word";
  EXPECT_EQ(pieces("a  "), (Pieces{"a", "  "}));
  EXPECT_EQ(pieces(" "), Pieces{" "});
  EXPECT_EQ(pieces("\u00a0 \u00a0b"), (Pieces{"\u00a0 ", "\u00a0", "b"}));
}

TEST(Pretokenize, ClassesAreThoseOfUnicode16) {
  EXPECT_EQ(classify(0x1C89), CharClass::letter) << "Unicode 16";
  EXPECT_EQ(classify(0x1E4F5), CharClass::number) << "Unicode 15";
  EXPECT_EQ(classify(0x323AF), CharClass::letter);
  EXPECT_EQ(classify(0x0378), CharClass::other) << "unassigned";
  for (const char32_t c : std::u32string_view(U"\u0085\u1680\u2000\u2028\u2029\u202f\u205f\u3000\t\v\f\r\n ")) {
    EXPECT_EQ(classify(c), CharClass::space) << std::hex << static_cast<unsigned>(c);
  }
  EXPECT_EQ(classify(0x180E), CharClass::other);
  EXPECT_EQ(classify(0x200B), CharClass::other);
  EXPECT_EQ(classify(0x1C), CharClass::other);
}

}  // namespace
}  // namespace seben::tokenizer
