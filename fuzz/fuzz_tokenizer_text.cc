// SPDX-License-Identifier: Apache-2.0
// Text and token ids through a small tokenizer: the bytes, and tokens for a few of their neighbours.
#include <array>
#include <span>
#include <vector>

#include "base/utf8.h"
#include "support.h"
#include "text/tokenizer/tokenizer.h"
#include "text/tokenizer/words.h"

namespace {

using seben::tokenizer::Tokenizer;

const Tokenizer& small_tokenizer() {
  static const Tokenizer tokenizer = [] {
    std::vector<std::string> tokens;
    for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
    for (const char* token : {"th", "the", " the", "aa", "aaaa", "aaaaaaaa", "\xDF\x8A", "\xE4\xBD", "\xF0\x9F", "00",
                              "  ", "    ", "\n\n", "'s", "<|"}) {
      tokens.emplace_back(token);
    }
    const std::size_t size = tokens.size() + 1608;
    return Tokenizer::from_ggml(std::move(tokens), size, "small");
  }();
  return tokenizer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  const Tokenizer& tokenizer = small_tokenizer();
  // Any bytes as ids.
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i + 1 < size; i += 2) ids.push_back((data[i] << 8 | data[i + 1]) % 1879);
  for (const char* language : {"en", "th"}) {
    std::vector<std::int32_t> seen;
    for (const auto& word : tokenizer::split_to_word_tokens(tokenizer, ids, language)) {
      seen.insert(seen.end(), word.tokens.begin(), word.tokens.end());
      fuzz::require(base::well_formed_prefix(word.text) == word.text.size());
    }
    fuzz::require(seen == ids);
  }
  return fuzz::run([&] {
    const std::string_view text = fuzz::text(data, size);
    const auto plain = tokenizer.encode(text);
    fuzz::require(tokenizer.decode(plain) == text && tokenizer.decode_text(plain) == text);
    for (const std::int32_t id : plain) fuzz::require(!tokenizer.is_control(id));
    fuzz::require(tokenizer.decode(tokenizer.encode(text, true), false) == text);
  });
}
