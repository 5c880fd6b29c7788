// SPDX-License-Identifier: Apache-2.0
// Bidirectional LSTM layers over a whole window (Hochreiter and Schmidhuber 1997; PyTorch's names and gate order
// i, f, g, o). Always f32: steps depend on each other, and what they lose adds up.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/linear.h"
#include "kernels/threads.h"
#include "model/head/head_tensors.h"

namespace seben::ctc {

class Lstm {
 public:
  /// What all threads share, for up to `max_frames` frames.
  class Shared {
   public:
    Shared(const Lstm& lstm, std::int64_t max_frames);
    /// Where the input goes: [frames, width of the input].
    [[nodiscard]] float* input() noexcept { return sequence_[0].data(); }

   private:
    friend class Lstm;
    std::vector<float> sequence_[2];  ///< what goes into a layer and what comes out, by turns
    std::vector<float> gates_[2];     ///< by direction: [frames, 4 cells], the input's part of the gates
    std::vector<float> state_[2];
  };
  /// What each thread has to itself.
  struct Mine {
    explicit Mine(const Lstm& lstm);
    kernels::Operand first, later;  ///< rows of the first layer's input and of the others'
  };

  Lstm() = default;
  /// Layers "encoder.weight_ih_l0", … over rows of `width`. Codes are restored once, here: a head is small.
  Lstm(HeadTensors& tensors, std::int64_t width, std::int64_t cells, std::int64_t layers);

  [[nodiscard]] std::int64_t cells() const noexcept { return cells_; }
  [[nodiscard]] std::int64_t scratch_width() const noexcept { return 4 * cells_; }
  [[nodiscard]] std::size_t bytes() const noexcept;
  /// Called by every thread of the team, once `shared.input()` is written; the output [frames, 2 cells], forward before
  /// backward, is valid until the workspace is used again.
  const float* run(kernels::Team& team, std::int64_t frames, Shared& shared, Mine& mine,
                   kernels::LinearScratch& scratch) const;

 private:
  struct Direction {
    kernels::Linear input;         ///< W_ih x + b_ih + b_hh, [4 cells]
    std::vector<float> recurrent;  ///< W_hh, packed for kernels::lstm_ops
  };
  struct Layer {
    Direction directions[2];  ///< forward, backward
  };
  [[nodiscard]] Direction load(HeadTensors& tensors, const std::string& suffix, std::int64_t in) const;
  void recur(const Direction& d, bool reversed, std::int64_t frames, const float* gates, float* state,
             float* out) const;

  std::int64_t width_ = 0, cells_ = 0;
  std::vector<Layer> layers_;
  std::vector<float> silence_;  ///< [cells] zeros: the output before the first step
};

}  // namespace seben::ctc
