// SPDX-License-Identifier: Apache-2.0
// Whisper's audio encoder (Radford et al. 2022), in the arithmetic of a chosen precision.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/precision.h"
#include "model/whisper/config.h"
#include "model/whisper/layer.h"
#include "model/whisper/stages.h"
#include "model/whisper/workspace.h"

namespace seben::whisper {

struct LoadOptions {
  kernels::Precision precision = kernels::Precision::f32;
  int threads = 1;  ///< for packing
  /// Called after each stage was packed, with how many of how many; may throw to stop.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
};

/// Immutable once loaded; any number of threads may run it, each with a workspace of its own.
class Encoder {
 public:
  /// Packs the weights (names of Hugging Face, below "model.encoder.", "encoder." or nothing) and lets the file's pages
  /// go as it proceeds; weights that are stored as codes stay so, and then the file must outlive the encoder.
  /// Error(bad_data) names a tensor that is missing, misshapen or not finite.
  [[nodiscard]] static Encoder load(const tensor::WeightFile& file, const EncoderConfig& config,
                                    const LoadOptions& options);

  [[nodiscard]] const EncoderConfig& config() const noexcept { return config_; }
  [[nodiscard]] kernels::Precision precision() const noexcept { return precision_; }
  /// Bytes of all packed weights.
  [[nodiscard]] std::size_t weight_bytes() const noexcept;
  [[nodiscard]] EncoderWorkspace make_workspace(int threads) const { return {config_, precision_, threads}; }

  /// mel: row-major [n_mels, 2 T]; features: [T, d_model]. Equal inputs give equal bits, whatever the threads.
  void run(std::span<const float> mel, std::span<float> features, EncoderWorkspace& workspace) const;

  /// Puts another layer in the place of layer `i` and returns the one that was there: for measuring what a change of
  /// one layer costs.
  [[nodiscard]] EncoderLayer exchange_layer(std::int64_t i, EncoderLayer layer);

  /// One stage alone; `in` and `out` have the shapes that StageKind documents.
  void run_stage(const Stage& stage, std::span<const float> in, std::span<float> out,
                 EncoderWorkspace& workspace) const;

 private:
  Encoder() = default;
  void convpos(std::span<const float> mel, EncoderWorkspace& workspace) const;
  void finalnorm(std::span<float> out, EncoderWorkspace& workspace) const;

  EncoderConfig config_;
  kernels::Precision precision_ = kernels::Precision::f32;
  kernels::Linear conv1_, conv2_;
  std::vector<float> positions_;
  std::vector<EncoderLayer> layers_;
  Norm final_norm_;
};

/// "model.encoder.", "encoder." or "": where `file` keeps the encoder; Error(bad_data) when nowhere.
[[nodiscard]] std::string encoder_prefix(const tensor::WeightFile& file);

}  // namespace seben::whisper
