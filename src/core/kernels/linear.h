// SPDX-License-Identifier: Apache-2.0
// y = x W^T + b on blocks of rows, with what follows (GELU, residual, the next product's input) done row by row while
// the block is in cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <tuple>
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
  /// The accumulator's memory for something else, grown to `bytes`.
  [[nodiscard]] void* room(std::size_t bytes);

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
  /// One object for all layers of a shape.
  [[nodiscard]] std::shared_ptr<const ExpandingGemm> expanding(GemmKind kind, std::int64_t n, std::int64_t k);

 private:
  Buffer buffer_;
  std::map<std::tuple<GemmKind, std::int64_t, std::int64_t>, std::shared_ptr<const ExpandingGemm>> expanding_;
};

/// Memory for one matrix that is expanded from codes before it is used, and for what belongs to its rows.
class Expanded {
 public:
  /// Grows to hold a matrix; what was in it is lost.
  void reserve(std::size_t packed_bytes, std::int64_t rows);

 private:
  friend class Linear;
  Buffer packed_;
  std::vector<float> channel_scale_;
  std::vector<std::int32_t> column_sum_;
};

/// How weights are packed.
struct Packing {
  Precision precision = Precision::f32;
  PackScratch* scratch = nullptr;  ///< nullptr: memory of its own
  /// Bytes that the rows take where they are stored; not 0: the rows are not packed now but read again for every use
  /// (Linear::expand), so the reader has to stay valid.
  std::size_t stored_bytes = 0;
  std::function<void()> release = {};  ///< lets the stored rows' pages go until they are read again
  int threads = 1;                     ///< that pack
};

/// Writes row `r` of a weight matrix, [in] floats; called from several threads at once.
using RowReader = std::function<void(std::int64_t r, std::span<float> row)>;

class Linear {
 public:
  Linear() = default;
  /// Packs the rows that `read` gives without a float copy of the whole matrix unless the precision is f32. `bias` is
  /// [out] or empty.
  Linear(const RowReader& read, std::span<const float> bias, std::int64_t out, std::int64_t in, const Packing& packing);
  /// `weight` is row-major [out, in], `bias` [out] or empty.
  Linear(std::span<const float> weight, std::span<const float> bias, std::int64_t out, std::int64_t in,
         Precision precision, int threads = 1);

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  [[nodiscard]] std::int64_t out() const noexcept { return out_; }
  /// Whether the weights stay compressed; then expand before run.
  [[nodiscard]] bool expands() const noexcept { return expanding_ != nullptr; }
  /// Makes room for this matrix.
  void prepare(Expanded& e) const;
  /// Reads and packs the rows of piece `piece` of pieces(), on the calling thread. The whole team shares the pieces.
  [[nodiscard]] std::int64_t pieces() const noexcept;
  void expand(std::int64_t piece, Expanded& e, LinearScratch& scratch) const;

  /// The stored rows are not wanted for a while: their pages need not stay resident. Reading them again is cheap as
  /// long as the system has them cached.
  void release_pages() const {
    if (release_) release_();
  }

  /// Bytes of packed or stored weights, scales and bias.
  [[nodiscard]] std::size_t bytes() const noexcept;

  /// Computes x W^T + b and calls `sink(r, row)` for every row in order; `row` is [out], may be changed in place, and
  /// is valid only during the call.
  /// `e` holds the expanded weights where expands().
  template <typename Sink>
  void run(const Operand& x, std::int64_t rows, LinearScratch& scratch, Sink&& sink,
           const Expanded* e = nullptr) const {
    multiply(x, rows, scratch, e);
    for (std::int64_t r = 0; r < rows; ++r) {
      finish_row(x, r, scratch, e);
      sink(r, scratch.row());
    }
  }

 private:
  void multiply(const Operand& x, std::int64_t rows, LinearScratch& scratch, const Expanded* e) const;
  void finish_row(const Operand& x, std::int64_t r, LinearScratch& scratch, const Expanded* e) const;
  void pack_f32(const RowReader& read, Buffer& rows, int threads);
  void pack_bf16(const RowReader& read, Buffer& half, int threads);
  void pack_s8(const RowReader& read, Buffer& codes, int threads);

  std::int64_t out_ = 0, in_ = 0;
  GemmKind kind_ = GemmKind::f32;
  std::vector<float> bias_;
  std::vector<float> channel_scale_;
  std::vector<std::int32_t> column_sum_;
  std::unique_ptr<Gemm> gemm_;
  std::shared_ptr<const ExpandingGemm> expanding_;
  RowReader read_;
  std::function<void()> release_;
  std::size_t stored_bytes_ = 0;
};

}  // namespace seben::kernels
