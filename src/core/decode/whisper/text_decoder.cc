// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/text_decoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "decode/whisper/beam.h"
#include "decode/whisper/fallback.h"
#include "decode/whisper/greedy.h"
#include "decode/whisper/guards.h"
#include "decode/whisper/strip.h"
#include "seben/error.h"

namespace seben::generate {
TextDecoder::TextDecoder(const whisper::IncrementalDecoder& decoder, const tokenizer::Tokenizer& tokenizer,
                         GenerationConfig config)
    : decoder_(decoder), tokenizer_(tokenizer), config_(std::move(config)), cache_(decoder.make_cache(1)) {
  require_vocabulary(facts());
}

PromptLimits TextDecoder::limits() const noexcept { return limits_of(facts()); }

void TextDecoder::require_cache(std::int64_t rows) {
  if (cache_.max_rows() < rows) cache_ = decoder_.make_cache(rows);
  cache_.clear();
}

void TextDecoder::encode(std::span<const float> features, std::int64_t frames, int threads) {
  decoder_.encode(features, frames, cross_, threads);
}

std::vector<LanguageProbability> TextDecoder::detect_language(int threads) {
  if (!config_.multilingual) return {{"en", 1.0}};
  require_cache(1);
  const std::int64_t row = 0;
  std::vector<LanguageProbability> out;
  whisper::PromptRequest request;
  request.rows = {&row, 1};
  request.logits = [&](std::int64_t, std::span<float> logits) {
    out = language_probabilities(tokenizer_.specials(), logits);
  };
  decoder_.prompt({&tokenizer_.specials().startoftranscript, 1}, cache_, cross_, request, threads);
  if (out.empty()) throw Error(ErrorCategory::usage, "decoding: vocabulary", "tokens of languages", "none");
  return out;
}

Hypothesis TextDecoder::search(const SearchState& state, const DecodeOptions& o, double temperature) const {
  if (temperature > 0.0) return best(sample(state, {temperature, o.best_of, o.seed}), o.length_penalty);
  if (!o.beam_size) return greedy(state);
  if (o.beam_style == BeamStyle::transformers) {
    return transformers_beam(state, *o.beam_size, o.length_penalty.value_or(1.0));
  }
  return best(beam(state, {*o.beam_size, o.patience}), o.length_penalty);
}

DecodeResult TextDecoder::describe(const Hypothesis& text, std::span<const std::int32_t> begun) const {
  DecodeResult out;
  out.tokens.assign(begun.begin(), begun.end());
  out.tokens.insert(out.tokens.end(), text.tokens.begin(), text.tokens.end());
  std::vector<std::int32_t> written;
  const auto end = tokenizer_.specials().timestamp_begin.value_or(static_cast<std::int32_t>(tokenizer_.size()));
  std::ranges::copy_if(out.tokens, std::back_inserter(written),
                       [&](std::int32_t id) { return id < end || is_text(tokenizer_, id); });
  out.text = strip(tokenizer_.decode_text(written, false));
  out.avg_logprob = text.sum_logprob / static_cast<double>(text.tokens.size() + 1);
  out.compression_ratio = compression_ratio(out.text);
  out.loops = find_repetition(written).has_value();
  return out;
}

DecodeResult TextDecoder::decode(const DecodeOptions& options) {
  require_ranges(options);
  const int threads = options.threads;
  std::vector<LanguageProbability> languages;
  std::string language = options.language;
  if (language.empty()) {
    languages = detect_language(threads);
    language = languages.front().first;
  } else if (config_.multilingual) {
    language = require_language(tokenizer_.specials(), language);
  }
  const Prompt prompt = build_prompt(tokenizer_, limits(), language, options);
  std::vector<std::int32_t> begun;
  if (options.prefix_is_text) begun.assign(prompt.tokens.begin() + prompt.text, prompt.tokens.end());
  const LogitRules rules = rules_of(options, facts(), begun);
  const bool draws = std::ranges::any_of(options.temperatures, [](double t) { return t > 0.0; });
  require_cache(std::max(options.beam_size.value_or(1), draws ? options.best_of : 1));

  double no_speech = std::numeric_limits<double>::quiet_NaN();
  const auto length = static_cast<std::int64_t>(prompt.tokens.size());
  std::vector<std::int64_t> rows = {prompt.start};
  if (prompt.start != length - 1) rows.push_back(length - 1);
  whisper::PromptRequest request;
  request.rows = rows;
  request.logits = [&](std::int64_t row, std::span<float> logits) {
    if (row == prompt.start && tokenizer_.specials().nospeech) {
      no_speech = probability(logits, *tokenizer_.specials().nospeech);
    }
    if (row == length - 1) first_.assign(logits.begin(), logits.end());
  };
  decoder_.prompt(prompt.tokens, cache_, cross_, request, threads);
  const SearchState state{
      decoder_, cross_, cache_, rules, first_, length, options.max_tokens.value_or(decoder_.config().positions / 2),
      threads};
  return with_fallback(options, [&](double temperature) {
    state.rewind();
    DecodeResult result = describe(search(state, options, temperature), begun);
    result.language = language;
    result.language_probability = languages;
    result.no_speech_prob = no_speech;
    result.temperature = temperature;
    return result;
  });
}

DecodeResult TextDecoder::decode(std::span<const float> features, std::int64_t frames, const DecodeOptions& options) {
  encode(features, frames, options.threads);
  return decode(options);
}

void TextDecoder::force(std::span<const std::int32_t> tokens, whisper::PromptRequest request, int threads) {
  require_cache(1);
  if (!request.weights.empty()) request.heads = config_.alignment_heads;
  decoder_.prompt(tokens, cache_, cross_, request, threads);
}

}  // namespace seben::generate
