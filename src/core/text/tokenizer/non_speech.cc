// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/non_speech.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace seben::tokenizer {
namespace {

// Between spaces; the last ones are corner brackets of Chinese and Japanese.
constexpr std::string_view kSymbols =
    R"(" # ( ) * + / : ; < = > @ [ \ ] ^ _ ` { | } ~ << >> <<< >>> -- --- -( -[ (' (" (( )) ((( ))) [[ ]] {{ }})"
    " \u266A\u266A \u266A\u266A\u266A \u300C \u300D \u300E \u300F";
// Between U+2640 and U+267F: where such a sign is several tokens, the first stands for signs of that block only.
constexpr std::string_view kMusic = "\u2669 \u266A \u266B \u266C \u266D \u266E \u266F";

}  // namespace

std::vector<std::int32_t> non_speech_tokens(const Tokenizer& tokenizer) {
  std::vector<std::int32_t> ids{tokenizer.encode(" -")[0], tokenizer.encode(" '")[0]};
  const auto add = [&](std::string_view symbols, bool only_whole) {
    while (!symbols.empty()) {
      const std::size_t end = std::min(symbols.find(' '), symbols.size());
      for (const char* before : {"", " "}) {
        const std::vector<std::int32_t> tokens = tokenizer.encode(before + std::string(symbols.substr(0, end)));
        if (tokens.size() == 1 || !only_whole) ids.push_back(tokens[0]);
      }
      symbols.remove_prefix(std::min(end + 1, symbols.size()));
    }
  };
  add(kSymbols, true);
  add(kMusic, false);
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace seben::tokenizer
