// SPDX-License-Identifier: Apache-2.0
#include "codecs/rotation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "codecs/rotation_ops.h"
#include "codecs/splitmix.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

constexpr std::int64_t kLargestDense = 512;

// The Hadamard matrix of order q + 1 for a prime q = 3 (mod 4): Paley's first construction, from the quadratic
// residues.
std::vector<float> paley(std::int64_t order) {
  const std::int64_t q = order - 1;
  std::vector<float> character(static_cast<std::size_t>(q), -1.0F);
  character[0] = 0.0F;
  for (std::int64_t i = 1; i < q; ++i) character[static_cast<std::size_t>(i * i % q)] = 1.0F;
  std::vector<float> h(static_cast<std::size_t>(order * order), 1.0F);
  for (std::int64_t i = 0; i < order; ++i) {
    for (std::int64_t j = 0; j < order; ++j) {
      float& entry = h[static_cast<std::size_t>(i * order + j)];
      if (i == j || i == 0) {
        entry = 1.0F;
      } else if (j == 0) {
        entry = -1.0F;
      } else {
        entry = character[static_cast<std::size_t>((i - j + q) % q)];
      }
    }
  }
  return h;
}

std::vector<float> signs(std::int64_t count, SplitMix& random) {
  std::vector<float> out;
  while (static_cast<std::int64_t>(out.size()) < count) {
    std::uint64_t bits = random.next();
    for (int i = 0; i < 64 && static_cast<std::int64_t>(out.size()) < count; ++i, bits >>= 1) {
      out.push_back((bits & 1U) != 0 ? -1.0F : 1.0F);
    }
  }
  return out;
}

// Rows of nearly normal numbers made orthonormal (modified Gram-Schmidt, twice). Sums of twelve uniform numbers need no
// logarithm, whose last bits differ between systems.
std::vector<float> dense(std::int64_t dim, SplitMix& random) {
  const auto n = static_cast<std::size_t>(dim);
  std::vector<double> rows(n * n);
  for (double& value : rows) {
    value = -6.0;
    for (int i = 0; i < 12; ++i) value += random.uniform();
  }
  for (std::size_t i = 0; i < n; ++i) {
    double* row = rows.data() + i * n;
    for (int pass = 0; pass < 2; ++pass) {
      for (std::size_t j = 0; j < i; ++j) {
        const double* before = rows.data() + j * n;
        double product = 0.0;
        for (std::size_t k = 0; k < n; ++k) product += row[k] * before[k];
        for (std::size_t k = 0; k < n; ++k) row[k] -= product * before[k];
      }
    }
    double square = 0.0;
    for (std::size_t k = 0; k < n; ++k) square += row[k] * row[k];
    const double scale = 1.0 / std::sqrt(square);
    for (std::size_t k = 0; k < n; ++k) row[k] *= scale;
  }
  return {rows.begin(), rows.end()};
}

}  // namespace

Rotation::Rotation(std::int64_t dim, std::uint64_t seed) : dim_(dim) {
  if (dim < 2) throw Error(ErrorCategory::usage, "rotation: width", "at least 2", std::to_string(dim));
  SplitMix random(seed);
  for (const std::int64_t order : {1, 12, 20}) {
    if (dim % order == 0 && std::has_single_bit(static_cast<std::uint64_t>(dim / order))) {
      order_ = order;
      power_ = dim / order;
      first_ = signs(dim, random);
      second_ = signs(dim, random);
      scale_ = 1.0F / static_cast<float>(dim);
      if (order == 1) return;
      paley_ = paley(order);
      transposed_.resize(paley_.size());
      for (std::int64_t i = 0; i < order; ++i) {
        for (std::int64_t j = 0; j < order; ++j) {
          transposed_[static_cast<std::size_t>(j * order + i)] = paley_[static_cast<std::size_t>(i * order + j)];
        }
      }
      return;
    }
  }
  if (dim > kLargestDense) {
    throw Error(ErrorCategory::usage, "rotation: width", "2^k, 12 * 2^k, 20 * 2^k, or at most 512",
                std::to_string(dim));
  }
  dense_ = dense(dim, random);
}

void Rotation::apply_hadamard(float* x, float* scratch, const std::vector<float>& matrix) const {
  const RotationOps& ops = rotation_ops();
  ops.hadamard(x, power_, order_);
  if (order_ == 1) return;
  ops.mix(x, matrix.data(), order_, power_, scratch);
  std::copy_n(scratch, dim_, x);
}

void Rotation::forward(float* x, float* scratch) const {
  if (!dense_.empty()) {
    std::copy_n(x, dim_, scratch);
    for (std::int64_t i = 0; i < dim_; ++i) {
      const float* row = dense_.data() + i * dim_;
      float sum[8] = {};
      std::int64_t j = 0;
      for (; j + 8 <= dim_; j += 8) {
        for (int k = 0; k < 8; ++k) sum[k] += row[j + k] * scratch[j + k];
      }
      for (; j < dim_; ++j) sum[0] += row[j] * scratch[j];
      x[i] = ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
    }
    return;
  }
  const RotationOps& ops = rotation_ops();
  ops.multiply(first_.data(), dim_, x);
  apply_hadamard(x, scratch, paley_);
  ops.multiply(second_.data(), dim_, x);
  apply_hadamard(x, scratch, paley_);
  for (std::int64_t i = 0; i < dim_; ++i) x[i] *= scale_;
}

void Rotation::inverse(float* x, float* scratch) const {
  if (!dense_.empty()) {
    std::copy_n(x, dim_, scratch);
    std::fill_n(x, dim_, 0.0F);
    for (std::int64_t i = 0; i < dim_; ++i) {
      const float* row = dense_.data() + i * dim_;
      for (std::int64_t j = 0; j < dim_; ++j) x[j] += row[j] * scratch[i];
    }
    return;
  }
  const RotationOps& ops = rotation_ops();
  apply_hadamard(x, scratch, transposed_);
  ops.multiply(second_.data(), dim_, x);
  apply_hadamard(x, scratch, transposed_);
  ops.multiply(first_.data(), dim_, x);
  for (std::int64_t i = 0; i < dim_; ++i) x[i] *= scale_;
}

}  // namespace seben::quant
