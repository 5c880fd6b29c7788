// SPDX-License-Identifier: Apache-2.0
// The transformer head ("V3" of the public N'Ko recogniser): Linear + GELU, Conv1d of width 5 with the head's own
// stride + GELU, learned positions, post-norm layers (y = LN1(x + SA(x)), z = LN2(y + W2 gelu(W1 y))), LN, Linear.
#include <algorithm>
#include <cmath>
#include <optional>

#include "kernels/expand.h"
#include "kernels/multi_head.h"
#include "model/head/front.h"
#include "model/head/head_kinds.h"
#include "model/head/head_tensors.h"
#include "model/head/trajectory.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

using kernels::kBlockRows;
using kernels::Linear;
using kernels::Precision;

struct Layer {
  Linear qkv, out, up, down;
  HeadNorm norm1, norm2;
};

struct PerThread {
  PerThread(const HeadConfig& c, Precision p)
      : front(c, p),
        width(p, kBlockRows, c.width),
        hidden(p, kBlockRows, c.ffn),
        last(Precision::f32, kBlockRows, c.width),
        scratch(kBlockRows, std::max({Front::scratch_width(c), c.ffn, c.classes})) {}
  Front::Mine front;
  kernels::Operand width, hidden, last;
  kernels::LinearScratch scratch;
};

class TransformerWorkspace final : public Head::Workspace {
 public:
  TransformerWorkspace(const HeadConfig& c, Precision p, std::int64_t frames, std::int64_t out_frames, int threads)
      : front(c, frames),
        stream(static_cast<std::size_t>(out_frames * c.width)),
        bias(c.trajectory ? static_cast<std::size_t>(c.heads * out_frames * out_frames) : 0),
        trajectory(c.trajectory ? out_frames : 0, c.width),
        attention(out_frames, c.width, c.heads, p, threads),
        max_frames(frames) {
    for (int i = 0; i < threads; ++i) per_thread.push_back(std::make_unique<PerThread>(c, p));
  }
  Front::Shared front;
  std::vector<float> stream;  ///< [T', width]
  std::vector<float> bias;    ///< [heads, T', T']
  TrajectoryWorkspace trajectory;
  kernels::MultiHead attention;
  std::vector<std::unique_ptr<PerThread>> per_thread;
  kernels::LayerWorkspaces rooms;  ///< of weights that are stored as codes
  std::int64_t max_frames;
};

class TransformerHead final : public Head {
 public:
  TransformerHead(const tensor::WeightFile& file, const HeadConfig& c, Precision precision, int threads)
      : config_(c), precision_(precision) {
    HeadTensors tensors(file, threads);
    front_ = Front(tensors, c, precision);
    positions_ = tensors.take("pos_enc", {1, c.positions, c.width});
    for (std::int64_t i = 0; i < c.layers; ++i) {
      layers_.push_back(load_layer(tensors, "encoder.layers." + std::to_string(i) + "."));
    }
    norm_ = load_norm(tensors, "ln");
    output_ =
        tensors.restored("output_proj.weight", {c.classes, c.width}, tensors.take("output_proj.bias", {c.classes}));
    if (c.trajectory) trajectory_.emplace(tensors, c.heads);
    tensors.require_all_taken();
  }

  [[nodiscard]] const HeadConfig& config() const noexcept override { return config_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept override {
    std::size_t bytes = front_.bytes() + output_.bytes() + positions_.size() * sizeof(float);
    for (const Layer& l : layers_) bytes += l.qkv.bytes() + l.out.bytes() + l.up.bytes() + l.down.bytes();
    return bytes;
  }
  [[nodiscard]] std::unique_ptr<Workspace> make_workspace(std::int64_t max_frames, int threads) const override {
    return std::make_unique<TransformerWorkspace>(config_, precision_, max_frames, output_frames(max_frames), threads);
  }
  void run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
           Workspace& workspace) const override;

 private:
  Layer load_layer(HeadTensors& tensors, const std::string& prefix) const;
  HeadNorm load_norm(HeadTensors& tensors, const std::string& name) const {
    auto gamma = tensors.take(name + ".weight", {config_.width});
    return {std::move(gamma), tensors.take(name + ".bias", {config_.width})};
  }
  void embed(std::span<const float> features, std::int64_t frames, TransformerWorkspace& w, kernels::Team& team) const;
  void run_layer(const Layer& layer, std::int64_t frames, TransformerWorkspace& w, kernels::Team& team) const;
  void finish_block(const Layer& layer, std::int64_t first, std::int64_t rows, TransformerWorkspace& w,
                    PerThread& mine) const;
  void check(std::span<const float> features, std::int64_t frames, std::span<float> logits) const;

  HeadConfig config_;
  Precision precision_;
  Front front_;
  Linear output_;
  std::vector<float> positions_;
  std::vector<Layer> layers_;
  HeadNorm norm_;
  std::optional<TrajectoryBias> trajectory_;
};

Layer TransformerHead::load_layer(HeadTensors& tensors, const std::string& prefix) const {
  const std::int64_t d = config_.width;
  Layer layer;
  std::vector<float> bias = tensors.take(prefix + "self_attn.in_proj_bias", {3 * d});
  const float scale = 1.0F / std::sqrt(static_cast<float>(d) / static_cast<float>(config_.heads));
  for (std::int64_t i = 0; i < d; ++i) bias[static_cast<std::size_t>(i)] *= scale;
  layer.qkv = tensors.linear(prefix + "self_attn.in_proj_weight", {3 * d, d}, std::move(bias), precision_,
                             [d, scale](std::int64_t r, std::span<float> row) {
                               if (r >= d) return;
                               for (float& value : row) value *= scale;
                             });
  layer.out =
      tensors.linear(prefix + "self_attn.out_proj.weight", prefix + "self_attn.out_proj.bias", d, d, precision_);
  layer.up = tensors.linear(prefix + "linear1.weight", prefix + "linear1.bias", config_.ffn, d, precision_);
  layer.down = tensors.linear(prefix + "linear2.weight", prefix + "linear2.bias", d, config_.ffn, precision_);
  layer.norm1 = load_norm(tensors, prefix + "norm1");
  layer.norm2 = load_norm(tensors, prefix + "norm2");
  return layer;
}

void TransformerHead::check(std::span<const float> features, std::int64_t frames, std::span<float> logits) const {
  const std::int64_t out = output_frames(frames);
  if (frames < 1 || out > config_.positions) {
    throw Error(ErrorCategory::bad_data, "features: frames",
                "1.." + std::to_string(config_.positions * config_.stride) + " for this head", std::to_string(frames));
  }
  if (features.size() != static_cast<std::size_t>(frames * config_.input_dim) ||
      logits.size() != static_cast<std::size_t>(out * config_.classes)) {
    throw Error(ErrorCategory::internal, "head", "[frames, " + std::to_string(config_.input_dim) + "] features",
                std::to_string(features.size()) + " values for " + std::to_string(frames) + " frames");
  }
}

void TransformerHead::embed(std::span<const float> features, std::int64_t frames, TransformerWorkspace& w,
                            kernels::Team& team) const {
  const std::int64_t d = config_.width;
  PerThread& mine = *w.per_thread[static_cast<std::size_t>(team.thread())];
  front_.run(team, features, frames, {w.front, mine.front, mine.scratch, w.rooms}, [&](std::int64_t t, float* row) {
    kernels::row_ops().add(positions_.data() + t * d, d, row);
    std::copy_n(row, d, w.stream.data() + t * d);
  });
}

void TransformerHead::finish_block(const Layer& layer, std::int64_t first, std::int64_t rows, TransformerWorkspace& w,
                                   PerThread& mine) const {
  const std::int64_t d = config_.width;
  float* stream = w.stream.data() + first * d;
  const auto add_and_norm = [&](const HeadNorm& norm) {
    return [&, d](std::int64_t r, const float* row) {
      kernels::row_ops().add(row, d, stream + r * d);
      norm.apply(stream + r * d, stream + r * d);
    };
  };
  for (std::int64_t r = 0; r < rows; ++r) mine.width.set_row(r, w.attention.mixed(first + r));
  layer.out.run(mine.width, rows, mine.scratch, add_and_norm(layer.norm1), &w.rooms.square);
  for (std::int64_t r = 0; r < rows; ++r) mine.width.set_row(r, stream + r * d);
  layer.up.run(
      mine.width, rows, mine.scratch,
      [&](std::int64_t r, float* row) {
        kernels::row_ops().gelu(row, config_.ffn);
        mine.hidden.set_row(r, row);
      },
      &w.rooms.wide);
  layer.down.run(mine.hidden, rows, mine.scratch, add_and_norm(layer.norm2), &w.rooms.back);
}

void TransformerHead::run_layer(const Layer& layer, std::int64_t frames, TransformerWorkspace& w,
                                kernels::Team& team) const {
  PerThread& mine = *w.per_thread[static_cast<std::size_t>(team.thread())];
  kernels::expand_weights(team, {{&layer.qkv, &w.rooms.wide}}, mine.scratch);
  share_blocks(team, frames, [&](std::int64_t first, std::int64_t rows) {
    for (std::int64_t r = 0; r < rows; ++r) mine.width.set_row(r, w.stream.data() + (first + r) * config_.width);
    layer.qkv.run(
        mine.width, rows, mine.scratch, [&](std::int64_t r, const float* row) { w.attention.set_row(first + r, row); },
        &w.rooms.wide);
  });
  w.attention.run(team, frames, config_.trajectory ? w.bias.data() : nullptr);
  kernels::expand_weights(
      team, {{&layer.out, &w.rooms.square}, {&layer.up, &w.rooms.wide}, {&layer.down, &w.rooms.back}}, mine.scratch);
  share_blocks(team, frames, [&](std::int64_t first, std::int64_t rows) { finish_block(layer, first, rows, w, mine); });
}

void TransformerHead::run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
                          Workspace& workspace) const {
  check(features, frames, logits);
  auto& w = dynamic_cast<TransformerWorkspace&>(workspace);
  const std::int64_t d = config_.width, out = output_frames(frames);
  const auto threads = static_cast<int>(w.per_thread.size());
  if (frames > w.max_frames) {
    throw Error(ErrorCategory::internal, "head: workspace", "at most " + std::to_string(w.max_frames) + " frames",
                std::to_string(frames));
  }
  front_.prepare(w.front, w.rooms, frames);
  for (const Layer& layer : layers_) {
    kernels::prepare_workspaces({{&layer.qkv, &w.rooms.wide},
                                 {&layer.up, &w.rooms.wide},
                                 {&layer.out, &w.rooms.square},
                                 {&layer.down, &w.rooms.back}});
  }
  kernels::run_team(threads, [&](kernels::Team& team) { embed(features, frames, w, team); });
  if (trajectory_) {
    const auto states = std::span(w.stream).first(static_cast<std::size_t>(out * d));
    trajectory_->compute(trajectory_scalars(states, d, w.trajectory, threads), w.bias, threads);
  }
  kernels::run_team(threads, [&](kernels::Team& team) {
    for (const Layer& layer : layers_) run_layer(layer, out, w, team);
    PerThread& mine = *w.per_thread[static_cast<std::size_t>(team.thread())];
    share_blocks(team, out, [&](std::int64_t first, std::int64_t rows) {
      for (std::int64_t r = 0; r < rows; ++r) {
        float* row = w.stream.data() + (first + r) * d;
        norm_.apply(row, row);
        mine.last.set_row(r, row);
      }
      output_.run(mine.last, rows, mine.scratch, [&](std::int64_t r, const float* row) {
        std::copy_n(row, config_.classes, logits.data() + (first + r) * config_.classes);
      });
    });
  });
}

}  // namespace

std::unique_ptr<Head> load_transformer_head(const tensor::WeightFile& file, const HeadConfig& config,
                                            Precision precision, int threads) {
  return std::make_unique<TransformerHead>(file, config, precision, threads);
}

}  // namespace seben::ctc
