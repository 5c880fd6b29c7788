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

class PortableGemm final : public Gemm {
 public:
  PortableGemm(std::int64_t n, std::int64_t k, const void* weights)
      : n_(n), k_(k), weights_(static_cast<std::size_t>(n * k) * sizeof(float)) {
    std::memcpy(weights_.data(), weights, weights_.size());
  }

  void multiply(const void* x, std::int64_t rows, void* accumulator) const override {
    const auto* in = static_cast<const float*>(x);
    auto* out = static_cast<float*>(accumulator);
#if defined(SEBEN_GEMM_CBLAS)
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(rows), static_cast<int>(n_),
                static_cast<int>(k_), 1.0F, in, static_cast<int>(k_), weights_.as<float>(), static_cast<int>(k_), 0.0F,
                out, static_cast<int>(n_));
#else
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t j = 0; j < n_; ++j) {
        const float* w = weights_.as<float>() + j * k_;
        float partial[8] = {};
        std::int64_t i = 0;
        for (; i + 8 <= k_; i += 8) {
          for (int lane = 0; lane < 8; ++lane) partial[lane] += in[r * k_ + i + lane] * w[i + lane];
        }
        float total = 0.0F;
        for (const float value : partial) total += value;
        for (; i < k_; ++i) total += in[r * k_ + i] * w[i];
        out[r * n_ + j] = total;
      }
    }
#endif
  }

  [[nodiscard]] std::size_t packed_bytes() const noexcept override { return weights_.size(); }

 private:
  std::int64_t n_, k_;
  Buffer weights_;
};

}  // namespace

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
