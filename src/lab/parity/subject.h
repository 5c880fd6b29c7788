// SPDX-License-Identifier: Apache-2.0
// What is held against a reference: something that runs an encoder stage by stage, and a head. The engine on this
// machine is one; whoever runs packages hands in another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/precision.h"
#include "model/head/head.h"
#include "model/whisper/encoder.h"
#include "model/whisper/stages.h"

namespace seben::parity {

class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  /// Stage `i` of the plan; row-major, [T, d_model] but for the first one's mel.
  [[nodiscard]] virtual std::vector<float> stage(std::size_t i, const std::vector<float>& in) = 0;
  /// mel -> features [T, d_model]
  [[nodiscard]] virtual std::vector<float> encoder(const std::vector<float>& mel) = 0;
  /// Features as the head takes them -> logits [T', classes].
  [[nodiscard]] virtual std::vector<float> head(const std::vector<float>& features) = 0;
};

/// Where the parts of a model lie, which must outlive what is made of them.
struct Parts {
  const tensor::WeightFile* encoder = nullptr;  ///< nullptr: none
  whisper::EncoderConfig encoder_config;
  const tensor::WeightFile* head = nullptr;
  ctc::HeadConfig head_config;
  std::int64_t feature_frames = 0;  ///< that reach the head in one window
};

/// The engine's encoder, in any precision, and its head, which is always f32. Asking for what `parts` lack is
/// Error(internal).
class Engine {
 public:
  Engine(const Parts& parts, kernels::Precision precision, int threads);

  [[nodiscard]] std::vector<float> stage(const whisper::Stage& stage, const std::vector<float>& in);
  [[nodiscard]] std::vector<float> encoder(const std::vector<float>& mel);
  [[nodiscard]] std::vector<float> head(const std::vector<float>& features);

 private:
  [[nodiscard]] std::vector<float> features() const;

  std::int64_t frames_;
  std::optional<whisper::Encoder> encoder_;
  std::optional<whisper::EncoderWorkspace> workspace_;
  std::unique_ptr<ctc::Head> head_;
  std::unique_ptr<ctc::Head::Workspace> head_workspace_;
};

/// The engine on this machine.
[[nodiscard]] std::unique_ptr<Backend> native_backend(const Parts& parts, std::vector<whisper::Stage> stages,
                                                      kernels::Precision precision, int threads);

}  // namespace seben::parity
