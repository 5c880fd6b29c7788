// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/decode_rules.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "decode/whisper/fallback.h"
#include "decode/whisper/generation_config.h"
#include "seben/error.h"
#include "text/tokenizer/non_speech.h"

namespace seben::generate {
namespace {

constexpr std::int64_t kMaxRows = 32;

// The language that a prompt is built with to see whether it can be; detection chooses among the same ones.
std::string some_language(const DecodeOptions& o, const DecoderFacts& d) {
  const tokenizer::Specials& specials = d.tokenizer.specials();
  if (!d.config.multilingual) return o.language.empty() ? "en" : o.language;
  if (!o.language.empty()) return require_language(specials, o.language);
  if (specials.languages.empty()) {
    throw Error(ErrorCategory::usage, "decoding: vocabulary", "tokens of languages", "none");
  }
  return specials.languages.front().code;
}

}  // namespace

PromptLimits limits_of(const DecoderFacts& d) noexcept { return {d.config.multilingual, d.sizes.positions}; }

bool is_text(const tokenizer::Tokenizer& tokenizer, std::int32_t id) noexcept {
  return id < tokenizer.specials().endoftext ||
         (static_cast<std::size_t>(id) < tokenizer.size() && !tokenizer.is_control(id));
}

void require_timestamps(const tokenizer::Tokenizer& tokenizer) {
  const tokenizer::Specials& s = tokenizer.specials();
  if (s.timestamp_count == tokenizer::kTimestamps || (!s.timestamp_begin && !s.notimestamps)) return;
  const std::int32_t first = s.timestamp_begin ? *s.timestamp_begin : *s.notimestamps + 1;
  const std::int32_t next = first + s.timestamp_count;
  if (static_cast<std::size_t>(next) >= tokenizer.size()) return;  // fewer than Whisper has, but none out of place
  const std::string_view found = tokenizer.bytes(next);
  throw Error(ErrorCategory::bad_data, tokenizer.source() + ": token " + std::to_string(next),
              "the timestamp " + tokenizer::timestamp_content(s.timestamp_count),
              found.empty() ? "none" : "\"" + std::string(found) + "\"");
}

void require_vocabulary(const DecoderFacts& d) {
  if (d.tokenizer.size() <= static_cast<std::size_t>(d.sizes.vocabulary)) return;
  throw Error(ErrorCategory::bad_data, d.tokenizer.source() + ": tokens",
              "at most the decoder's " + std::to_string(d.sizes.vocabulary), std::to_string(d.tokenizer.size()));
}

void require_ranges(const DecodeOptions& o) {
  const auto require = [](bool holds, const char* what, const char* expected, const std::string& found) {
    if (!holds) throw Error(ErrorCategory::usage, std::string("decoding: ") + what, expected, found);
  };
  const std::int64_t beams = o.beam_size.value_or(1);
  require(beams >= 1 && beams <= kMaxRows, "beam size", "1..32", std::to_string(beams));
  require(o.best_of >= 1 && o.best_of <= kMaxRows, "best of", "1..32", std::to_string(o.best_of));
  require(o.patience > 0.0 && o.patience <= 100.0, "patience", "above 0, at most 100", std::to_string(o.patience));
  require(!o.length_penalty || (*o.length_penalty >= 0.0 && *o.length_penalty <= 10.0), "length penalty", "0..10",
          std::to_string(o.length_penalty.value_or(0.0)));
  require(!o.max_initial_timestamp || (*o.max_initial_timestamp >= 0.0 && *o.max_initial_timestamp <= 30.0),
          "first timestamp", "0..30 s", std::to_string(o.max_initial_timestamp.value_or(0.0)));
  require(o.max_tokens.value_or(1) >= 1, "tokens", "at least 1", std::to_string(o.max_tokens.value_or(1)));
  require(o.threads >= 1, "threads", "at least 1", std::to_string(o.threads));
  require_temperatures(o.temperatures);
}

void require_possible(const DecodeOptions& options, const DecoderFacts& decoder, std::int64_t previous) {
  require_ranges(options);
  DecodeOptions fullest = options;
  fullest.prompt.assign(static_cast<std::size_t>(previous), 0);
  (void)build_prompt(decoder.tokenizer, limits_of(decoder), some_language(options, decoder), fullest);
  (void)rules_of(options, decoder);
}

LogitRules rules_of(const DecodeOptions& o, const DecoderFacts& d, std::span<const std::int32_t> begun) {
  const tokenizer::Specials& s = d.tokenizer.specials();
  RuleOptions rules;
  rules.begun.assign(begun.begin(), begun.end());
  rules.endoftext = s.endoftext;
  rules.suppress = o.suppress;
  const bool asked = std::erase(rules.suppress, kNonSpeech) > 0;
  const auto add = [&](const std::vector<std::int32_t>& ids) {
    rules.suppress.insert(rules.suppress.end(), ids.begin(), ids.end());
  };
  add(d.config.suppress_tokens);
  if (asked || o.suppress_non_speech) add(tokenizer::non_speech_tokens(d.tokenizer));
  rules.suppress.push_back(s.startoftranscript);
  for (const auto& id : {s.transcribe, s.translate, s.startoflm, s.startofprev, s.nospeech}) {
    if (id) rules.suppress.push_back(*id);
  }
  // Scores without a token: some checkpoints are padded, and numbers of tokens may have gaps.
  for (std::int32_t id = 0; id < d.sizes.vocabulary; ++id) {
    if (!d.tokenizer.is_used(id)) rules.suppress.push_back(id);
  }
  std::ranges::sort(rules.suppress);
  // Not std::ranges::unique: clang 14 cannot compile the view that GCC 12's library returns.
  rules.suppress.erase(std::unique(rules.suppress.begin(), rules.suppress.end()), rules.suppress.end());
  if (o.suppress_blank) {
    rules.begin_suppress = d.config.begin_suppress_tokens;
    for (const auto id : d.tokenizer.encode(" ")) rules.begin_suppress.push_back(id);
    rules.begin_suppress.push_back(s.endoftext);
  }
  if (o.timestamps) {
    rules.timestamp_begin = s.timestamp_begin;
    if (s.timestamp_begin) rules.timestamp_end = *s.timestamp_begin + s.timestamp_count;
    rules.notimestamps = s.notimestamps;
    if (o.max_initial_timestamp) {
      rules.max_initial_timestamp =
          static_cast<std::int32_t>(std::nearbyint(*o.max_initial_timestamp / tokenizer::kSecondsPerTimestamp));
    }
  }
  return {std::move(rules), d.sizes.vocabulary};
}

}  // namespace seben::generate
