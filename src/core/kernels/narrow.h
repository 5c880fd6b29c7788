// SPDX-License-Identifier: Apache-2.0
// Products of a few rows with a large matrix, as a text decoder makes them token by token. There the time is that of
// reading the weights once: they lie row after row as they are, in 4, 2 or 1 bytes, and are widened to f32 in
// registers, or stay coded where they are stored and are restored a few rows at a time; activations stay f32 in every
// precision. kernels/linear is for many rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/linear.h"
#include "kernels/narrow_ops.h"
#include "kernels/precision.h"

namespace seben::kernels {

/// How the weights of a NarrowLinear lie in memory.
enum class NarrowForm : std::uint8_t {
  f32,
  bf16,
  f16,    ///< what f16 checkpoints hold, bit for bit
  s8,     ///< a scale for each row
  reader  ///< nowhere: rows are read again for every product, so the reader has to stay valid
};

/// f32, bf16 or s8.
[[nodiscard]] NarrowForm form_of(Precision precision) noexcept;

/// y = scale (x W^T + b). Immutable; any number of threads may run parts of it.
class NarrowLinear {
 public:
  NarrowLinear() = default;
  /// `bias` is [out] or empty. Error(bad_data) naming `name` for a weight that an f16 cannot hold. `stored_bytes` is
  /// what the rows take where they are read from, for bytes(); `threads` store the rows.
  NarrowLinear(RowReader read, std::span<const float> bias, std::int64_t out, std::int64_t in, NarrowForm form,
               float scale = 1.0F, const std::string& name = "weight", std::size_t stored_bytes = 0, int threads = 1);
  NarrowLinear(const RowReader& read, std::span<const float> bias, std::int64_t out, std::int64_t in,
               Precision precision, float scale = 1.0F)
      : NarrowLinear(read, bias, out, in, form_of(precision), scale) {}
  /// Of weights that lie in memory as the form wants them, f32, bf16 or f16, row after row: they stay where they are
  /// and have to stay valid.
  NarrowLinear(const void* stored, std::span<const float> bias, std::int64_t out, std::int64_t in, NarrowForm form,
               float scale);

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  [[nodiscard]] std::int64_t out() const noexcept { return out_; }
  [[nodiscard]] NarrowForm form() const noexcept { return form_; }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return weights_.size() + stored_bytes_ + 4 * (bias_.size() + row_scale_.size());
  }
  /// What run() takes as `room`; 0 unless the rows are read.
  [[nodiscard]] std::int64_t workspace_floats() const noexcept;

  /// Outputs first..first+count-1 of `rows` rows x [rows, in], on the calling thread: output o of row r is written to
  /// y[r * y_stride + o - first]. `room` is memory of this thread's.
  void run(const float* x, std::int64_t rows, std::int64_t first, std::int64_t count, float* y, std::int64_t y_stride,
           float* room = nullptr) const;

 private:
  void take_bias(std::span<const float> bias);
  [[nodiscard]] const void* weights() const noexcept { return stored_ != nullptr ? stored_ : weights_.data(); }
  void store(std::int64_t r, std::span<float> row, const std::string& name);
  void run_read(MatrixRows<float> x, std::int64_t first, std::int64_t count, float* y, std::int64_t y_stride,
                float* room) const;

  std::int64_t out_ = 0, in_ = 0;
  NarrowForm form_ = NarrowForm::f32;
  float scale_ = 1.0F;
  std::size_t stored_bytes_ = 0;
  Buffer weights_;
  const void* stored_ = nullptr;  // in their place
  RowReader read_;
  std::vector<float> bias_, row_scale_;
};

}  // namespace seben::kernels
