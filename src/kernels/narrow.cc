// SPDX-License-Identifier: Apache-2.0
#include "kernels/narrow.h"

#include <algorithm>
#include <string>

#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::kernels {
namespace {

std::size_t element_bytes(Precision precision) {
  switch (precision) {
    case Precision::bf16: return 2;
    case Precision::int8: return 1;
    case Precision::f32: break;
  }
  return 4;
}

}  // namespace

NarrowLinear::NarrowLinear(const RowReader& read, std::span<const float> bias, std::int64_t out, std::int64_t in,
                           Precision precision, float scale)
    : out_(out),
      in_(in),
      precision_(precision),
      weights_(static_cast<std::size_t>(out) * static_cast<std::size_t>(in) * element_bytes(precision)),
      bias_(bias.begin(), bias.end()) {
  if (!bias.empty() && bias.size() != static_cast<std::size_t>(out)) {
    throw Error(ErrorCategory::internal, "NarrowLinear: bias", std::to_string(out) + " values",
                std::to_string(bias.size()));
  }
  for (float& b : bias_) b *= scale;
  if (precision == Precision::int8) scale_.resize(static_cast<std::size_t>(out));
  constexpr std::int64_t kRows = 64;
  parallel_for(omp_threads(), (out + kRows - 1) / kRows, [&](std::int64_t block) {
    std::vector<float> row(static_cast<std::size_t>(in));
    for (std::int64_t r = block * kRows; r < std::min(out, (block + 1) * kRows); ++r) {
      read(r, row);
      for (float& v : row) v *= scale;
      switch (precision) {
        case Precision::f32: std::ranges::copy(row, weights_.as<float>() + r * in); break;
        case Precision::bf16: row_ops().to_bf16(row.data(), in, weights_.as<std::uint16_t>() + r * in); break;
        case Precision::int8: {
          std::int32_t sum = 0;
          scale_[static_cast<std::size_t>(r)] =
              row_ops().quantize_symmetric(row.data(), in, 127.0F, weights_.as<std::int8_t>() + r * in, &sum);
          break;
        }
      }
    }
  });
}

void NarrowLinear::run(const float* x, std::int64_t rows, std::int64_t first, std::int64_t count, float* y,
                       std::int64_t y_stride) const {
  const NarrowOps& ops = narrow_ops();
  const MatrixRows<float> inputs{x, in_, rows, in_};
  const auto part = [&]<typename Element>(const Element* weights) {
    return MatrixRows<Element>{weights + first * in_, in_, count, in_};
  };
  switch (precision_) {
    case Precision::f32: ops.dots_f32(part(weights_.as<float>()), inputs, y, y_stride); break;
    case Precision::bf16: ops.dots_bf16(part(weights_.as<std::uint16_t>()), inputs, y, y_stride); break;
    case Precision::int8: ops.dots_s8(part(weights_.as<std::int8_t>()), inputs, y, y_stride); break;
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = y + r * y_stride;
    if (!scale_.empty()) {
      const float* scale = scale_.data() + first;
      for (std::int64_t o = 0; o < count; ++o) row[o] *= scale[o];
    }
    if (!bias_.empty()) row_ops().add(bias_.data() + first, count, row);
  }
}

}  // namespace seben::kernels
