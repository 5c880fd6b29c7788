// SPDX-License-Identifier: Apache-2.0
// y = x W^T + b on blocks of rows, with what follows (GELU, residual, the next product's input) done row by row while
// the block is in cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/gemm.h"
#include "kernels/precision.h"
#include "kernels/row_ops.h"

namespace seben::kernels {

/// Rows of a block. 1500 = 12 * 125; a block of 125 rows and its products stay in the caches of one core.
inline constexpr std::int64_t kBlockRows = 250;

/// A block of rows in the form that a product of some precision takes. Made for one width and reused.
class Operand {
 public:
  Operand(Precision precision, std::int64_t max_rows, std::int64_t width);

  /// Codes row `r` from f32.
  void set_row(std::int64_t r, const float* row);
  [[nodiscard]] const void* data() const noexcept { return data_.data(); }
  [[nodiscard]] RowCode code(std::int64_t r) const noexcept { return codes_[static_cast<std::size_t>(r)]; }
  [[nodiscard]] GemmKind kind() const noexcept { return kind_; }

 private:
  GemmKind kind_;
  std::int64_t width_;
  Buffer data_;
  std::vector<RowCode> codes_;
};

/// The product kind that a precision means on this processor with this library (f32 where it has nothing better).
[[nodiscard]] GemmKind kind_of(Precision precision);

/// One caller's temporary memory for products up to `max_width` wide; one object a thread.
class LinearScratch {
 public:
  LinearScratch(std::int64_t max_rows, std::int64_t max_width);
  [[nodiscard]] void* accumulator() noexcept { return accumulator_.data(); }
  [[nodiscard]] float* row() noexcept { return row_.data(); }

 private:
  Buffer accumulator_;
  std::vector<float> row_;
};

/// Temporary memory of packing. Given to every Linear of a model in turn, its pages are touched once, not once a
/// matrix: clearing fresh pages would take longer than packing.
class PackScratch {
 public:
  /// At least `bytes`, uninitialised, valid until the next call.
  [[nodiscard]] Buffer& room(std::size_t bytes);

 private:
  Buffer buffer_;
};

/// How weights are packed.
struct Packing {
  Precision precision = Precision::f32;
  PackScratch* scratch = nullptr;  ///< nullptr: memory of its own
};

/// Writes row `r` of a weight matrix, [in] floats; called from several threads at once.
using RowReader = std::function<void(std::int64_t r, std::span<float> row)>;

class Linear {
 public:
  Linear() = default;
  /// Packs the rows that `read` gives, on the calling thread's OpenMP threads, without a float copy of the whole matrix
  /// unless the precision is f32. `bias` is [out] or empty.
  Linear(const RowReader& read, std::span<const float> bias, std::int64_t out, std::int64_t in, const Packing& packing);
  /// `weight` is row-major [out, in], `bias` [out] or empty.
  Linear(std::span<const float> weight, std::span<const float> bias, std::int64_t out, std::int64_t in,
         Precision precision);

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  [[nodiscard]] std::int64_t out() const noexcept { return out_; }
  /// Bytes of packed weights, scales and bias.
  [[nodiscard]] std::size_t bytes() const noexcept;

  /// Computes x W^T + b and calls `sink(r, row)` for every row in order; `row` is [out], may be changed in place, and
  /// is valid only during the call.
  template <typename Sink>
  void run(const Operand& x, std::int64_t rows, LinearScratch& scratch, Sink&& sink) const {
    multiply(x, rows, scratch);
    for (std::int64_t r = 0; r < rows; ++r) {
      finish_row(x, r, scratch);
      sink(r, scratch.row());
    }
  }

 private:
  void multiply(const Operand& x, std::int64_t rows, LinearScratch& scratch) const;
  void finish_row(const Operand& x, std::int64_t r, LinearScratch& scratch) const;
  void pack_f32(const RowReader& read, Buffer& rows);
  void pack_bf16(const RowReader& read, Buffer& half);
  void pack_s8(const RowReader& read, Buffer& codes);

  std::int64_t out_ = 0, in_ = 0;
  GemmKind kind_ = GemmKind::f32;
  std::vector<float> bias_;
  std::vector<float> channel_scale_;
  std::vector<std::int32_t> column_sum_;
  std::unique_ptr<Gemm> gemm_;
};

}  // namespace seben::kernels
