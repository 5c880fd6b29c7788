// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/workspace.h"

#include <algorithm>
#include <cstring>

namespace seben::whisper {
namespace {

using kernels::Precision;

std::size_t floats(std::int64_t rows, std::int64_t width) {
  return static_cast<std::size_t>(rows) * static_cast<std::size_t>(width) * sizeof(float);
}

// The first convolution is 0.1 % of the work and sees the raw mel: it stays in f32. The second is never int8, because
// its input has no per-row structure that a row scale could follow.
Precision second_conv(Precision precision) { return precision == Precision::int8 ? Precision::bf16 : precision; }

}  // namespace

ThreadWorkspace::ThreadWorkspace(const EncoderConfig& c, Precision precision)
    : conv1(Precision::f32, kernels::kBlockRows, 3 * c.n_mels),
      conv2(second_conv(precision), kernels::kBlockRows, 3 * c.d_model),
      width(precision, kernels::kBlockRows, c.d_model),
      hidden(precision, kernels::kBlockRows, c.ffn),
      scratch(kernels::kBlockRows, std::max(3 * c.d_model, c.ffn)),
      row(static_cast<std::size_t>(std::max({3 * c.d_model, 3 * c.n_mels, c.ffn}))) {}

EncoderWorkspace::EncoderWorkspace(const EncoderConfig& c, Precision precision, int threads)
    : mel_rows(floats(c.mel_frames() + 2, c.n_mels)),
      conv1_rows(floats(c.mel_frames() + 2, c.d_model)),
      stream(floats(c.positions, c.d_model)),
      attention(c.positions, c.d_model, c.heads, precision, threads) {
  for (int i = 0; i < threads; ++i) {
    thread_.push_back(std::make_unique<ThreadWorkspace>(c, precision));
  }
  std::memset(mel_rows.data(), 0, mel_rows.size());
  std::memset(conv1_rows.data(), 0, conv1_rows.size());
}

}  // namespace seben::whisper
