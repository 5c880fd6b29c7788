// SPDX-License-Identifier: Apache-2.0
#include "parity/difference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "seben/error.h"

namespace seben::parity {

Difference difference(std::span<const float> found, std::span<const float> expected) {
  if (found.size() != expected.size()) {
    throw Error(ErrorCategory::internal, "difference", std::to_string(expected.size()) + " values",
                std::to_string(found.size()));
  }
  double squares = 0.0, largest = 0.0, product = 0.0, found_norm = 0.0, expected_norm = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double a = static_cast<double>(found[i]), b = static_cast<double>(expected[i]);
    squares += (a - b) * (a - b);
    largest = std::isnan(largest) || std::abs(a - b) <= largest ? largest : std::abs(a - b);
    product += a * b;
    found_norm += a * a;
    expected_norm += b * b;
  }
  const auto count = static_cast<double>(std::max<std::size_t>(found.size(), 1));
  const double norms = std::sqrt(found_norm * expected_norm);
  Difference d;
  d.mse = squares / count;
  d.max_abs = largest;
  d.cosine = norms > 0.0 ? product / norms : (found_norm == expected_norm ? 1.0 : 0.0);
  d.mean_square = expected_norm / count;
  d.share = d.mse / std::max(1.0, d.mean_square);
  d.error = d.mse == 0.0 ? 0.0 : d.mean_square > 0.0 ? std::sqrt(d.mse / d.mean_square) : 1e30;
  return d;
}

Classes changed_classes(std::span<const float> found, std::span<const float> expected, std::int64_t classes) {
  if (classes < 1 || found.size() != expected.size() || found.size() % static_cast<std::size_t>(classes) != 0) {
    throw Error(ErrorCategory::internal, "changed classes", "two tables of " + std::to_string(classes) + " classes",
                std::to_string(found.size()) + " and " + std::to_string(expected.size()) + " values");
  }
  const auto width = static_cast<std::size_t>(classes);
  Classes out;
  for (std::size_t at = 0; at < found.size(); at += width, ++out.frames) {
    const auto f = found.subspan(at, width), e = expected.subspan(at, width);
    if (std::ranges::max_element(f) - f.begin() != std::ranges::max_element(e) - e.begin()) ++out.changes;
  }
  return out;
}

void Figures::add(std::span<const float> found, std::span<const float> expected) {
  constexpr double kBeyond = std::numeric_limits<double>::infinity();
  const bool finite = std::ranges::all_of(found, [](float v) { return std::isfinite(v); });
  const Difference d = difference(found, expected);
  const auto worst = [&](double& so_far, double here) { so_far = finite ? std::max(so_far, here) : kBeyond; };
  worst(mse, d.mse);
  worst(share, d.share);
  worst(max_abs, d.max_abs);
  worst(error, d.error);
  cosine = finite ? std::min(cosine, d.cosine) : -1.0;
  mean_square = std::max(mean_square, d.mean_square);
}

void Figures::add(const Classes& classes) noexcept {
  frames += classes.frames;
  argmax_changes += classes.changes;
}

}  // namespace seben::parity
