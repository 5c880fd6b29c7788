// SPDX-License-Identifier: Apache-2.0
#include "kernels/linear.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::kernels {
namespace {

std::size_t element_bytes(GemmKind kind) {
  switch (kind) {
    case GemmKind::bf16: return 2;
    case GemmKind::u8s8: return 1;
    case GemmKind::f32: break;
  }
  return 4;
}

std::size_t product(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

}  // namespace

GemmKind kind_of(Precision precision) {
  if (precision == Precision::bf16 && gemm_supports(GemmKind::bf16)) return GemmKind::bf16;
  if (precision == Precision::int8 && gemm_supports(GemmKind::u8s8)) return GemmKind::u8s8;
  return GemmKind::f32;
}

Operand::Operand(Precision precision, std::int64_t max_rows, std::int64_t width)
    : kind_(kind_of(precision)),
      width_(width),
      data_(product(max_rows, width) * element_bytes(kind_)),
      codes_(kind_ == GemmKind::u8s8 ? static_cast<std::size_t>(max_rows) : 0) {}

void Operand::set_row(std::int64_t r, const float* row) {
  switch (kind_) {
    case GemmKind::f32: std::copy_n(row, width_, data_.as<float>() + r * width_); break;
    case GemmKind::bf16: row_ops().to_bf16(row, width_, data_.as<std::uint16_t>() + r * width_); break;
    case GemmKind::u8s8:
      codes_[static_cast<std::size_t>(r)] = row_ops().quantize(row, width_, data_.as<std::uint8_t>() + r * width_);
      break;
  }
}

LinearScratch::LinearScratch(std::int64_t max_rows, std::int64_t max_width)
    : accumulator_(product(max_rows, max_width) * 4), row_(static_cast<std::size_t>(max_width)) {}

Linear::Linear(std::span<const float> weight, std::span<const float> bias, std::int64_t out, std::int64_t in,
               Precision precision)
    : out_(out), in_(in), kind_(kind_of(precision)), bias_(bias.begin(), bias.end()) {
  if (weight.size() != product(out, in) || (!bias.empty() && bias.size() != static_cast<std::size_t>(out))) {
    throw Error(ErrorCategory::internal, "Linear", "[" + std::to_string(out) + ", " + std::to_string(in) + "]",
                std::to_string(weight.size()) + " weights, " + std::to_string(bias.size()) + " biases");
  }
  switch (kind_) {
    case GemmKind::f32: gemm_ = pack_gemm(kind_, out, in, weight.data(), kBlockRows); break;
    case GemmKind::bf16: {
      Buffer half(weight.size() * 2);
      parallel_for(omp_threads(), out, [&](std::int64_t r) {
        row_ops().to_bf16(weight.data() + r * in, in, half.as<std::uint16_t>() + r * in);
      });
      gemm_ = pack_gemm(kind_, out, in, half.data(), kBlockRows);
      break;
    }
    case GemmKind::u8s8: pack_s8(weight); break;
  }
}

void Linear::pack_s8(std::span<const float> weight) {
  const auto limit = static_cast<float>(gemm_s8_limit());
  Buffer codes(weight.size());
  channel_scale_.resize(static_cast<std::size_t>(out_));
  column_sum_.resize(static_cast<std::size_t>(out_));
  parallel_for(omp_threads(), out_, [&](std::int64_t r) {
    const float* from = weight.data() + r * in_;
    auto* to = codes.as<std::int8_t>() + r * in_;
    float largest = 0.0F;
    for (std::int64_t i = 0; i < in_; ++i) largest = std::max(largest, std::fabs(from[i]));
    const float scale = largest > 0.0F ? largest / limit : 1.0F;
    const float inverse = 1.0F / scale;
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < in_; ++i) {
      const float scaled = from[i] * inverse;
      const auto code = static_cast<std::int32_t>(scaled + std::copysign(0.5F, scaled));
      to[i] = static_cast<std::int8_t>(code);
      sum += code;
    }
    channel_scale_[static_cast<std::size_t>(r)] = scale;
    column_sum_[static_cast<std::size_t>(r)] = sum;
  });
  gemm_ = pack_gemm(kind_, out_, in_, codes.data(), kBlockRows);
}

std::size_t Linear::bytes() const noexcept {
  return (gemm_ ? gemm_->packed_bytes() : 0) + 4 * (bias_.size() + channel_scale_.size() + column_sum_.size());
}

void Linear::multiply(const Operand& x, std::int64_t rows, LinearScratch& scratch) const {
  gemm_->multiply(x.data(), rows, scratch.accumulator());
}

void Linear::finish_row(const Operand& x, std::int64_t r, LinearScratch& scratch) const {
  const float* bias = bias_.empty() ? nullptr : bias_.data();
  if (kind_ == GemmKind::u8s8) {
    const auto* sums = static_cast<const std::int32_t*>(scratch.accumulator()) + r * out_;
    row_ops().dequantize(sums, x.code(r), channel_scale_.data(), column_sum_.data(), bias, out_, scratch.row());
  } else {
    row_ops().add_bias(static_cast<const float*>(scratch.accumulator()) + r * out_, bias, out_, scratch.row());
  }
}

}  // namespace seben::kernels
