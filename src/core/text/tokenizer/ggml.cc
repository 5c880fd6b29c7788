// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/ggml.h"

#include <algorithm>
#include <iterator>

#include "base/format.h"
#include "seben/error.h"
#include "text/tokenizer/languages.h"
#include "text/tokenizer/specials.h"

namespace seben::tokenizer {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;  // of all tokens; Whisper's have 340 kB
constexpr std::size_t kFewestLanguages = 99, kMostLanguages = 100;
constexpr std::string_view kFirst = "<|endoftext|>";

std::vector<std::string> special_contents(std::size_t languages) {
  std::vector<std::string> contents{std::string(kFirst), "<|startoftranscript|>"};
  for (const LanguageName& language : whisper_languages().first(languages)) {
    contents.push_back(base::format("<|{}|>", language.code));
  }
  for (const char* task : {"translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"}) {
    contents.push_back(base::format("<|{}|>", task));
  }
  for (std::int32_t i = 0; i < kTimestamps; ++i) contents.push_back(timestamp_content(i));
  return contents;
}

// Whether a token that the file lists is the special one that Whisper's rule has there, perhaps by an older name.
bool is_same_special(const std::string& listed, const std::string& special) {
  if (listed == special) return true;
  if (special == "<|nospeech|>") return listed == "<|nocaptions|>";
  const auto other = other_code(std::string_view(special).substr(2, special.size() - 4));
  return other && listed == base::format("<|{}|>", *other);
}

void check_sizes(const std::vector<std::string>& tokens, std::size_t n_vocab, const std::string& where) {
  const auto fail = [&](const std::string& expected, std::size_t found) {
    throw Error(ErrorCategory::bad_data, where, expected, std::to_string(found));
  };
  if (n_vocab > kMaxTokens) fail(base::format("at most {} tokens", kMaxTokens), n_vocab);
  if (tokens.size() > n_vocab) fail(base::format("at most the {} tokens of its header", n_vocab), tokens.size());
  std::size_t bytes = 0;
  for (const std::string& token : tokens) {
    if (token.size() > kMaxTokenBytes) fail(base::format("tokens of at most {} bytes", kMaxTokenBytes), token.size());
    bytes += token.size();
  }
  if (bytes > kMaxBytes) fail(base::format("at most {} bytes of tokens", kMaxBytes), bytes);
}

}  // namespace

Parts ggml_parts(std::vector<std::string> tokens, std::size_t n_vocab, std::string where) {
  check_sizes(tokens, n_vocab, where);
  const auto base = static_cast<std::size_t>(std::ranges::find(tokens, kFirst) - tokens.begin());
  const std::size_t others = special_contents(0).size();
  const std::size_t fewest = base + others + kFewestLanguages, most = base + others + kMostLanguages;
  if (n_vocab < fewest || n_vocab > most) {
    throw Error(ErrorCategory::bad_data, where,
                base::format("{} or {} tokens: {} and Whisper's special ones", fewest, most, base),
                std::to_string(n_vocab));
  }
  Parts parts;
  parts.ranks_are_ids = parts.whole_words_first = true;
  const std::vector<std::string> specials = special_contents(n_vocab - base - others);
  for (std::size_t i = 0; i < specials.size(); ++i) {
    const std::size_t id = base + i;
    if (id < tokens.size() && !is_same_special(tokens[id], specials[i])) {
      throw Error(ErrorCategory::bad_data, base::format("{}: token {}", where, id), specials[i], "another token");
    }
    const bool is_special = i + kTimestamps < specials.size();  // timestamps are added but, as elsewhere, not special
    put_added(parts, specials[i], {static_cast<std::int32_t>(id), is_special}, where);
  }
  tokens.resize(base);
  parts.vocabulary.assign(std::move_iterator(tokens.begin()), std::move_iterator(tokens.end()));
  parts.where = std::move(where);
  return parts;
}

}  // namespace seben::tokenizer
