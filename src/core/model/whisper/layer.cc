// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/layer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "kernels/expand.h"
#include "kernels/threads.h"

namespace seben::whisper {
namespace {

using kernels::kBlockRows;
using kernels::Linear;

std::vector<float> take(const tensor::WeightFile& file, const std::string& name, const tensor::Shape& shape) {
  const tensor::TensorView& view = file.require(name, shape);
  std::vector<float> values = tensor::to_float(view);
  file.release(view);
  return values;
}

// Weights that are stored as codes stay so, and are expanded for every use.
kernels::Packing packing_of(const tensor::WeightFile& file, kernels::Packing packing,
                            std::span<const tensor::TensorView* const> parts) {
  std::vector<const tensor::TensorView*> coded;
  for (const tensor::TensorView* part : parts) {
    if (part->coded == nullptr) continue;
    part->coded->check();
    packing.stored_bytes += part->bytes();
    coded.push_back(part);
  }
  if (coded.empty()) return packing;
  packing.release = [&file, coded] {
    for (const tensor::TensorView* part : coded) file.release(*part);
  };
  return packing;
}

Linear load_linear(const tensor::WeightFile& file, const std::string& name, std::int64_t out, std::int64_t in,
                   const kernels::Packing& packing) {
  const tensor::TensorView* weight = &file.require(name + ".weight", {out, in});
  Linear linear([weight](std::int64_t r, std::span<float> row) { tensor::read_row(*weight, r, row); },
                take(file, name + ".bias", {out}), out, in, packing_of(file, packing, {&weight, 1}));
  if (!linear.expands()) file.release(*weight);
  return linear;
}

// q, k and v stacked into one product; Whisper scales q by 1 / sqrt(head_dim), and k has no bias.
Linear load_qkv(const tensor::WeightFile& file, const std::string& prefix, const EncoderConfig& c,
                const kernels::Packing& packing) {
  const std::int64_t d = c.d_model;
  const std::array<const tensor::TensorView*, 3> parts{&file.require(prefix + "q_proj.weight", {d, d}),
                                                       &file.require(prefix + "k_proj.weight", {d, d}),
                                                       &file.require(prefix + "v_proj.weight", {d, d})};
  const float scale = 1.0F / std::sqrt(static_cast<float>(c.head_dim()));
  const auto scaled = [scale](std::span<float> values) {
    for (float& value : values) value *= scale;
  };
  std::vector<float> bias = take(file, prefix + "q_proj.bias", {d});
  scaled(bias);
  bias.resize(static_cast<std::size_t>(2 * d), 0.0F);
  std::ranges::copy(take(file, prefix + "v_proj.bias", {d}), std::back_inserter(bias));
  Linear linear(
      [parts, d, scaled](std::int64_t r, std::span<float> row) {
        tensor::read_row(*parts[static_cast<std::size_t>(r / d)], r % d, row);
        if (r < d) scaled(row);
      },
      bias, 3 * d, d, packing_of(file, packing, parts));
  if (linear.expands()) return linear;
  for (const tensor::TensorView* part : parts) file.release(*part);
  return linear;
}

std::int64_t rows_of(std::int64_t block, std::int64_t total) {
  return std::min(kBlockRows, total - block * kBlockRows);
}

}  // namespace

Norm load_norm(const tensor::WeightFile& file, const std::string& name, std::int64_t n) {
  return {take(file, name + ".weight", {n}), take(file, name + ".bias", {n})};
}

EncoderLayer::EncoderLayer(const tensor::WeightFile& file, const std::string& prefix, const EncoderConfig& c,
                           const kernels::Packing& packing)
    : attention_norm_(load_norm(file, prefix + "self_attn_layer_norm", c.d_model)),
      feed_norm_(load_norm(file, prefix + "final_layer_norm", c.d_model)),
      qkv_(load_qkv(file, prefix + "self_attn.", c, packing)),
      out_(load_linear(file, prefix + "self_attn.out_proj", c.d_model, c.d_model, packing)),
      fc1_(load_linear(file, prefix + "fc1", c.ffn, c.d_model, packing)),
      fc2_(load_linear(file, prefix + "fc2", c.d_model, c.ffn, packing)) {}

std::size_t EncoderLayer::bytes() const noexcept {
  return qkv_.bytes() + out_.bytes() + fc1_.bytes() + fc2_.bytes() + 16 * attention_norm_.gamma.size();
}

void EncoderLayer::project_block(const EncoderConfig& c, EncoderWorkspace& w, ThreadWorkspace& mine,
                                 std::int64_t block) const {
  const std::int64_t first = block * kBlockRows, rows = rows_of(block, c.positions);
  for (std::int64_t r = 0; r < rows; ++r) {
    attention_norm_.apply(w.stream.as<float>() + (first + r) * c.d_model, mine.row.data());
    if (w.observer) w.observer(EncoderInput::attention, first + r, mine.row.data());
    mine.width.set_row(r, mine.row.data());
  }
  qkv_.run(
      mine.width, rows, mine.scratch, [&](std::int64_t r, const float* row) { w.attention.set_row(first + r, row); },
      &w.expanded.wide);
}

void EncoderLayer::finish_block(const EncoderConfig& c, EncoderWorkspace& w, ThreadWorkspace& mine,
                                std::int64_t block) const {
  const std::int64_t first = block * kBlockRows, rows = rows_of(block, c.positions);
  float* stream = w.stream.as<float>() + first * c.d_model;
  const auto add_to_stream = [&](std::int64_t r, const float* row) {
    kernels::row_ops().add(row, c.d_model, stream + r * c.d_model);
  };
  for (std::int64_t r = 0; r < rows; ++r) {
    if (w.observer) w.observer(EncoderInput::attention_out, first + r, w.attention.mixed(first + r));
    mine.width.set_row(r, w.attention.mixed(first + r));
  }
  out_.run(mine.width, rows, mine.scratch, add_to_stream, &w.expanded.square);
  for (std::int64_t r = 0; r < rows; ++r) {
    feed_norm_.apply(stream + r * c.d_model, mine.row.data());
    if (w.observer) w.observer(EncoderInput::fc1, first + r, mine.row.data());
    mine.width.set_row(r, mine.row.data());
  }
  fc1_.run(
      mine.width, rows, mine.scratch,
      [&](std::int64_t r, float* row) {
        kernels::row_ops().gelu(row, c.ffn);
        if (w.observer) w.observer(EncoderInput::fc2, first + r, row);
        mine.hidden.set_row(r, row);
      },
      &w.expanded.wide);
  fc2_.run(mine.hidden, rows, mine.scratch, add_to_stream, &w.expanded.back);
}

void EncoderLayer::run(const EncoderConfig& c, EncoderWorkspace& w) const {
  const std::int64_t blocks = (c.positions + kBlockRows - 1) / kBlockRows;
  kernels::Expanded &wide = w.expanded.wide, &square = w.expanded.square, &back = w.expanded.back;
  kernels::prepare_workspaces({{&qkv_, &wide}, {&fc1_, &wide}, {&out_, &square}, {&fc2_, &back}});
  kernels::run_team(w.threads(), [&](kernels::Team& team) {
    ThreadWorkspace& mine = w.of(team.thread());
    kernels::expand_weights(team, {{&qkv_, &wide}}, mine.scratch);
    team.share(blocks, [&](std::int64_t block) { project_block(c, w, mine, block); });
    w.attention.run(team, c.positions);
    kernels::expand_weights(team, {{&out_, &square}, {&fc1_, &wide}, {&fc2_, &back}}, mine.scratch);
    team.share(blocks, [&](std::int64_t block) { finish_block(c, w, mine, block); });
  });
  for (const Linear* linear : {&qkv_, &out_, &fc1_, &fc2_}) linear->release_pages();
}

}  // namespace seben::whisper
