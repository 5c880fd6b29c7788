// SPDX-License-Identifier: Apache-2.0
#include "compress/heard_speech.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>

#include "audio/decoder.h"
#include "audio/log_mel.h"
#include "audio/windows.h"
#include "base/interrupt.h"
#include "decode/whisper/prompt.h"
#include "decode/whisper/text_decoder.h"
#include "seben/whisper_options.h"

namespace seben::compress {
namespace {

constexpr std::int64_t kSamplesOfFrame = 320;

/// One decoder that writes what it hears.
class Writer {
 public:
  Writer(const bundle::Bundle& bundle, const bundle::TextDecoder& decoder, const CalibrationOptions& options)
      : stage_(bundle, plan_of(bundle, decoder, options), {kernels::Precision::f32, options.threads, {}}),
        decoder_(stage_.make_decoder()) {}

  // Prompt and text of a window; nothing of one that runs in circles: a few tokens again and again would count for more
  // than all others.
  std::vector<std::int32_t> write(std::span<const float> features, std::int64_t frames) {
    const generate::DecodeOptions& options = stage_.plan().transcribe_options().decode;
    decoder_.encode(features, frames, options.threads);
    const generate::DecodeResult text = decoder_.decode(options);
    if (text.tokens.empty() || text.compression_ratio > generate::Thresholds{}.compression_ratio) return {};
    std::vector<std::int32_t> tokens =
        generate::build_prompt(decoder_.tokenizer(), decoder_.limits(), text.language, options).tokens;
    tokens.insert(tokens.end(), text.tokens.begin(), text.tokens.end());
    const std::int64_t most = decoder_.decoder().config().positions;
    tokens.resize(std::min(tokens.size(), static_cast<std::size_t>(most)));
    return tokens;
  }

  [[nodiscard]] frontend::Padding padding() const { return stage_.plan().framing().padding; }

 private:
  static pipeline::TextPlan plan_of(const bundle::Bundle& bundle, const bundle::TextDecoder& decoder,
                                    const CalibrationOptions& options) {
    WhisperOptions whisper;
    whisper.decoder = decoder.entry->name;
    whisper.language = options.language;
    whisper.temperatures = {0.0};
    return {bundle, whisper, options.threads};
  }

  pipeline::TextStage stage_;
  generate::TextDecoder decoder_;
};

}  // namespace

HeardSpeech hear(const bundle::Bundle& bundle, const std::vector<const bundle::TextDecoder*>& decoders,
                 const std::vector<std::string>& recordings, const CalibrationOptions& options) {
  const whisper::EncoderConfig& config = *bundle.encoder_config();
  const auto encoder =
      whisper::Encoder::load(*bundle.encoder_weights(), config, {kernels::Precision::f32, options.threads, {}});
  auto workspace = encoder.make_workspace(options.threads);
  std::vector<std::unique_ptr<Writer>> writers;
  for (const bundle::TextDecoder* decoder : decoders) {
    writers.push_back(std::make_unique<Writer>(bundle, *decoder, options));
  }
  // Texts are of a decoder; without one it is a head that reads.
  frontend::Padding padding = frontend::Padding::samples;
  if (bundle.has_head()) padding = bundle.required().framing.padding;
  if (!writers.empty()) padding = writers.front()->padding();
  frontend::LogMel log_mel(static_cast<int>(config.n_mels));
  HeardSpeech heard;
  heard.positions = config.positions;
  heard.width = config.d_model;
  heard.tokens.resize(writers.size(), 0);
  std::vector<float> mel(static_cast<std::size_t>(config.mel_size()));
  std::vector<float> features(static_cast<std::size_t>(config.feature_size()));
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    audio::AudioDecoder sound = audio::AudioDecoder::open(recordings[i]);
    audio::WindowReader reader([&](std::span<float> out) { return sound.read(out); }, 0);
    while (const auto w = reader.next()) {
      base::throw_if_interrupted();
      HeardWindow window;
      log_mel.compute(w->samples.first(w->valid), padding, mel);
      window.stream.resize(features.size());
      encoder.run_stage({whisper::StageKind::convpos, 0, 0}, mel, window.stream, workspace);
      window.frames =
          std::min((static_cast<std::int64_t>(w->valid) + kSamplesOfFrame - 1) / kSamplesOfFrame, config.positions);
      if (!writers.empty()) encoder.run(mel, features, workspace);
      for (std::size_t d = 0; d < writers.size(); ++d) {
        window.tokens.push_back(writers[d]->write(features, config.positions));
        heard.tokens[d] += static_cast<std::int64_t>(window.tokens.back().size());
      }
      heard.frames += window.frames;
      heard.windows.push_back(std::move(window));
    }
    if (options.progress) options.progress("hearing", i + 1, recordings.size());
  }
  return heard;
}

}  // namespace seben::compress
