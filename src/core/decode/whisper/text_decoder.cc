// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/text_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "decode/whisper/beam.h"
#include "decode/whisper/fallback.h"
#include "decode/whisper/greedy.h"
#include "decode/whisper/guards.h"
#include "decode/whisper/strip.h"
#include "seben/error.h"

namespace seben::generate {

// Of the window that is being decoded.
struct TextDecoder::Decoding {
  DecodeOptions options;
  std::vector<LanguageProbability> languages;  // when it was detected
  std::string language;
  Prompt prompt;
  std::vector<std::int32_t> begun;  // what is given of the text
  LogitRules rules;
  double no_speech = std::numeric_limits<double>::quiet_NaN();
  std::vector<float> first = {};        // scores after the prompt
  std::size_t tried = 0;                // temperatures
  std::unique_ptr<Search> search = {};  // nullptr: there is a result
  NextRows next = {};
  DecodeResult result = {};
};

TextDecoder::TextDecoder(const whisper::IncrementalDecoder& decoder, const tokenizer::Tokenizer& tokenizer,
                         GenerationConfig config, std::shared_ptr<whisper::PassMemory> memory)
    : decoder_(decoder),
      tokenizer_(tokenizer),
      config_(std::move(config)),
      cache_(decoder.make_cache(1, std::move(memory))) {
  require_vocabulary(facts());
}
TextDecoder::TextDecoder(TextDecoder&&) noexcept = default;
TextDecoder::~TextDecoder() = default;

PromptLimits TextDecoder::limits() const noexcept { return limits_of(facts()); }

void TextDecoder::require_cache(std::int64_t rows) {
  if (cache_.max_rows() < rows) cache_ = decoder_.make_cache(rows, cache_.memory());
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

std::unique_ptr<Search> TextDecoder::search(const SearchFrame& frame, double temperature) const {
  const DecodeOptions& o = decoding_->options;
  if (temperature > 0.0) return sample(frame, {temperature, o.best_of, o.seed}, o.length_penalty);
  if (!o.beam_size) return greedy(frame);
  if (o.beam_style == BeamStyle::transformers) {
    return transformers_beam(frame, *o.beam_size, o.length_penalty.value_or(1.0));
  }
  return beam(frame, {*o.beam_size, o.patience}, o.length_penalty);
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

void TextDecoder::begin(const DecodeOptions& options) {
  require_ranges(options);
  require_temperatures(options.temperatures);
  std::vector<LanguageProbability> languages;
  std::string language = options.language;
  if (language.empty()) {
    languages = detect_language(options.threads);
    language = languages.front().first;
  } else if (config_.multilingual) {
    language = require_language(tokenizer_.specials(), language);
  }
  Prompt prompt = build_prompt(tokenizer_, limits(), language, options);
  std::vector<std::int32_t> begun;
  if (options.prefix_is_text) begun.assign(prompt.tokens.begin() + prompt.text, prompt.tokens.end());
  LogitRules rules = rules_of(options, facts(), begun);
  decoding_ = std::make_unique<Decoding>(Decoding{options, std::move(languages), std::move(language), std::move(prompt),
                                                  std::move(begun), std::move(rules)});
  require_cache(1);
  read_prompt();
  attempt();
}

void TextDecoder::read_prompt() {
  Decoding& d = *decoding_;
  const auto length = static_cast<std::int64_t>(d.prompt.tokens.size());
  std::vector<std::int64_t> rows = {d.prompt.start};
  if (d.prompt.start != length - 1) rows.push_back(length - 1);
  whisper::PromptRequest request;
  request.rows = rows;
  request.logits = [&](std::int64_t row, std::span<float> logits) {
    if (row == d.prompt.start && tokenizer_.specials().nospeech) {
      d.no_speech = probability(logits, *tokenizer_.specials().nospeech);
    }
    if (row == length - 1) d.first.assign(logits.begin(), logits.end());
  };
  decoder_.prompt(d.prompt.tokens, cache_, cross_, request, d.options.threads);
}

// One hypothesis behind the prompt, and room for as many as this temperature wants: most windows need no more than one,
// and what is not there takes no memory.
void TextDecoder::make_room(double temperature) {
  const DecodeOptions& o = decoding_->options;
  const std::int64_t rows = temperature > 0.0 ? o.best_of : o.beam_size.value_or(1);
  if (cache_.max_rows() < rows) {
    require_cache(rows);
    decoder_.prompt(decoding_->prompt.tokens, cache_, cross_, {}, o.threads);
    return;
  }
  const std::int64_t first_row = 0;
  cache_.reorder({&first_row, 1});
  cache_.truncate(static_cast<std::int64_t>(decoding_->prompt.tokens.size()));
}

// The next temperature, and further ones whose text ends without a step.
void TextDecoder::attempt() {
  Decoding& d = *decoding_;
  const std::int64_t positions = decoder_.config().positions;
  // The last token is chosen when all positions are taken, so it needs none.
  const std::int64_t limit = std::min(d.options.max_tokens.value_or(positions / 2),
                                      positions - static_cast<std::int64_t>(d.prompt.tokens.size()) + 1);
  do {
    const double temperature = d.options.temperatures[d.tried++];
    make_room(temperature);
    d.search = search({d.rules, d.first.size(), limit}, temperature);
    std::vector<float> scores = d.first;
    if (!d.search->advance(scores, d.next)) continue;
    cache_.reorder(d.next.parents);
    return;
  } while (!settle());
}

// Takes the text of a search that has ended. Whether it is good enough, or the last one.
bool TextDecoder::settle() {
  Decoding& d = *decoding_;
  d.result = describe(d.search->take_best(), d.begun);
  d.search.reset();
  d.result.language = d.language;
  d.result.language_probability = d.languages;
  d.result.no_speech_prob = d.no_speech;
  d.result.temperature = d.options.temperatures[d.tried - 1];
  d.result.decodings = static_cast<std::int64_t>(d.tried);
  return settles(d.result, d.options.thresholds, d.tried == d.options.temperatures.size());
}

bool TextDecoder::going() const noexcept { return decoding_ != nullptr && decoding_->search != nullptr; }

DecodeResult TextDecoder::take_result() {
  if (decoding_ == nullptr || going()) {
    throw Error(ErrorCategory::internal, "decoding: result", "a window that was decoded", "none");
  }
  return std::move(std::exchange(decoding_, nullptr)->result);
}

void TextDecoder::step(std::span<TextDecoder* const> windows, int threads) {
  TextDecoder& first = *windows.front();
  const auto vocabulary = static_cast<std::size_t>(first.decoder_.config().vocabulary);
  std::vector<whisper::StepPart> parts;
  std::vector<std::size_t> begins;
  std::size_t rows = 0;
  for (TextDecoder* window : windows) {
    parts.push_back({window->cache_, window->cross_, window->decoding_->next.tokens});
    begins.push_back(rows);
    rows += parts.back().tokens.size();
  }
  first.scores_.resize(rows * vocabulary);
  first.decoder_.step(parts, first.scores_, threads);
  std::vector<char> goes_on(windows.size());
  first.cache_.memory()->pool(threads).share(static_cast<std::int64_t>(windows.size()), [&](std::int64_t i, int) {
    const auto w = static_cast<std::size_t>(i);
    Decoding& d = *windows[w]->decoding_;
    const std::span<float> scores =
        std::span(first.scores_).subspan(begins[w] * vocabulary, d.next.tokens.size() * vocabulary);
    goes_on[w] = d.search->advance(scores, d.next) ? 1 : 0;
  });
  for (std::size_t w = 0; w < windows.size(); ++w) {
    TextDecoder& window = *windows[w];
    if (goes_on[w] != 0) {
      window.cache_.reorder(window.decoding_->next.parents);
    } else if (!window.settle()) {
      window.attempt();
    }
  }
}

DecodeResult TextDecoder::decode(const DecodeOptions& options) {
  begin(options);
  TextDecoder* const self = this;
  while (going()) step({&self, 1}, options.threads);
  return take_result();
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
