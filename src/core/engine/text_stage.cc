// SPDX-License-Identifier: Apache-2.0
#include "engine/text_stage.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "audio/vad/silero_ranges.h"
#include "audio/vad/speech_detector.h"
#include "base/format.h"
#include "base/json.h"
#include "decode/whisper/prompt.h"
#include "decode/whisper/strip.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

generate::Task parse_task(const std::string& name) {
  if (name == "transcribe") return generate::Task::transcribe;
  if (name == "translate") return generate::Task::translate;
  throw Error(ErrorCategory::usage, "task", "transcribe or translate", name);
}

generate::GenerationConfig read_config(const bundle::Bundle& bundle, const bundle::TextDecoder& decoder) {
  if (decoder.entry->generation.empty()) return generate::GenerationConfig::defaults(decoder.config);
  const std::string path = bundle.folder() + "/" + decoder.entry->generation;
  const nlohmann::json json = base::read_json(path);
  return generate::GenerationConfig::from_json(base::JsonReader(json, path), decoder.config);
}

}  // namespace

TextStage::TextStage(const bundle::Bundle& bundle, const WhisperOptions& options, const whisper::LoadOptions& load)
    : name_(bundle.decoder(options.decoder).entry->name),
      options_(options),
      decoder_(whisper::IncrementalDecoder::load(*bundle.decoder(name_).weights, bundle.decoder(name_).config, load,
                                                 storage_of(options))),
      tokenizer_(tokenizer::Tokenizer::load(bundle.folder() + "/" + bundle.decoder(name_).entry->tokenizer)),
      config_(read_config(bundle, bundle.decoder(name_))),
      transcribe_(read_options(load.threads)) {
  if (options.silence != "off" && options.silence != "energy") silero_ = generate::Silero::load(options.silence);
}

whisper::DecoderStorage TextStage::storage_of(const WhisperOptions& options) {
  whisper::DecoderStorage storage;
  if (options.cache == "auto") return storage;
  storage.cross = quant::parse_kv_form(options.cache);
  if (!storage.cross) {
    throw Error(ErrorCategory::usage, "cache of keys and values", "auto, f32, bf16, affine8 or affine4", options.cache);
  }
  return storage;
}

generate::TranscribeOptions TextStage::read_options(int threads) const {
  const WhisperOptions& o = options_;
  generate::TranscribeOptions out;
  generate::DecodeOptions& d = out.decode;
  d.language = o.language;
  if (!d.language.empty() && config_.multilingual) {
    d.language = generate::require_language(tokenizer_.specials(), d.language);
  }
  d.task = parse_task(o.task);
  d.timestamps = o.timestamps;
  d.prefix = o.prefix.empty() ? std::vector<std::int32_t>() : generate::encode_context(tokenizer_, o.prefix);
  d.max_tokens = o.max_tokens;
  d.beam_size = o.beam_size;
  if (o.patience && !o.beam_size) throw Error(ErrorCategory::usage, "patience", "a beam size", "none");
  d.patience = o.patience.value_or(1.0);
  d.length_penalty = o.length_penalty;
  if (o.temperatures.empty()) throw Error(ErrorCategory::usage, "temperatures", "at least one", "none");
  d.temperatures = o.temperatures;
  d.best_of = o.best_of;
  d.seed = o.seed;
  d.thresholds = {o.compression_ratio_threshold, o.logprob_threshold, o.no_speech_threshold, o.detect_loops};
  d.suppress = o.suppress;
  d.suppress_non_speech = o.suppress_non_speech;
  d.threads = threads;
  if (!o.initial_prompt.empty()) out.initial_prompt = generate::encode_context(tokenizer_, o.initial_prompt);
  out.carry_initial_prompt = o.carry_initial_prompt;
  out.condition_on_previous_text = o.condition_on_previous_text;
  out.word_times = o.word_times;
  out.clips = o.clips;
  out.hallucination_silence = o.hallucination_silence_threshold;
  return out;
}

bool TextStage::is_silent(std::span<const float> samples) const {
  if (options_.silence == "off") return false;
  return silero_ ? generate::find_speech(*silero_, samples).empty() : generate::find_speech(samples).empty();
}

WhisperSegment public_segment(const generate::Segment& s) {
  WhisperSegment out;
  out.text = std::string(generate::strip(s.text));
  out.start = s.start;
  out.end = s.end;
  out.tokens = s.tokens;
  out.avg_logprob = s.avg_logprob;
  out.no_speech_prob = s.no_speech_prob;
  out.compression_ratio = s.compression_ratio;
  out.temperature = s.temperature;
  for (const generate::WordTime& w : s.words) {
    if (std::string word(generate::strip(w.text)); !word.empty()) {
      out.words.push_back({std::move(word), w.start, w.end, std::log(std::max(w.probability, 1e-30)), w.probability});
    }
  }
  return out;
}

Segment subtitle(const WhisperSegment& segment) {
  return {segment.text, segment.start, segment.end, std::exp(std::min(segment.avg_logprob, 0.0))};
}

Transcript transcript_of(const WhisperText& text) {
  Transcript out;
  out.text = text.text;
  out.windows = text.windows + text.silent_windows;
  for (const WhisperSegment& segment : text.segments) {
    out.segments.push_back(subtitle(segment));
    out.words.insert(out.words.end(), segment.words.begin(), segment.words.end());
  }
  return out;
}

}  // namespace seben::pipeline
