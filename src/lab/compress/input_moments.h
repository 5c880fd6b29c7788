// SPDX-License-Identifier: Apache-2.0
// What is known of the inputs of a product: the sum of x x^T over all of them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seben::compress {

class InputMoments {
 public:
  explicit InputMoments(std::int64_t width);

  /// Adds `count` inputs, [count, width]. Equal inputs give equal bits, whatever the threads.
  void add(const float* inputs, std::int64_t count, int threads);

  [[nodiscard]] std::int64_t width() const noexcept { return width_; }
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }
  /// Row `i` of the sum, [width].
  [[nodiscard]] const float* row(std::int64_t i) const noexcept { return sum_.data() + i * width_; }
  /// The sum over all inputs of (error . x)^2: what a weight row that is wrong by `error` changes in its output.
  [[nodiscard]] double output_error(std::span<const float> error) const;

 private:
  std::int64_t width_, count_ = 0;
  std::vector<float> sum_;
};

}  // namespace seben::compress
