// SPDX-License-Identifier: Apache-2.0
#include "report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seben::report {
namespace {

constexpr double kLargest = 1e15;

// The step of 1, 2 or 5 times a power of ten that cuts `span` into at most `count` pieces.
double nice_step(double span, int count) {
  const double rough = span / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / power;
  if (share <= 1.0 + 1e-9) return power;
  if (share <= 2.0 + 1e-9) return 2.0 * power;
  return share <= 5.0 + 1e-9 ? 5.0 * power : 10.0 * power;
}

// A range whose ends differ by enough to be told apart.
Interval widened(Interval range) {
  const double size = std::max(std::abs(range.low), std::abs(range.high));
  if (range.high - range.low > 1e-9 * size && range.high - range.low > 1e-12) return range;
  const double margin = size > 1e-12 ? 0.1 * size : 0.5;
  return {range.low - margin, range.high + margin};
}

}  // namespace

bool drawable(double value) noexcept { return std::isfinite(value) && std::abs(value) <= kLargest; }

void Extent::add(double value) noexcept {
  if (!drawable(value)) return;
  if (empty()) {
    low_ = high_ = value;
  } else {
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
}

double Axis::at(double value) const noexcept {
  const double share = std::clamp((value - low) / (high - low), 0.0, 1.0);
  return from + share * (to - from);
}

std::string Axis::tick_text(double value) const { return number_text(value, decimals); }

Axis make_axis(Interval range, int count, bool fixed) {
  if (!drawable(range.low) || !drawable(range.high) || range.low > range.high) range = {0.0, 1.0};
  range = widened(range);
  const double step = nice_step(range.high - range.low, count);
  const double first = fixed ? std::ceil(range.low / step - 1e-9) : std::floor(range.low / step + 1e-9);
  const double last = fixed ? std::floor(range.high / step + 1e-9) : std::ceil(range.high / step - 1e-9);
  Axis axis;
  for (double i = first; i <= last && axis.ticks.size() < 100; i += 1.0) axis.ticks.push_back(i * step);
  axis.low = fixed ? range.low : std::min(range.low, first * step);
  axis.high = fixed ? range.high : std::max(range.high, last * step);
  axis.decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(step) - 1e-9)), 0, 12);
  return axis;
}

std::string number_text(double value, int decimals) {
  std::string digits = fmt::format("{:.{}f}", std::abs(value), std::clamp(decimals, 0, 12));
  const std::size_t whole = std::min(digits.find('.'), digits.size());
  if (whole > 4) {
    for (std::size_t i = whole - 3; i < whole && i > 0; i -= std::min<std::size_t>(i, 3)) digits.insert(i, "\u2009");
  }
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  return value < 0.0 && !zero ? "\u2212" + digits : digits;
}

}  // namespace seben::report
