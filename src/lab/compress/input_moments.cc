// SPDX-License-Identifier: Apache-2.0
#include "compress/input_moments.h"

#include <algorithm>

#include "kernels/gemm.h"
#include "kernels/row_ops.h"
#include "kernels/threads.h"

namespace seben::compress {
namespace {

constexpr std::int64_t kTogether = 512;  // inputs that are multiplied together
constexpr std::int64_t kRows = 64;       // rows of the sum in one task

}  // namespace

InputMoments::InputMoments(std::int64_t width)
    : width_(width), sum_(static_cast<std::size_t>(width) * static_cast<std::size_t>(width), 0.0F) {}

void InputMoments::add(const float* inputs, std::int64_t count, int threads) {
  std::vector<float> turned;
  for (std::int64_t first = 0; first < count; first += kTogether) {
    const std::int64_t some = std::min(kTogether, count - first);
    turned.resize(static_cast<std::size_t>(width_ * some));  // [width, some]
    for (std::int64_t t = 0; t < some; ++t) {
      const float* x = inputs + (first + t) * width_;
      for (std::int64_t i = 0; i < width_; ++i) turned[static_cast<std::size_t>(i * some + t)] = x[i];
    }
    const auto product = kernels::pack_gemm(kernels::GemmKind::f32, width_, some, turned.data(), kRows);
    kernels::parallel_for(threads, (width_ + kRows - 1) / kRows, [&](std::int64_t task) {
      const kernels::OneThread alone;
      const std::int64_t from = task * kRows, rows = std::min(kRows, width_ - from);
      std::vector<float> part(static_cast<std::size_t>(rows * width_));
      product->multiply(turned.data() + from * some, rows, part.data());
      kernels::row_ops().add(part.data(), rows * width_, sum_.data() + from * width_);
    });
  }
  count_ += count;
}

double InputMoments::output_error(std::span<const float> error) const {
  std::vector<float> mixed(error.size(), 0.0F);
  for (std::int64_t i = 0; i < width_; ++i) {
    const float e = error[static_cast<std::size_t>(i)];
    const float* sums = row(i);
    for (std::size_t k = 0; k < mixed.size(); ++k) mixed[k] += e * sums[k];
  }
  double sum = 0.0;
  for (std::size_t k = 0; k < mixed.size(); ++k) sum += static_cast<double>(mixed[k]) * static_cast<double>(error[k]);
  return sum;
}

}  // namespace seben::compress
