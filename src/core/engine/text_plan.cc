// SPDX-License-Identifier: Apache-2.0
#include "engine/text_plan.h"

#include <nlohmann/json.hpp>

#include "audio/vad/silero_ranges.h"
#include "audio/vad/speech_detector.h"
#include "base/json.h"
#include "decode/whisper/prompt.h"
#include "decode/whisper/windows_together.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

generate::Task parse_task(const std::string& name) {
  if (name == "transcribe") return generate::Task::transcribe;
  if (name == "translate") return generate::Task::translate;
  throw Error(ErrorCategory::usage, "task", "transcribe or translate", name);
}

std::shared_ptr<const tokenizer::Tokenizer> read_tokenizer(const bundle::Bundle& bundle,
                                                           const bundle::TextDecoder& decoder) {
  return std::make_shared<const tokenizer::Tokenizer>(
      tokenizer::Tokenizer::load(bundle.folder() + "/" + decoder.entry->tokenizer));
}

generate::GenerationConfig read_config(const bundle::Bundle& bundle, const bundle::TextDecoder& decoder) {
  if (decoder.entry->generation.empty()) return generate::GenerationConfig::defaults(decoder.config);
  const std::string path = bundle.folder() + "/" + decoder.entry->generation;
  const nlohmann::json json = base::read_json(path);
  return generate::GenerationConfig::from_json(base::JsonReader(json, path), decoder.config);
}

whisper::DecoderStorage read_storage(const WhisperOptions& options, const whisper::DecoderConfig& decoder) {
  whisper::DecoderStorage storage;
  if (options.cache == "auto") return storage;
  storage.cross = quant::parse_kv_form(options.cache);
  if (!storage.cross) {
    throw Error(ErrorCategory::usage, "cache of keys and values", "auto, f32, bf16, affine8 or affine4", options.cache);
  }
  (void)quant::KvHeads({1, 1, decoder.head_dim()}, *storage.cross);  // whether there is such a cache
  return storage;
}

}  // namespace

TextPlan::TextPlan(const bundle::Bundle& bundle, const WhisperOptions& options, int threads, const TextPlan* before)
    : name_(bundle.decoder(options.decoder).entry->name),
      options_(options),
      tokenizer_(before != nullptr ? before->tokenizer_ : read_tokenizer(bundle, bundle.decoder(name_))),
      config_(before != nullptr ? before->config_ : read_config(bundle, bundle.decoder(name_))),
      storage_(read_storage(options, bundle.decoder(name_).config)),
      framing_(bundle.decoder(name_).entry->framing),
      transcribe_(read_options(threads)) {
  const generate::DecoderFacts decoder{*tokenizer_, config_, bundle.decoder(name_).config};
  generate::require_vocabulary(decoder);
  generate::require_possible(transcribe_, decoder);
  if (options.batch_size != 0) generate::require_independent(transcribe_, options.batch_size);
  if (options.silence == "off" || options.silence == "energy") return;
  if (before != nullptr && before->silero_ != nullptr && before->options_.silence == options.silence) {
    silero_ = before->silero_;
  } else {
    silero_ = std::make_shared<const generate::Silero>(generate::Silero::load(options.silence));
  }
}

generate::TranscribeOptions TextPlan::read_options(int threads) const {
  const WhisperOptions& o = options_;
  generate::TranscribeOptions out;
  generate::DecodeOptions& d = out.decode;
  d.language = o.language;
  if (!d.language.empty() && config_.multilingual) {
    d.language = generate::require_language(tokenizer_->specials(), d.language);
  }
  d.task = parse_task(o.task);
  d.timestamps = o.timestamps;
  d.prefix = o.prefix.empty() ? std::vector<std::int32_t>() : generate::encode_context(*tokenizer_, o.prefix);
  d.max_tokens = o.max_tokens;
  d.beam_size = o.beam_size;
  if (o.patience && !o.beam_size) throw Error(ErrorCategory::usage, "patience", "a beam size", "none");
  d.patience = o.patience.value_or(1.0);
  d.length_penalty = o.length_penalty;
  if (o.temperatures.empty()) throw Error(ErrorCategory::usage, "temperatures", "at least one", "none");
  d.temperatures = o.temperatures;
  d.best_of = o.best_of;
  d.seed = o.seed;
  d.thresholds = {o.compression_ratio_threshold, o.logprob_threshold, o.no_speech_threshold, o.detect_loops,
                  o.invention_threshold};
  d.suppress = o.suppress;
  d.suppress_non_speech = o.suppress_non_speech;
  d.threads = threads;
  if (!o.initial_prompt.empty()) out.initial_prompt = generate::encode_context(*tokenizer_, o.initial_prompt);
  out.carry_initial_prompt = o.carry_initial_prompt;
  out.condition_on_previous_text = o.condition_on_previous_text;
  out.word_times = o.word_times;
  out.clips = o.clips;
  out.hallucination_silence = o.hallucination_silence_threshold;
  return out;
}

bool TextPlan::is_silent(std::span<const float> samples) const {
  if (options_.silence == "off") return false;
  return silero_ ? generate::find_speech(*silero_, samples).empty() : generate::find_speech(samples).empty();
}

}  // namespace seben::pipeline
