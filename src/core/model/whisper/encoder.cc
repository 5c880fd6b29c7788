// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/encoder.h"

#include <algorithm>
#include <utility>

#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::whisper {
namespace {

using kernels::kBlockRows;
using kernels::Linear;
using kernels::Precision;

// A convolution of width 3 is a product over three neighbouring rows of time once its weight [out, in, 3] is laid out
// as [out, 3, in].
Linear load_conv(const tensor::WeightFile& file, const std::string& name, std::int64_t out, std::int64_t in,
                 const kernels::Packing& packing) {
  const tensor::TensorView& weight = file.require(name + ".weight", {out, in, 3});
  const tensor::TensorView& bias = file.require(name + ".bias", {out});
  const auto read = [&weight, in](std::int64_t o, std::span<float> row) {
    std::vector<float> stored(row.size());
    tensor::to_float(tensor::row_of(weight, o), stored);
    for (std::int64_t i = 0; i < in; ++i) {
      for (std::int64_t k = 0; k < 3; ++k) {
        row[static_cast<std::size_t>(k * in + i)] = stored[static_cast<std::size_t>(i * 3 + k)];
      }
    }
  };
  Linear linear(read, tensor::to_float(bias), out, 3 * in, packing);
  file.release(weight);
  return linear;
}

// Reading from the disk goes on while a layer is packed: this many layers ahead, some 160 MB at large sizes.
constexpr std::int64_t kLayersAhead = 2;

std::string layer_prefix(const std::string& prefix, std::int64_t i) {
  return prefix + "layers." + std::to_string(i) + ".";
}

void prefetch(const tensor::WeightFile& file, const std::vector<std::string>& names, const std::string& prefix) {
  for (const std::string& name : names) {
    if (name.starts_with(prefix)) file.prefetch(*file.peek(name));
  }
}

std::int64_t blocks_of(std::int64_t rows) { return (rows + kBlockRows - 1) / kBlockRows; }

void require_size(const char* what, std::size_t found, std::int64_t expected) {
  if (found != static_cast<std::size_t>(expected)) {
    throw Error(ErrorCategory::internal, what, std::to_string(expected) + " values", std::to_string(found));
  }
}

}  // namespace

std::string encoder_prefix(const tensor::WeightFile& file) {
  for (const char* prefix : {"model.encoder.", "encoder.", ""}) {
    if (file.peek(std::string(prefix) + "conv1.weight") != nullptr) return prefix;
  }
  throw Error(ErrorCategory::bad_data, file.source() + ": tensors",
              "a Whisper encoder (model.encoder.conv1.weight, encoder.conv1.weight or conv1.weight)", "none");
}

Encoder Encoder::load(const tensor::WeightFile& file, const EncoderConfig& config, const LoadOptions& options) {
  const std::string prefix = encoder_prefix(file);
  const std::int64_t total = config.layers + 2;
  const auto report = [&](std::int64_t done) {
    if (options.progress) options.progress(done, total);
  };
  Encoder e;
  e.config_ = config;
  e.precision_ = options.precision;
  const Precision second = options.precision == Precision::int8 ? Precision::bf16 : options.precision;
  const std::vector<std::string> names = file.names();
  for (const char* part : {"conv", "embed_positions."}) prefetch(file, names, prefix + part);
  for (std::int64_t i = 0; i < kLayersAhead; ++i) prefetch(file, names, layer_prefix(prefix, i));
  kernels::PackScratch scratch;
  e.conv1_ = load_conv(file, prefix + "conv1", config.d_model, config.n_mels,
                       {Precision::f32, &scratch, 0, {}, options.threads});
  e.conv2_ =
      load_conv(file, prefix + "conv2", config.d_model, config.d_model, {second, &scratch, 0, {}, options.threads});
  e.positions_ = tensor::to_float(file.require(prefix + "embed_positions.weight", {config.positions, config.d_model}));
  report(1);
  e.layers_.reserve(static_cast<std::size_t>(config.layers));
  for (std::int64_t i = 0; i < config.layers; ++i) {
    prefetch(file, names, layer_prefix(prefix, i + kLayersAhead));
    e.layers_.emplace_back(file, layer_prefix(prefix, i), config,
                           kernels::Packing{options.precision, &scratch, 0, {}, options.threads});
    report(i + 2);
  }
  if (file.peek(prefix + "layers." + std::to_string(config.layers) + ".fc1.weight") != nullptr) {
    throw Error(ErrorCategory::bad_data, file.source() + ": layers", std::to_string(config.layers) + " as configured",
                "at least " + std::to_string(config.layers + 1));
  }
  e.final_norm_ = load_norm(file, prefix + "layer_norm", config.d_model);
  report(total);
  return e;
}

std::size_t Encoder::weight_bytes() const noexcept {
  std::size_t bytes = conv1_.bytes() + conv2_.bytes() + positions_.size() * sizeof(float);
  for (const EncoderLayer& layer : layers_) bytes += layer.bytes();
  return bytes;
}

EncoderLayer Encoder::exchange_layer(std::int64_t i, EncoderLayer layer) {
  return std::exchange(layers_.at(static_cast<std::size_t>(i)), std::move(layer));
}

void Encoder::run(std::span<const float> mel, std::span<float> features, EncoderWorkspace& workspace) const {
  require_size("features", features.size(), config_.feature_size());
  convpos(mel, workspace);
  for (const EncoderLayer& layer : layers_) layer.run(config_, workspace);
  finalnorm(features, workspace);
}

void Encoder::run_stage(const Stage& stage, std::span<const float> in, std::span<float> out,
                        EncoderWorkspace& workspace) const {
  require_size("stage output", out.size(), config_.feature_size());
  float* stream = workspace.stream.as<float>();
  if (stage.kind == StageKind::convpos) {
    convpos(in, workspace);
  } else {
    require_size("stage input", in.size(), config_.feature_size());
    std::ranges::copy(in, stream);
  }
  if (stage.kind == StageKind::finalnorm) {
    finalnorm(out, workspace);
    return;
  }
  if (stage.kind == StageKind::layers) {
    for (std::int64_t i = stage.first; i <= stage.last; ++i) {
      layers_.at(static_cast<std::size_t>(i)).run(config_, workspace);
    }
  }
  std::copy_n(stream, config_.feature_size(), out.data());
}

void Encoder::convpos(std::span<const float> mel, EncoderWorkspace& w) const {
  require_size("mel", mel.size(), config_.mel_size());
  const std::int64_t frames = config_.mel_frames(), mels = config_.n_mels, d = config_.d_model;
  float* mel_rows = w.mel_rows.as<float>() + mels;
  float* conv1_rows = w.conv1_rows.as<float>() + d;
  kernels::run_team(w.threads(), [&](kernels::Team& team) {
    ThreadWorkspace& mine = w.of(team.thread());
    team.share(blocks_of(frames), [&](std::int64_t block) {
      const std::int64_t first = block * kBlockRows, last = std::min(first + kBlockRows, frames);
      for (std::int64_t m = 0; m < mels; ++m) {
        for (std::int64_t t = first; t < last; ++t)
          mel_rows[t * mels + m] = mel[static_cast<std::size_t>(m * frames + t)];
      }
    });
    team.share(blocks_of(frames), [&](std::int64_t block) {
      const std::int64_t first = block * kBlockRows, rows = std::min(kBlockRows, frames - first);
      for (std::int64_t r = 0; r < rows; ++r) mine.conv1.set_row(r, mel_rows + (first + r - 1) * mels);
      conv1_.run(mine.conv1, rows, mine.scratch, [&](std::int64_t r, float* row) {
        kernels::row_ops().gelu(row, d);
        std::copy_n(row, d, conv1_rows + (first + r) * d);
      });
    });
    team.share(blocks_of(config_.positions), [&](std::int64_t block) {
      const std::int64_t first = block * kBlockRows, rows = std::min(kBlockRows, config_.positions - first);
      for (std::int64_t r = 0; r < rows; ++r) mine.conv2.set_row(r, conv1_rows + (2 * (first + r) - 1) * d);
      conv2_.run(mine.conv2, rows, mine.scratch, [&](std::int64_t r, float* row) {
        kernels::row_ops().gelu(row, d);
        kernels::row_ops().add(positions_.data() + (first + r) * d, d, row);
        std::copy_n(row, d, w.stream.as<float>() + (first + r) * d);
      });
    });
  });
}

void Encoder::finalnorm(std::span<float> out, EncoderWorkspace& w) const {
  const std::int64_t d = config_.d_model;
  kernels::parallel_for(w.threads(), config_.positions,
                        [&](std::int64_t t) { final_norm_.apply(w.stream.as<float>() + t * d, out.data() + t * d); });
}

}  // namespace seben::whisper
