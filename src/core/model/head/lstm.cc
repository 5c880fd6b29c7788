// SPDX-License-Identifier: Apache-2.0
#include "model/head/lstm.h"

#include <algorithm>

#include "kernels/lstm.h"
#include "model/head/share_blocks.h"

namespace seben::ctc {

using kernels::kBlockRows;
using kernels::Precision;

Lstm::Shared::Shared(const Lstm& lstm, std::int64_t max_frames) {
  const auto frames = static_cast<std::size_t>(max_frames), cells = static_cast<std::size_t>(lstm.cells_);
  for (auto& rows : sequence_) rows.resize(frames * std::max(static_cast<std::size_t>(lstm.width_), 2 * cells));
  for (auto& rows : gates_) rows.resize(frames * 4 * cells);
  for (auto& row : state_) row.resize(cells);
}

Lstm::Mine::Mine(const Lstm& lstm)
    : first(Precision::f32, kBlockRows, lstm.width_), later(Precision::f32, kBlockRows, 2 * lstm.cells_) {}

Lstm::Lstm(HeadTensors& tensors, std::int64_t width, std::int64_t cells, std::int64_t layers)
    : width_(width), cells_(cells), silence_(static_cast<std::size_t>(cells), 0.0F) {
  for (std::int64_t i = 0; i < layers; ++i) {
    const std::string suffix = "_l" + std::to_string(i);
    const std::int64_t in = i == 0 ? width : 2 * cells;
    layers_.push_back({{load(tensors, suffix, in), load(tensors, suffix + "_reverse", in)}});
  }
}

Lstm::Direction Lstm::load(HeadTensors& tensors, const std::string& suffix, std::int64_t in) const {
  std::vector<float> bias = tensors.take("encoder.bias_ih" + suffix, {4 * cells_});
  const std::vector<float> second = tensors.take("encoder.bias_hh" + suffix, {4 * cells_});
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += second[i];
  const kernels::LstmOps& ops = kernels::lstm_ops();
  Direction d;
  d.input = tensors.restored("encoder.weight_ih" + suffix, {4 * cells_, in}, bias);
  d.recurrent.resize(static_cast<std::size_t>(ops.packed_floats(cells_)));
  ops.pack(tensors.take("encoder.weight_hh" + suffix, {4 * cells_, cells_}).data(), cells_, d.recurrent.data());
  return d;
}

std::size_t Lstm::bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Layer& layer : layers_) {
    for (const Direction& d : layer.directions) bytes += d.input.bytes() + d.recurrent.size() * sizeof(float);
  }
  return bytes;
}

// One direction over time. Writes out[t * 2 cells .. + cells].
void Lstm::recur(const Direction& d, bool reversed, std::int64_t frames, const float* gates, float* state,
                 float* out) const {
  const kernels::LstmOps& ops = kernels::lstm_ops();
  std::fill_n(state, cells_, 0.0F);
  const float* before = silence_.data();
  for (std::int64_t step = 0; step < frames; ++step) {
    const std::int64_t t = reversed ? frames - 1 - step : step;
    float* hidden = out + t * 2 * cells_;
    ops.step(d.recurrent.data(), cells_, gates + t * 4 * cells_, before, state, hidden);
    before = hidden;
  }
}

const float* Lstm::run(kernels::Team& team, std::int64_t frames, Shared& shared, Mine& mine,
                       kernels::LinearScratch& scratch) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const float* from = shared.sequence_[i % 2].data();
    float* to = shared.sequence_[(i + 1) % 2].data();
    const std::int64_t in = i == 0 ? width_ : 2 * cells_, blocks = blocks_of(frames);
    kernels::Operand& operand = i == 0 ? mine.first : mine.later;
    team.share(2 * blocks, [&](std::int64_t index) {
      const auto side = static_cast<std::size_t>(index / blocks);
      const std::int64_t first = index % blocks * kBlockRows, rows = std::min(kBlockRows, frames - first);
      for (std::int64_t r = 0; r < rows; ++r) operand.set_row(r, from + (first + r) * in);
      float* gates = shared.gates_[side].data() + first * 4 * cells_;
      layers_[i].directions[side].input.run(operand, rows, scratch, [&](std::int64_t r, const float* row) {
        std::copy_n(row, 4 * cells_, gates + r * 4 * cells_);
      });
    });
    team.share(2, [&](std::int64_t index) {
      const auto side = static_cast<std::size_t>(index);
      recur(layers_[i].directions[side], side == 1, frames, shared.gates_[side].data(), shared.state_[side].data(),
            to + index * cells_);
    });
  }
  return shared.sequence_[layers_.size() % 2].data();
}

}  // namespace seben::ctc
