// SPDX-License-Identifier: Apache-2.0
// The engine's own results on real audio, stage by stage: what a package has to reproduce.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "export/source.h"
#include "model/head/head.h"
#include "model/whisper/encoder.h"

namespace seben::deploy {

/// One recording's first window.
struct Clip {
  std::string name;        ///< the file's name without its folder
  std::vector<float> mel;  ///< [n_mels, 2 T]
};

class Reference {
 public:
  /// Loads encoder and head in f32, as far as the source has them. What needs the one that it lacks is Error(usage).
  Reference(const Source& source, int threads);

  [[nodiscard]] Clip clip(const std::string& audio_path) const;
  [[nodiscard]] const whisper::EncoderConfig& config() const { return source_.encoder().config; }
  /// One stage; in and out row-major, [T, d_model] but for the mel.
  [[nodiscard]] std::vector<float> stage(const whisper::Stage& stage, const std::vector<float>& in);
  /// mel -> features [T, d_model]
  [[nodiscard]] std::vector<float> features(const std::vector<float>& mel);
  /// Every how many-th frame the head takes.
  [[nodiscard]] std::vector<float> subsampled(const std::vector<float>& features) const;
  /// Features as the head takes them -> logits [T', classes].
  [[nodiscard]] std::vector<float> logits(const std::vector<float>& features);
  [[nodiscard]] bool has_head() const noexcept { return source_.has_head(); }
  [[nodiscard]] std::int64_t classes() const { return source_.head().config.classes; }
  /// Greedy text of logits.
  [[nodiscard]] std::string text(const std::vector<float>& logits) const;

 private:
  const Source& source_;
  parity::Engine engine_;
};

}  // namespace seben::deploy
