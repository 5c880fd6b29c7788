// SPDX-License-Identifier: Apache-2.0
// The one adapter between Seben and the library that multiplies matrices (CMake option SEBEN_GEMM). A product is
// accumulator[rows, n] = x[rows, k] * W[n, k]^T with the weights packed once in the library's own layout. A call runs
// on the calling thread only: parallelism is over blocks of rows, above this interface, so that what lies between two
// products happens while a block is still in cache, and so that results do not depend on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace seben::kernels {

enum class GemmKind : std::uint8_t {
  f32,   ///< x f32, W f32, accumulator f32
  bf16,  ///< x bf16, W bf16, accumulator f32
  u8s8,  ///< x u8, W s8, accumulator s32
};

class Gemm {
 public:
  Gemm() = default;
  Gemm(const Gemm&) = delete;
  Gemm& operator=(const Gemm&) = delete;
  virtual ~Gemm() = default;

  /// x and accumulator are contiguous; `rows` may be any positive number, at most the block size is fastest.
  virtual void multiply(const void* x, std::int64_t rows, void* accumulator) const = 0;
  [[nodiscard]] virtual std::size_t packed_bytes() const noexcept = 0;
};

/// Whether the library multiplies this kind natively on this processor; where not, callers expand to f32.
[[nodiscard]] bool gemm_supports(GemmKind kind);
/// The largest magnitude an s8 weight may have so that no intermediate sum saturates (127, or 63 without VNNI).
[[nodiscard]] int gemm_s8_limit();
/// "oneDNN 2.6.3", "CBLAS", "plain"
[[nodiscard]] const char* gemm_library();

/// `weights` is row-major [n, k] in the kind's weight type; it is not needed afterwards. `block_rows` is the number of
/// rows that calls will usually have.
[[nodiscard]] std::unique_ptr<Gemm> pack_gemm(GemmKind kind, std::int64_t n, std::int64_t k, const void* weights,
                                              std::int64_t block_rows);

/// The same products over weights that are packed anew for every use, a piece at a time, into memory of the caller: for
/// weights that are kept compressed. Any number of layers of one shape share an object.
class ExpandingGemm {
 public:
  ExpandingGemm() = default;
  ExpandingGemm(const ExpandingGemm&) = delete;
  ExpandingGemm& operator=(const ExpandingGemm&) = delete;
  virtual ~ExpandingGemm() = default;

  [[nodiscard]] virtual std::size_t packed_bytes() const noexcept = 0;
  /// Rows of W that one piece has; the last one may have fewer.
  [[nodiscard]] virtual std::int64_t piece_rows() const noexcept = 0;
  /// Packs piece `piece` from its plain rows [piece_rows, k]; different pieces may be packed at the same time.
  virtual void pack(std::int64_t piece, const void* rows, void* packed) const = 0;
  virtual void multiply(const void* x, std::int64_t rows, const void* packed, void* accumulator) const = 0;
};

[[nodiscard]] std::shared_ptr<const ExpandingGemm> make_expanding_gemm(GemmKind kind, std::int64_t n, std::int64_t k,
                                                                       std::int64_t block_rows);

}  // namespace seben::kernels
