// SPDX-License-Identifier: Apache-2.0
#include "evaluate/text_side.h"

#include <algorithm>
#include <utility>

#include "audio/windows.h"
#include "decode/whisper/prompt.h"
#include "kernels/row_ops.h"

namespace seben::pipeline {

TextPlan text_plan(const bundle::Bundle& bundle, WhisperOptions options, int threads) {
  options.timestamps = false;
  options.temperatures = {0.0};
  options.beam_size.reset();
  options.patience.reset();
  return {bundle, options, threads};
}

TextSide::TextSide(const bundle::Bundle& bundle, TextPlan plan, kernels::Precision precision, int threads)
    : recogniser_(bundle, {precision, threads, {}, false, nullptr, false}),
      memory_(recogniser_.make_memory()),
      stage_(bundle, std::move(plan), {precision, threads, {}}),
      decoder_(stage_.make_decoder()),
      decode_(stage_.plan().transcribe_options().decode) {}

std::span<const float> TextSide::encode(std::span<const float> samples) {
  Timings unused;
  const auto features = recogniser_.encode(samples, stage_.plan().framing().padding, *memory_, unused);
  decoder_.encode(features, frames(), decode_.threads);
  const auto all = static_cast<std::size_t>(frames());
  const std::size_t hop = audio::kWindowSamples / all;
  return features.first(features.size() / all * std::min(all, (samples.size() + hop - 1) / hop));
}

std::vector<float> TextSide::score(const generate::DecodeResult& text) {
  generate::DecodeOptions options = decode_;
  generate::Prompt prompt = generate::build_prompt(decoder_.tokenizer(), decoder_.limits(), text.language, options);
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < text.tokens.size(); ++i) {
    rows.push_back(static_cast<std::int64_t>(prompt.tokens.size() + i) - 1);
  }
  prompt.tokens.insert(prompt.tokens.end(), text.tokens.begin(), text.tokens.end());
  std::vector<float> out;
  whisper::PromptRequest request;
  request.rows = rows;
  request.logits = [&](std::int64_t, std::span<float> logits) {
    kernels::row_ops().log_softmax(logits.data(), static_cast<std::int64_t>(logits.size()));
    out.insert(out.end(), logits.begin(), logits.end());
  };
  decoder_.force(prompt.tokens, request, decode_.threads);
  return out;
}

}  // namespace seben::pipeline
