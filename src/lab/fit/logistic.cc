// SPDX-License-Identifier: Apache-2.0
#include "fit/logistic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "correct/probability.h"
#include "seben/error.h"

namespace seben::correction {
namespace {

double linear(std::span<const double> row, const LogisticModel& model) {
  double sum = model.bias;
  for (std::size_t i = 0; i < row.size(); ++i) sum += row[i] * model.weights[i];
  return sum;
}

// log(1 + exp(x)) without overflow.
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

// Lower triangle, row-major [n, n], of the Hessian over weights and bias.
std::vector<double> hessian(const LogisticData& data, const LogisticModel& model, double l2) {
  const std::size_t n = data.width + 1;
  std::vector<double> h(n * n, 0.0);
  for (std::size_t r = 0; r < data.targets.size(); ++r) {
    const auto row = data.row(r);
    const double p = sigmoid(linear(row, model));
    const double curvature = p * (1.0 - p);
    for (std::size_t i = 0; i < data.width; ++i) {
      const double scaled = curvature * row[i];
      for (std::size_t j = 0; j <= i; ++j) h[i * n + j] += scaled * row[j];
      h[data.width * n + i] += scaled;
    }
    h[n * n - 1] += curvature;
  }
  for (std::size_t i = 0; i < data.width; ++i) h[i * n + i] += l2;
  return h;
}

// Solves h x = b by Cholesky, h symmetric and positive definite, given by its lower triangle, which it overwrites.
std::vector<double> solve(std::vector<double> h, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = h[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= h[i * n + k] * h[j * n + k];
      // A feature that never varies and no penalty leave a zero; a hair keeps the step finite.
      h[i * n + j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / h[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= h[i * n + k] * b[k];
    b[i] /= h[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= h[k * n + i] * b[k];
    b[i] /= h[i * n + i];
  }
  return b;
}

void check(const LogisticData& data) {
  if (data.inputs.size() != data.targets.size() * data.width) {
    throw Error(ErrorCategory::internal, "logistic regression", "one row of inputs a target", "another number");
  }
  const auto ones = std::ranges::count(data.targets, std::uint8_t{1});
  const auto rows = static_cast<std::ptrdiff_t>(data.targets.size());
  if (ones == 0 || ones == rows) {
    throw Error(ErrorCategory::bad_data, "logistic regression", "rows that improve a text and rows that do not",
                fmt::format("{} of {} improve it", ones, rows));
  }
  if (!std::ranges::all_of(data.inputs, [](double x) { return std::isfinite(x); })) {
    throw Error(ErrorCategory::bad_data, "logistic regression", "finite inputs", "one that is not");
  }
}

LogisticModel moved(const LogisticModel& from, const std::vector<double>& step, double share) {
  LogisticModel to = from;
  for (std::size_t i = 0; i < to.weights.size(); ++i) to.weights[i] -= share * step[i];
  to.bias -= share * step.back();
  return to;
}

}  // namespace

double logistic_loss(const LogisticData& data, const LogisticModel& model, double l2) {
  double loss = 0.0;
  for (std::size_t r = 0; r < data.targets.size(); ++r) {
    const double x = linear(data.row(r), model);
    loss += softplus(data.targets[r] != 0 ? -x : x);
  }
  for (const double w : model.weights) loss += 0.5 * l2 * w * w;
  return loss;
}

std::vector<double> logistic_gradient(const LogisticData& data, const LogisticModel& model, double l2) {
  std::vector<double> gradient(data.width + 1, 0.0);
  for (std::size_t r = 0; r < data.targets.size(); ++r) {
    const auto row = data.row(r);
    const double error = sigmoid(linear(row, model)) - static_cast<double>(data.targets[r]);
    for (std::size_t i = 0; i < data.width; ++i) gradient[i] += error * row[i];
    gradient[data.width] += error;
  }
  for (std::size_t i = 0; i < data.width; ++i) gradient[i] += l2 * model.weights[i];
  return gradient;
}

LogisticFit fit_logistic(const LogisticData& data, const LogisticOptions& options) {
  check(data);
  const auto rows = static_cast<double>(data.targets.size());
  LogisticFit fit;
  fit.model.weights.assign(data.width, 0.0);
  fit.loss = logistic_loss(data, fit.model, options.l2);
  for (;; ++fit.steps) {
    const std::vector<double> gradient = logistic_gradient(data, fit.model, options.l2);
    fit.max_gradient = 0.0;
    for (const double g : gradient) fit.max_gradient = std::max(fit.max_gradient, std::abs(g) / rows);
    if (fit.max_gradient <= options.tolerance) return fit;
    if (fit.steps == options.max_steps) {
      throw Error(ErrorCategory::internal, "logistic regression", "to converge",
                  fmt::format("a gradient of {:.2e} after {} steps", fit.max_gradient, fit.steps));
    }
    const std::vector<double> step = solve(hessian(data, fit.model, options.l2), gradient);
    // The whole step unless that overshoots, which it can far from the solution.
    double share = 1.0;
    LogisticModel next = moved(fit.model, step, share);
    double loss = logistic_loss(data, next, options.l2);
    while (!(loss <= fit.loss * (1.0 + 1e-12)) && share > 1e-6) {
      share *= 0.5;
      next = moved(fit.model, step, share);
      loss = logistic_loss(data, next, options.l2);
    }
    fit.model = std::move(next);
    fit.loss = loss;
  }
}

}  // namespace seben::correction
