// SPDX-License-Identifier: Apache-2.0
#include "tokenizer/non_speech.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace seben::tokenizer {
namespace {

constexpr std::array<std::string_view, 49> kSymbols{"\"",
                                                    "#",
                                                    "(",
                                                    ")",
                                                    "*",
                                                    "+",
                                                    "/",
                                                    ":",
                                                    ";",
                                                    "<",
                                                    "=",
                                                    ">",
                                                    "@",
                                                    "[",
                                                    "\\",
                                                    "]",
                                                    "^",
                                                    "_",
                                                    "`",
                                                    "{",
                                                    "|",
                                                    "}",
                                                    "~",
                                                    "\u300C",
                                                    "\u300D",
                                                    "\u300E",
                                                    "\u300F",  // CJK corner brackets
                                                    "<<",
                                                    ">>",
                                                    "<<<",
                                                    ">>>",
                                                    "--",
                                                    "---",
                                                    "-(",
                                                    "-[",
                                                    "('",
                                                    "(\"",
                                                    "((",
                                                    "))",
                                                    "(((",
                                                    ")))",
                                                    "[[",
                                                    "]]",
                                                    "{{",
                                                    "}}",
                                                    "\u266A\u266A",
                                                    "\u266A\u266A\u266A"};
// Between U+2640 and U+267F: where such a sign is several tokens, the first stands for signs of that block only.
constexpr std::array<std::string_view, 7> kMusic{"\u2669", "\u266A", "\u266B", "\u266C", "\u266D", "\u266E", "\u266F"};

}  // namespace

std::vector<std::int32_t> non_speech_tokens(const Tokenizer& tokenizer) {
  std::vector<std::int32_t> ids{tokenizer.encode(" -")[0], tokenizer.encode(" '")[0]};
  const auto add = [&](std::string_view symbol, bool only_whole) {
    for (const char* before : {"", " "}) {
      const std::vector<std::int32_t> tokens = tokenizer.encode(before + std::string(symbol));
      if (tokens.size() == 1 || !only_whole) ids.push_back(tokens[0]);
    }
  };
  for (const std::string_view symbol : kSymbols) add(symbol, true);
  for (const std::string_view sign : kMusic) add(sign, false);
  std::ranges::sort(ids);
  const auto repeated = std::ranges::unique(ids);
  ids.erase(repeated.begin(), repeated.end());
  return ids;
}

}  // namespace seben::tokenizer
