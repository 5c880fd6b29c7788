// SPDX-License-Identifier: Apache-2.0
// The stream between stages: [T, d] in the engine, [1, T, d] or [1, d, 1, T] in packages.
#pragma once

#include <vector>

#include "interpreter/array.h"

namespace seben::deploy {

/// `width` is d. Shapes of other ranks pass as they are.
[[nodiscard]] std::vector<float> to_package(const std::vector<float>& values, const mil::Shape& shape,
                                            std::int64_t width);
[[nodiscard]] std::vector<float> from_package(const interpreter::Array& array, std::int64_t width);

}  // namespace seben::deploy
