// SPDX-License-Identifier: Apache-2.0
// What /metrics shows, in Prometheus' text format (decision 68: written by hand).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seben::serve {

/// Thread-safe.
class Metrics {
 public:
  /// One answered request.
  void count(std::string_view route, int status, double seconds);
  /// Families of requests, then those of `gauges`: name, help and value.
  struct Gauge {
    std::string_view name, help;
    double value;
    bool counter = false;
  };
  [[nodiscard]] std::string text(const std::vector<Gauge>& gauges) const;

 private:
  static constexpr std::array kBounds{0.005, 0.02, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 120.0, 600.0};
  struct Times {
    std::array<std::uint64_t, kBounds.size()> within{};
    std::uint64_t count = 0;
    double sum = 0.0;
  };

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, Times> times_;
};

}  // namespace seben::serve
