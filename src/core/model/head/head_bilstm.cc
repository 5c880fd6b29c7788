// SPDX-License-Identifier: Apache-2.0
// The BiLSTM head: Linear without activation, bidirectional LSTM layers (Hochreiter and Schmidhuber 1997; PyTorch's
// gate order i, f, g, o), Linear. It does not shorten time itself: its features were subsampled by the extractor.
#include <algorithm>
#include <cmath>

#include "kernels/threads.h"
#include "model/head/head_kinds.h"
#include "model/head/head_tensors.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

using kernels::kBlockRows;
using kernels::Linear;
using kernels::Precision;

constexpr std::int64_t kMaxCells = 16384;

struct Direction {
  Linear input;                  ///< W_ih x + b_ih + b_hh for a whole sequence at once, [T, 4 cells]
  std::vector<float> recurrent;  ///< W_hh [4 cells, cells]
};

struct BilstmLayer {
  Direction forward, backward;
};

struct Sizes {
  std::int64_t features, width, cells, classes;
};

// What one direction of one layer needs while it runs.
struct Side {
  Side(std::int64_t frames, const Sizes& s)
      : features(Precision::f32, kBlockRows, s.features),
        width(Precision::f32, kBlockRows, s.width),
        both(Precision::f32, kBlockRows, 2 * s.cells),
        scratch(kBlockRows, std::max({s.width, 4 * s.cells, s.classes})),
        gates(static_cast<std::size_t>(frames * 4 * s.cells)),
        sums(static_cast<std::size_t>(4 * s.cells)),
        state(static_cast<std::size_t>(s.cells)),
        hidden(static_cast<std::size_t>(s.cells)) {}

  kernels::Operand features, width, both;  ///< rows of features, of the projection, of both directions' outputs
  kernels::LinearScratch scratch;
  std::vector<float> gates;  ///< [T, 4 cells], the input's part of the gates
  std::vector<float> sums;   ///< [4 cells]
  std::vector<float> state, hidden;
};

class BilstmWorkspace final : public Head::Workspace {
 public:
  BilstmWorkspace(std::int64_t max_frames, const Sizes& s, int thread_count)
      : sequence(static_cast<std::size_t>(max_frames * std::max(s.width, 2 * s.cells))),
        next(sequence.size()),
        frames(max_frames),
        threads(thread_count) {
    for (auto& side : sides) side = std::make_unique<Side>(max_frames, s);
  }
  std::vector<float> sequence, next;
  std::unique_ptr<Side> sides[2];
  std::int64_t frames;
  int threads;
};

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

// y[rows, out] = x[rows, in] W^T + b
void apply(const Linear& linear, const float* x, std::int64_t rows, kernels::Operand& operand,
           kernels::LinearScratch& scratch, float* y) {
  for (std::int64_t first = 0; first < rows; first += kBlockRows) {
    const std::int64_t count = std::min(kBlockRows, rows - first);
    for (std::int64_t r = 0; r < count; ++r) operand.set_row(r, x + (first + r) * linear.in());
    linear.run(operand, count, scratch, [&](std::int64_t r, const float* row) {
      std::copy_n(row, linear.out(), y + (first + r) * linear.out());
    });
  }
}

// sum_i a[i] b[i], in lanes that a compiler can keep in vector registers.
float dot(const float* a, const float* b, std::int64_t n) {
  float lanes[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::int64_t lane = 0; lane < 16; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  float total = 0.0F;
  for (; i < n; ++i) total += a[i] * b[i];
  for (const float lane : lanes) total += lane;
  return total;
}

// One direction over time; side.gates hold the input's part. Writes out[t * 2 cells .. + cells].
void recur(const Direction& d, Side& side, std::int64_t frames, bool reversed, float* out) {
  const auto cells = static_cast<std::int64_t>(side.state.size());
  std::ranges::fill(side.state, 0.0F);
  std::ranges::fill(side.hidden, 0.0F);
  const float *input = side.sums.data(), *forget = input + cells, *fresh = forget + cells, *open = fresh + cells;
  for (std::int64_t step = 0; step < frames; ++step) {
    const std::int64_t t = reversed ? frames - 1 - step : step;
    for (std::int64_t g = 0; g < 4 * cells; ++g) {
      const auto at = static_cast<std::size_t>(g);
      side.sums[at] = side.gates[static_cast<std::size_t>(t * 4 * cells + g)] +
                      dot(d.recurrent.data() + g * cells, side.hidden.data(), cells);
    }
    for (std::int64_t c = 0; c < cells; ++c) {
      const auto at = static_cast<std::size_t>(c);
      side.state[at] = sigmoid(forget[c]) * side.state[at] + sigmoid(input[c]) * std::tanh(fresh[c]);
      side.hidden[at] = sigmoid(open[c]) * std::tanh(side.state[at]);
    }
    std::ranges::copy(side.hidden, out + t * 2 * cells);
  }
}

class BilstmHead final : public Head {
 public:
  BilstmHead(const tensor::WeightFile& file, const HeadConfig& c, int threads) : config_(c) {
    HeadTensors tensors(file, threads);
    const tensor::TensorView& recurrent = file.require("encoder.weight_hh_l0");
    cells_ = recurrent.shape.size() == 2 ? recurrent.shape[1] : 0;
    if (cells_ < 1 || cells_ > kMaxCells) {
      throw Error(ErrorCategory::bad_data, file.source() + ": encoder.weight_hh_l0",
                  "[4 n, n] with n of 1.." + std::to_string(kMaxCells), tensor::to_string(recurrent.shape));
    }
    // A recurrent head is small: codes are restored once, on loading.
    input_ = Linear(tensors.take("input_proj.weight", {c.width, c.input_dim}),
                    tensors.take("input_proj.bias", {c.width}), c.width, c.input_dim, Precision::f32, threads);
    for (std::int64_t i = 0; i < c.layers; ++i) {
      const std::int64_t in = i == 0 ? c.width : 2 * cells_;
      const std::string suffix = "_l" + std::to_string(i);
      layers_.push_back({load(tensors, suffix, in, threads), load(tensors, suffix + "_reverse", in, threads)});
    }
    output_ = tensors.linear("output_proj.weight", "output_proj.bias", c.classes, 2 * cells_, Precision::f32);
    tensors.require_all_taken();
  }

  [[nodiscard]] const HeadConfig& config() const noexcept override { return config_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept override {
    std::size_t bytes = input_.bytes() + output_.bytes();
    for (const BilstmLayer& l : layers_) {
      for (const Direction* d : {&l.forward, &l.backward})
        bytes += d->input.bytes() + d->recurrent.size() * sizeof(float);
    }
    return bytes;
  }
  [[nodiscard]] std::unique_ptr<Workspace> make_workspace(std::int64_t max_frames, int threads) const override {
    const Sizes sizes{config_.input_dim, config_.width, cells_, config_.classes};
    return std::make_unique<BilstmWorkspace>(max_frames, sizes, threads);
  }
  void run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
           Workspace& workspace) const override;

 private:
  Direction load(HeadTensors& tensors, const std::string& suffix, std::int64_t in, int threads) const {
    const std::vector<float> weight = tensors.take("encoder.weight_ih" + suffix, {4 * cells_, in});
    std::vector<float> bias = tensors.take("encoder.bias_ih" + suffix, {4 * cells_});
    const std::vector<float> second = tensors.take("encoder.bias_hh" + suffix, {4 * cells_});
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += second[i];
    return {Linear(weight, bias, 4 * cells_, in, Precision::f32, threads),
            tensors.take("encoder.weight_hh" + suffix, {4 * cells_, cells_})};
  }

  HeadConfig config_;
  std::int64_t cells_ = 0;
  Linear input_, output_;
  std::vector<BilstmLayer> layers_;
};

void BilstmHead::run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
                     Workspace& workspace) const {
  if (frames < 1 || features.size() != static_cast<std::size_t>(frames * config_.input_dim) ||
      logits.size() != static_cast<std::size_t>(frames * config_.classes)) {
    throw Error(ErrorCategory::internal, "head", "[frames, " + std::to_string(config_.input_dim) + "] features",
                std::to_string(features.size()) + " values for " + std::to_string(frames) + " frames");
  }
  auto& w = dynamic_cast<BilstmWorkspace&>(workspace);
  if (frames > w.frames) {
    throw Error(ErrorCategory::internal, "head: workspace", "at most " + std::to_string(w.frames) + " frames",
                std::to_string(frames));
  }
  Side& first = *w.sides[0];
  apply(input_, features.data(), frames, first.features, first.scratch, w.sequence.data());
  for (const BilstmLayer& layer : layers_) {
    kernels::parallel_for(std::min(w.threads, 2), 2, [&](std::int64_t index) {
      Side& side = *w.sides[index];
      const Direction& d = index == 0 ? layer.forward : layer.backward;
      kernels::Operand& operand = &layer == &layers_.front() ? side.width : side.both;
      apply(d.input, w.sequence.data(), frames, operand, side.scratch, side.gates.data());
      recur(d, side, frames, index == 1, w.next.data() + index * cells_);
    });
    std::swap(w.sequence, w.next);
  }
  apply(output_, w.sequence.data(), frames, first.both, first.scratch, logits.data());
}

}  // namespace

std::unique_ptr<Head> load_bilstm_head(const tensor::WeightFile& file, const HeadConfig& config, int threads) {
  return std::make_unique<BilstmHead>(file, config, threads);
}

}  // namespace seben::ctc
