// SPDX-License-Identifier: Apache-2.0
#include "export/reference.h"

#include <algorithm>
#include <filesystem>

#include "audio/log_mel.h"
#include "audio/windows.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "seben/error.h"

namespace seben::deploy {

Reference::Reference(const Source& source, int threads)
    : source_(source), engine_(source.parts(), kernels::Precision::f32, threads) {}

Clip Reference::clip(const std::string& audio_path) const {
  const whisper::EncoderConfig& c = config();
  const std::vector<float> samples = audio::first_window(audio_path);
  if (samples.empty()) throw Error(ErrorCategory::bad_data, audio_path, "sound", "none");
  const frontend::LogMel log_mel(static_cast<int>(c.n_mels));
  std::vector<float> whole(static_cast<std::size_t>(c.n_mels * frontend::kFrames));
  log_mel.compute(samples, source_.padding(), whole);
  Clip clip{std::filesystem::path(audio_path).filename().string(), {}};
  const std::int64_t frames = std::min<std::int64_t>(c.mel_frames(), frontend::kFrames);  // shorter in small models
  for (std::int64_t m = 0; m < c.n_mels; ++m) {
    const auto row = whole.begin() + m * frontend::kFrames;
    clip.mel.insert(clip.mel.end(), row, row + frames);
  }
  return clip;
}

std::vector<float> Reference::stage(const whisper::Stage& stage, const std::vector<float>& in) {
  static_cast<void>(source_.encoder());
  return engine_.stage(stage, in);
}

std::vector<float> Reference::features(const std::vector<float>& mel) {
  static_cast<void>(source_.encoder());
  return engine_.encoder(mel);
}

std::vector<float> Reference::subsampled(const std::vector<float>& features) const {
  const std::int64_t n = source_.subsample();
  if (n == 1) return features;
  const std::int64_t width = config().d_model, frames = source_.feature_frames();
  std::vector<float> kept;
  for (std::int64_t t = 0; t < frames; ++t) {
    const auto row = features.begin() + t * n * width;
    kept.insert(kept.end(), row, row + width);
  }
  return kept;
}

std::vector<float> Reference::logits(const std::vector<float>& features) {
  static_cast<void>(source_.head());
  return engine_.head(features);
}

std::string Reference::text(const std::vector<float>& logits) const {
  const std::int64_t classes = this->classes();                        // refuses where there is no head,
  const nko::Vocabulary& vocabulary = source_.bundle()->vocabulary();  // which only a bundle has
  ctc::LogProbs log_probs{logits, static_cast<std::int64_t>(logits.size()) / classes, classes};
  ctc::log_softmax_masked(log_probs.values, log_probs.frames, vocabulary);
  return ctc::to_text(ctc::greedy(log_probs.view(), vocabulary.blank()).symbols, vocabulary);
}

}  // namespace seben::deploy
