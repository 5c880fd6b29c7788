// SPDX-License-Identifier: Apache-2.0
#include "codecs/allocate.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

using Items = std::vector<std::vector<Choice>>;

Allocation sum_up(const Items& items, std::vector<std::size_t> chosen) {
  Allocation out{std::move(chosen), 0.0, 0.0};
  for (std::size_t i = 0; i < items.size(); ++i) {
    out.bytes += items[i][out.chosen[i]].bytes;
    out.error += items[i][out.chosen[i]].error;
  }
  return out;
}

// For equal error the smaller one.
bool better(const Allocation& a, const Allocation& b) {
  return a.error != b.error ? a.error < b.error : a.bytes < b.bytes;
}

Allocation exhaustive(const Items& items, double budget) {
  std::vector<std::size_t> chosen(items.size(), 0);
  Allocation best;
  bool found = false;
  for (;;) {
    const Allocation now = sum_up(items, chosen);
    if (now.bytes <= budget && (!found || better(now, best))) {
      best = now;
      found = true;
    }
    std::size_t i = 0;
    while (i < items.size() && ++chosen[i] == items[i].size()) chosen[i++] = 0;
    if (i == items.size()) return best;
  }
}

// Every item on its own takes the choice of least error + price * bytes.
Allocation at_price(const Items& items, double price) {
  std::vector<std::size_t> chosen;
  for (const auto& choices : items) {
    std::size_t best = 0;
    for (std::size_t c = 1; c < choices.size(); ++c) {
      const double now = choices[c].error + price * choices[c].bytes;
      const double before = choices[best].error + price * choices[best].bytes;
      if (now < before || (now == before && choices[c].bytes < choices[best].bytes)) best = c;
    }
    chosen.push_back(best);
  }
  return sum_up(items, std::move(chosen));
}

// Spends what is left on the change that gains most error a byte.
void spend_rest(const Items& items, double budget, Allocation& a) {
  for (;;) {
    double best_gain = 0.0;
    std::size_t item = 0, choice = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Choice& now = items[i][a.chosen[i]];
      for (std::size_t c = 0; c < items[i].size(); ++c) {
        const Choice& other = items[i][c];
        const double bytes = other.bytes - now.bytes, gain = now.error - other.error;
        if (gain <= 0.0 || a.bytes + bytes > budget) continue;
        const double rate = gain / std::max(bytes, 1e-9);
        if (rate > best_gain) {
          best_gain = rate;
          item = i;
          choice = c;
        }
      }
    }
    if (best_gain == 0.0) return;
    a.chosen[item] = choice;
    a = sum_up(items, std::move(a.chosen));
  }
}

Allocation by_price(const Items& items, double budget) {
  double low = 0.0, high = 1.0;
  while (at_price(items, high).bytes > budget) high *= 4.0;
  Allocation best = at_price(items, high);
  if (Allocation free = at_price(items, 0.0); free.bytes <= budget) return free;
  for (int i = 0; i < 200; ++i) {
    const double middle = low == 0.0 ? high / 4.0 : std::sqrt(low * high);
    const Allocation now = at_price(items, middle);
    if (now.bytes <= budget) {
      high = middle;
      if (better(now, best)) best = now;
      if (high < 1e-300) break;
    } else {
      low = middle;
    }
  }
  spend_rest(items, budget, best);
  return best;
}

}  // namespace

Allocation allocate(const Items& items, double budget, const std::string& where) {
  double least = 0.0, combinations = 1.0;
  for (const auto& choices : items) {
    if (choices.empty()) throw Error(ErrorCategory::internal, where, "at least one choice an item", "none");
    least += std::ranges::min_element(choices, {}, &Choice::bytes)->bytes;
    combinations *= static_cast<double>(choices.size());
  }
  if (!(budget >= least)) {
    throw Error(ErrorCategory::usage, where,
                base::format("at least {:.0f} bytes, the cheapest choices' size", std::ceil(least)),
                base::format("{:.0f}", budget));
  }
  return combinations <= 100'000.0 ? exhaustive(items, budget) : by_price(items, budget);
}

}  // namespace seben::quant
