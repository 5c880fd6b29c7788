// SPDX-License-Identifier: Apache-2.0
// Which class of frames, or which layer, gets which codec: least measured error within a size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace seben::quant {

/// One choice of one item.
struct Choice {
  double bytes = 0.0;
  double error = 0.0;  ///< measured; errors of items are taken to add up
};

struct Allocation {
  std::vector<std::size_t> chosen;  ///< index of the choice, by item
  double bytes = 0.0;
  double error = 0.0;
};

/// items[i] lists the choices of item i. The exact optimum while there are at most 100,000 combinations; beyond that by
/// a Lagrange multiplier and a greedy pass over what is left of the budget. Error(usage) starting with `where` when not
/// even the cheapest choices fit.
[[nodiscard]] Allocation allocate(const std::vector<std::vector<Choice>>& items, double budget,
                                  const std::string& where);

}  // namespace seben::quant
