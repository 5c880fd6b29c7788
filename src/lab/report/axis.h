// SPDX-License-Identifier: Apache-2.0
// Axes: where values fall and which of them are written.
#pragma once

#include <string>
#include <vector>

#include "report/plots.h"

namespace seben::report {

/// Values that can be drawn: finite and not so large that differences are lost.
[[nodiscard]] bool drawable(double value) noexcept;

/// The smallest and largest drawable value seen.
class Extent {
 public:
  void add(double value) noexcept;
  [[nodiscard]] bool empty() const noexcept { return low_ > high_; }
  [[nodiscard]] Interval range() const noexcept { return {low_, high_}; }

 private:
  double low_ = 1.0;
  double high_ = 0.0;
};

/// Values from `low` to `high` on the places from `from` to `to`, either of which may be the larger.
struct Axis {
  double low = 0.0;
  double high = 1.0;
  double from = 0.0;
  double to = 1.0;
  std::vector<double> ticks;
  int decimals = 0;  ///< that tell the ticks apart

  /// Place of a value; values outside are put on the end.
  [[nodiscard]] double at(double value) const noexcept;
  [[nodiscard]] bool holds(double value) const noexcept { return value >= low && value <= high; }
  [[nodiscard]] std::string tick_text(double value) const;
};

/// At most about `count` ticks at 1, 2 or 5 times a power of ten. Unless `fixed`, the ends move out to the next ticks.
[[nodiscard]] Axis make_axis(Interval range, int count, bool fixed);

/// "1234.50" with `decimals`, thin spaces between thousands from 10 000 on, a real minus, never "-0".
[[nodiscard]] std::string number_text(double value, int decimals);

}  // namespace seben::report
