// SPDX-License-Identifier: Apache-2.0
// One pre-norm transformer layer of Whisper's encoder:
//   x += W_o attention(norm1(x)) + b_o;  x += W_2 gelu(W_1 norm2(x) + b_1) + b_2
#pragma once

#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/linear.h"
#include "model/whisper/config.h"
#include "model/whisper/workspace.h"

namespace seben::whisper {

struct Norm {
  std::vector<float> gamma, beta;
  static constexpr float kEpsilon = 1e-5F;

  void apply(const float* x, float* y) const {
    kernels::row_ops().layer_norm(x, gamma.data(), beta.data(), kEpsilon, static_cast<std::int64_t>(gamma.size()), y);
  }
};

class EncoderLayer {
 public:
  /// Reads `prefix` + "self_attn.q_proj.weight" and so on, packs, and releases the source pages. Weights that are
  /// stored as codes are not packed: the file has to outlive the layer.
  EncoderLayer(const tensor::WeightFile& file, const std::string& prefix, const EncoderConfig& config,
               const kernels::Packing& packing);

  /// workspace.stream [T, d_model] in place, on workspace.threads() threads.
  void run(const EncoderConfig& config, EncoderWorkspace& workspace) const;
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  void project_block(const EncoderConfig& config, EncoderWorkspace& w, ThreadWorkspace& mine, std::int64_t block) const;
  void finish_block(const EncoderConfig& config, EncoderWorkspace& w, ThreadWorkspace& mine, std::int64_t block) const;

  Norm attention_norm_, feed_norm_;
  kernels::Linear qkv_, out_, fc1_, fc2_;
};

/// A norm's two vectors of width n.
[[nodiscard]] Norm load_norm(const tensor::WeightFile& file, const std::string& name, std::int64_t n);

}  // namespace seben::whisper
