// SPDX-License-Identifier: Apache-2.0
// The BiLSTM head: Linear without activation, bidirectional LSTM layers (Hochreiter and Schmidhuber 1997; PyTorch's
// gate order i, f, g, o), Linear. It does not shorten time itself: its features were subsampled by the extractor.
#include <algorithm>
#include <cmath>

#include "ctc/head_kinds.h"
#include "ctc/head_tensors.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

using kernels::kBlockRows;
using kernels::Linear;
using kernels::Precision;

struct Direction {
  Linear input;                  ///< W_ih x + b_ih + b_hh for a whole sequence at once, [T, 4 cells]
  std::vector<float> recurrent;  ///< W_hh [4 cells, cells]
};

struct BilstmLayer {
  Direction forward, backward;
};

class BilstmWorkspace final : public Head::Workspace {
 public:
  BilstmWorkspace(std::int64_t frames, std::int64_t width, std::int64_t gates, int thread_count)
      : sequence(static_cast<std::size_t>(frames * width)), next(sequence.size()), threads(thread_count) {
    for (auto& g : gate) g.resize(static_cast<std::size_t>(frames * gates));
  }
  std::vector<float> sequence, next;
  std::vector<float> gate[2];
  int threads;
};

float sigmoid(float x) { return 1.0F / (1.0F + std::exp(-x)); }

// y[rows, out] = x[rows, in] W^T + b
void apply(const Linear& linear, const float* x, std::int64_t rows, float* y) {
  kernels::Operand operand(Precision::f32, kBlockRows, linear.in());
  kernels::LinearScratch scratch(kBlockRows, linear.out());
  for (std::int64_t first = 0; first < rows; first += kBlockRows) {
    const std::int64_t count = std::min(kBlockRows, rows - first);
    for (std::int64_t r = 0; r < count; ++r) operand.set_row(r, x + (first + r) * linear.in());
    linear.run(operand, count, scratch, [&](std::int64_t r, const float* row) {
      std::copy_n(row, linear.out(), y + (first + r) * linear.out());
    });
  }
}

// One direction over time; gates [T, 4 cells] hold the input's part. Writes out[t * stride .. + cells].
void recur(const Direction& d, const float* gates, std::int64_t frames, std::int64_t cells, bool reversed, float* out) {
  const std::int64_t stride = 2 * cells;
  std::vector<float> state(static_cast<std::size_t>(cells), 0.0F), hidden(state),
      sums(static_cast<std::size_t>(4 * cells));
  for (std::int64_t step = 0; step < frames; ++step) {
    const std::int64_t t = reversed ? frames - 1 - step : step;
    for (std::int64_t g = 0; g < 4 * cells; ++g) {
      const float* w = d.recurrent.data() + g * cells;
      float lanes[16] = {};
      std::int64_t i = 0;
      for (; i + 16 <= cells; i += 16) {
        for (std::int64_t lane = 0; lane < 16; ++lane)
          lanes[lane] += w[i + lane] * hidden[static_cast<std::size_t>(i + lane)];
      }
      float total = gates[t * 4 * cells + g];
      for (const float lane : lanes) total += lane;
      for (; i < cells; ++i) total += w[i] * hidden[static_cast<std::size_t>(i)];
      sums[static_cast<std::size_t>(g)] = total;
    }
    for (std::int64_t c = 0; c < cells; ++c) {
      const auto at = static_cast<std::size_t>(c), n = static_cast<std::size_t>(cells);
      state[at] = sigmoid(sums[n + at]) * state[at] + sigmoid(sums[at]) * std::tanh(sums[2 * n + at]);
      hidden[at] = sigmoid(sums[3 * n + at]) * std::tanh(state[at]);
      out[t * stride + c] = hidden[at];
    }
  }
}

class BilstmHead final : public Head {
 public:
  BilstmHead(const tensor::WeightFile& file, const HeadConfig& c) : config_(c) {
    HeadTensors tensors(file);
    cells_ = file.require("encoder.weight_hh_l0").shape.at(1);
    if (c.width > 65536 || cells_ > 65536) {
      throw Error(ErrorCategory::bad_data, file.source() + ": encoder.weight_hh_l0", "at most 65536 cells",
                  std::to_string(cells_));
    }
    input_ = tensors.linear("input_proj.weight", "input_proj.bias", c.width, c.input_dim, Precision::f32);
    for (std::int64_t i = 0; i < c.layers; ++i) {
      const std::int64_t in = i == 0 ? c.width : 2 * cells_;
      const std::string suffix = "_l" + std::to_string(i);
      layers_.push_back({load(tensors, suffix, in), load(tensors, suffix + "_reverse", in)});
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
    return std::make_unique<BilstmWorkspace>(max_frames, std::max(config_.width, 2 * cells_), 4 * cells_, threads);
  }
  void run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
           Workspace& workspace) const override;

 private:
  Direction load(HeadTensors& tensors, const std::string& suffix, std::int64_t in) const {
    const std::vector<float> weight = tensors.take("encoder.weight_ih" + suffix, {4 * cells_, in});
    std::vector<float> bias = tensors.take("encoder.bias_ih" + suffix, {4 * cells_});
    const std::vector<float> second = tensors.take("encoder.bias_hh" + suffix, {4 * cells_});
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += second[i];
    return {Linear(weight, bias, 4 * cells_, in, Precision::f32),
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
  apply(input_, features.data(), frames, w.sequence.data());
  for (const BilstmLayer& layer : layers_) {
    kernels::parallel_for(std::min(w.threads, 2), 2, [&](std::int64_t side) {
      const Direction& d = side == 0 ? layer.forward : layer.backward;
      float* gates = w.gate[side].data();
      apply(d.input, w.sequence.data(), frames, gates);
      recur(d, gates, frames, cells_, side == 1, w.next.data() + side * cells_);
    });
    std::swap(w.sequence, w.next);
  }
  apply(output_, w.sequence.data(), frames, logits.data());
}

}  // namespace

std::unique_ptr<Head> load_bilstm_head(const tensor::WeightFile& file, const HeadConfig& config) {
  return std::make_unique<BilstmHead>(file, config);
}

}  // namespace seben::ctc
