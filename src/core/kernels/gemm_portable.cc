// SPDX-License-Identifier: Apache-2.0
// Matrix products without oneDNN: any CBLAS (OpenBLAS, Accelerate), or plain C++. f32 only; the other precisions are
// expanded to f32 by kernels/linear.
#if !defined(SEBEN_GEMM_ONEDNN)
#include <cstring>

#include "kernels/buffer.h"
#include "kernels/gemm.h"
#include "seben/error.h"

#if defined(SEBEN_GEMM_CBLAS)
#if defined(__APPLE__)
#include <Accelerate/Accelerate.h>
#else
#include <cblas.h>
#endif
#endif

namespace seben::kernels {
namespace {

// accumulator[rows, n] = x[rows, k] * w[n, k]^T
void product(const float* in, std::int64_t rows, const float* weights, std::int64_t n, std::int64_t k, float* out) {
#if defined(SEBEN_GEMM_CBLAS)
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(rows), static_cast<int>(n), static_cast<int>(k),
              1.0F, in, static_cast<int>(k), weights, static_cast<int>(k), 0.0F, out, static_cast<int>(n));
#else
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t j = 0; j < n; ++j) {
      const float* w = weights + j * k;
      float partial[8] = {};
      std::int64_t i = 0;
      for (; i + 8 <= k; i += 8) {
        for (int lane = 0; lane < 8; ++lane) partial[lane] += in[r * k + i + lane] * w[i + lane];
      }
      float total = 0.0F;
      for (const float value : partial) total += value;
      for (; i < k; ++i) total += in[r * k + i] * w[i];
      out[r * n + j] = total;
    }
  }
#endif
}

class PortableGemm final : public Gemm {
 public:
  PortableGemm(std::int64_t n, std::int64_t k, const void* weights)
      : n_(n), k_(k), weights_(static_cast<std::size_t>(n * k) * sizeof(float)) {
    std::memcpy(weights_.data(), weights, weights_.size());
  }

  void multiply(const void* x, std::int64_t rows, void* accumulator) const override {
    product(static_cast<const float*>(x), rows, weights_.as<float>(), n_, k_, static_cast<float*>(accumulator));
  }

  [[nodiscard]] std::size_t packed_bytes() const noexcept override { return weights_.size(); }

 private:
  std::int64_t n_, k_;
  Buffer weights_;
};

class PortableExpandingGemm final : public ExpandingGemm {
 public:
  PortableExpandingGemm(std::int64_t n, std::int64_t k) : n_(n), k_(k) {}
  [[nodiscard]] std::size_t packed_bytes() const noexcept override {
    return static_cast<std::size_t>(n_ * k_) * sizeof(float);
  }
  [[nodiscard]] std::int64_t piece_rows() const noexcept override { return 64; }
  void pack(std::int64_t piece, const void* rows, void* packed) const override {
    const std::int64_t first = piece * piece_rows(), count = n_ - first < piece_rows() ? n_ - first : piece_rows();
    std::memcpy(static_cast<float*>(packed) + first * k_, rows, static_cast<std::size_t>(count * k_) * sizeof(float));
  }
  void multiply(const void* x, std::int64_t rows, const void* packed, void* accumulator) const override {
    product(static_cast<const float*>(x), rows, static_cast<const float*>(packed), n_, k_,
            static_cast<float*>(accumulator));
  }

 private:
  std::int64_t n_, k_;
};

}  // namespace

std::shared_ptr<const ExpandingGemm> make_expanding_gemm(GemmKind kind, std::int64_t n, std::int64_t k, std::int64_t) {
  if (kind != GemmKind::f32) throw Error(ErrorCategory::internal, "make_expanding_gemm", "f32 weights", "another kind");
  return std::make_shared<PortableExpandingGemm>(n, k);
}

bool gemm_supports(GemmKind kind) { return kind == GemmKind::f32; }

int gemm_s8_limit() { return 127; }

const char* gemm_library() {
#if defined(SEBEN_GEMM_CBLAS)
  return "CBLAS";
#else
  return "plain";
#endif
}

std::unique_ptr<Gemm> pack_gemm(GemmKind kind, std::int64_t n, std::int64_t k, const void* weights, std::int64_t) {
  if (kind != GemmKind::f32) throw Error(ErrorCategory::internal, "pack_gemm", "f32 weights", "another kind");
  return std::make_unique<PortableGemm>(n, k, weights);
}

}  // namespace seben::kernels
#endif
