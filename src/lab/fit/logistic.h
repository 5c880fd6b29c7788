// SPDX-License-Identifier: Apache-2.0
// L2-regularised logistic regression by Newton's method (Hastie, Tibshirani and Friedman, "The Elements of Statistical
// Learning", 4.4.1): small, exact, without random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace seben::correction {

/// Row-major [rows, width] inputs and one 0 or 1 a row; the memory is somebody else's.
struct LogisticData {
  std::span<const double> inputs;
  std::span<const std::uint8_t> targets;
  std::size_t width = 0;

  [[nodiscard]] std::span<const double> row(std::size_t i) const { return inputs.subspan(i * width, width); }
};

struct LogisticOptions {
  double l2 = 1.0;          ///< half of it times the squared weights is added to the summed loss; never to the bias
  int max_steps = 100;      ///< Newton steps
  double tolerance = 1e-9;  ///< largest component of the gradient a row at which it has converged
};

struct LogisticModel {
  std::vector<double> weights;
  double bias = 0.0;
};

struct LogisticFit {
  LogisticModel model;
  double loss = 0.0;          ///< logistic_loss at the end
  double max_gradient = 0.0;  ///< largest component, divided by the rows
  int steps = 0;
};

/// Summed negative log-likelihood plus the penalty.
[[nodiscard]] double logistic_loss(const LogisticData& data, const LogisticModel& model, double l2);
/// Its derivatives by the weights and, last, by the bias.
[[nodiscard]] std::vector<double> logistic_gradient(const LogisticData& data, const LogisticModel& model, double l2);

/// Error(bad_data) without rows of both kinds or with inputs that are not finite; Error(internal) when it does not
/// converge.
[[nodiscard]] LogisticFit fit_logistic(const LogisticData& data, const LogisticOptions& options);

}  // namespace seben::correction
