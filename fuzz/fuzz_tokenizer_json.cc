// SPDX-License-Identifier: Apache-2.0
// Tokenizer files; with what they hold, text must survive.
#include "support.h"
#include "text/tokenizer/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const tokenizer::Tokenizer tokenizer = tokenizer::Tokenizer::parse(fuzz::text(data, size), "fuzz");
    const auto& specials = tokenizer.specials();
    fuzz::require(tokenizer.bytes(specials.endoftext) == "<|endoftext|>");
    for (std::size_t id = 0; id < tokenizer.size(); ++id) (void)tokenizer.bytes(static_cast<std::int32_t>(id));
    for (const char* text : {"the other, it's 42", "<|en|><|0.02|> \xDF\x8A\xDF\xAB \n\n x"}) {
      for (const bool special : {false, true}) {
        fuzz::require(tokenizer.decode(tokenizer.encode(text, special), false) == text);
      }
    }
  });
}
