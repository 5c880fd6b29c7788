// SPDX-License-Identifier: Apache-2.0
// Held against zlib itself, byte for byte.
#include "decode/whisper/deflate_size.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>
#include <string>
#include <vector>

#include "support/errors.h"

namespace seben::generate {
namespace {

std::size_t zlib_size(const std::string& text) {
  uLongf size = compressBound(text.size());
  std::vector<Bytef> out(size);
  EXPECT_EQ(compress(out.data(), &size, reinterpret_cast<const Bytef*>(text.data()), text.size()), Z_OK);
  return size;
}

class Texts {
 public:
  std::string bytes(std::size_t size, unsigned alphabet) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random_() % alphabet);
    return text;
  }
  // Lengths of codes far apart: more than 15 bits would be needed.
  std::string skewed(std::size_t size) {
    std::geometric_distribution<int> letter(0.5);
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(letter(random_));
    return text;
  }
  std::string words(std::size_t size) {
    const std::string stock = bytes(300, 256);
    std::string text;
    while (text.size() < size) text += stock.substr(random_() % 250, 1 + random_() % 40) + " ";
    return text.substr(0, size);
  }
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  std::mt19937 random_{14};
};

TEST(DeflateSize, IsZlibsForTextsOfEveryKind) {
  Texts texts;
  for (int i = 0; i < 400; ++i) {
    const std::size_t size = texts.below(i % 8 == 0 ? 6000 : 400);
    for (const std::string& text : {texts.bytes(size, 256), texts.bytes(size, 1 + static_cast<unsigned>(i % 5)),
                                    texts.skewed(size), texts.words(size)}) {
      ASSERT_EQ(deflated_size(text), zlib_size(text)) << "text " << i << " of " << text.size() << " bytes";
    }
  }
}

TEST(DeflateSize, IsZlibsWhereBlocksAndDistancesEnd) {
  Texts texts;
  for (const std::size_t size : {16383U, 16384U, 32768U, 33100U, 40000U, 65274U}) {
    for (const std::string& text :
         {texts.bytes(size, 256), texts.bytes(size, 7), texts.skewed(size), texts.words(size)}) {
      EXPECT_EQ(deflated_size(text), zlib_size(text)) << size;
    }
  }
}

TEST(DeflateSize, RefusesWhatTheWindowDoesNotHold) {
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "65274",
                               [] { (void)deflated_size(std::string(kMaxDeflateText + 1, 'a')); }));
}

}  // namespace
}  // namespace seben::generate
