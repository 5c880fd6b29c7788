// SPDX-License-Identifier: Apache-2.0
// The weights of one layer of the text decoder, in the form that IncrementalDecoder uses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/linear.h"
#include "kernels/narrow.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/layer.h"

namespace seben::whisper {

/// Takes matrices out of a weight file.
class DecoderSource {
 public:
  /// `form`: of all matrices that meet a few rows at a time; nothing: what suits the precision and the file. `threads`
  /// pack them.
  DecoderSource(const tensor::WeightFile& file, kernels::Precision precision, std::optional<kernels::NarrowForm> form,
                int threads)
      : file_(file), precision_(precision), form_(form), threads_(threads) {}

  [[nodiscard]] const tensor::WeightFile& file() const noexcept { return file_; }
  /// NAME.weight [out, in] and NAME.bias; the results are multiplied by `scale`.
  [[nodiscard]] kernels::NarrowLinear narrow(const std::string& name, std::int64_t out, std::int64_t in,
                                             bool has_bias = true, float scale = 1.0F);
  /// Weights that the file holds in the form's elements are not copied; of others the file's pages are let go.
  [[nodiscard]] kernels::NarrowLinear narrow(const tensor::TensorView& weight, std::span<const float> bias,
                                             float scale = 1.0F);
  /// For many rows at a time.
  [[nodiscard]] kernels::Linear wide(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias);

 private:
  [[nodiscard]] kernels::NarrowForm form_of(const tensor::TensorView& weight) const;
  [[nodiscard]] bool is_stored_as(const tensor::TensorView& weight, kernels::NarrowForm form) const;
  [[nodiscard]] std::vector<float> bias(const std::string& name, std::int64_t out) const;

  const tensor::WeightFile& file_;
  kernels::Precision precision_;
  std::optional<kernels::NarrowForm> form_;
  int threads_;
  kernels::PackScratch scratch_;
};

/// Pre-norm: x += self(norm(x)); x += cross(norm(x)); x += fc2 gelu(fc1 norm(x)). Keys have no bias; the queries come
/// multiplied by 1 / sqrt(head_dim).
struct DecoderLayer {
  DecoderLayer(DecoderSource& source, const std::string& at, const DecoderConfig& config);

  [[nodiscard]] std::size_t bytes() const;
  /// Memory that one thread needs for products with any of them.
  [[nodiscard]] std::int64_t workspace_floats() const;

  Norm self_norm, cross_norm, feed_norm;
  kernels::NarrowLinear q, k, v, out, cross_q, cross_out, fc1, fc2;
  kernels::Linear cross_k, cross_v;
};

}  // namespace seben::whisper
