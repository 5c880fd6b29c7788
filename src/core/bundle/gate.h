// SPDX-License-Identifier: Apache-2.0
// One measured figure against the limit that was stated for it.
#pragma once

#include <string>

namespace seben::bundle {

/// The verdict is computed from both figures, never stored.
struct Gate {
  std::string name;
  double value = 0.0;
  double limit = 0.0;
  bool at_most = true;  ///< value <= limit, else value >= limit

  [[nodiscard]] bool holds() const noexcept { return at_most ? value <= limit : value >= limit; }
};

}  // namespace seben::bundle
