// SPDX-License-Identifier: Apache-2.0
// The memory that one window needs on its way through the encoder, made once and reused.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/expand.h"
#include "kernels/linear.h"
#include "kernels/multi_head.h"
#include "model/whisper/config.h"

namespace seben::whisper {

/// What the products of an encoder's layer take: q, k and v the first.
enum class EncoderInput : std::uint8_t { attention, attention_out, fc1, fc2 };
/// Sees every row of time before it is multiplied; called by several threads, for each row once.
using EncoderObserver = std::function<void(EncoderInput input, std::int64_t row, const float* values)>;

/// Temporary memory of one thread.
struct ThreadWorkspace {
  ThreadWorkspace(const EncoderConfig& config, kernels::Precision precision);

  kernels::Operand conv1, conv2, width, hidden;
  kernels::LinearScratch scratch;
  std::vector<float> row;  ///< one row, as wide as the widest input of a product
};

/// Memory of one window in flight. Two windows may run at the same time on two workspaces of one encoder.
class EncoderWorkspace {
 public:
  EncoderWorkspace(const EncoderConfig& config, kernels::Precision precision, int threads);

  [[nodiscard]] int threads() const noexcept { return static_cast<int>(thread_.size()); }
  [[nodiscard]] ThreadWorkspace& of(int thread) { return *thread_[static_cast<std::size_t>(thread)]; }

  // In rows of time; the first two with one row of zeros before and behind, which is the convolutions' padding.
  kernels::Buffer mel_rows;    ///< f32 [2 T + 2, n_mels]
  kernels::Buffer conv1_rows;  ///< f32 [2 T + 2, d_model]
  kernels::Buffer stream;      ///< f32 [T, d_model], the residual stream
  kernels::MultiHead attention;

  EncoderObserver observer;  ///< of who measures; empty otherwise

  kernels::LayerWorkspaces expanded;  ///< the matrices of one layer whose weights are stored as codes

 private:
  std::vector<std::unique_ptr<ThreadWorkspace>> thread_;
};

}  // namespace seben::whisper
