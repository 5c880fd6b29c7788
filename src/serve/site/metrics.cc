// SPDX-License-Identifier: Apache-2.0
#include "site/metrics.h"

#include <vector>

#include "base/format.h"

namespace seben::serve {

void Metrics::count(std::string_view route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{std::string(route), status}];
  Times& times = times_[std::string(route)];
  for (std::size_t i = 0; i < kBounds.size(); ++i) times.within[i] += seconds <= kBounds[i] ? 1U : 0U;
  ++times.count;
  times.sum += seconds;
}

std::string Metrics::text(const std::vector<Gauge>& gauges) const {
  std::string out = "# HELP seben_requests_total Requests that were answered.\n# TYPE seben_requests_total counter\n";
  const std::lock_guard lock(mutex_);
  for (const auto& [key, count] : requests_) {
    out += base::format("seben_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", key.first, key.second, count);
  }
  out += "# HELP seben_request_seconds How long requests took.\n# TYPE seben_request_seconds histogram\n";
  for (const auto& [route, times] : times_) {
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      out += base::format("seben_request_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", route, kBounds[i],
                          times.within[i]);
    }
    out += base::format("seben_request_seconds_bucket{{route=\"{}\",le=\"+Inf\"}} {}\n", route, times.count);
    out += base::format("seben_request_seconds_sum{{route=\"{}\"}} {}\n", route, times.sum);
    out += base::format("seben_request_seconds_count{{route=\"{}\"}} {}\n", route, times.count);
  }
  for (const Gauge& gauge : gauges) {
    out += base::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", gauge.name, gauge.help,
                        gauge.counter ? "counter" : "gauge", gauge.value);
  }
  return out;
}

}  // namespace seben::serve
