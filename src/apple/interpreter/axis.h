// SPDX-License-Identifier: Apache-2.0
// A tensor seen as [outer, axis, inner] around one axis or a run of neighbouring ones.
#pragma once

#include <cstdint>

#include "mil/type.h"

namespace seben::interpreter {

struct AxisView {
  std::int64_t outer = 1, size = 1, inner = 1;
};

[[nodiscard]] inline AxisView around(const mil::Shape& shape, std::int64_t first, std::int64_t last) {
  AxisView view;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    (at < first ? view.outer : at > last ? view.inner : view.size) *= shape[i];
  }
  return view;
}

[[nodiscard]] inline std::int64_t from_front(std::int64_t axis, std::size_t rank) {
  return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis;
}

}  // namespace seben::interpreter
