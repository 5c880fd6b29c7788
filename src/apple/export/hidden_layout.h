// SPDX-License-Identifier: Apache-2.0
// The stream between stages: [T, d] in the engine, [1, T, d] or [1, d, 1, T] in packages.
#pragma once

#include <string>
#include <vector>

#include "interpreter/array.h"

namespace seben::deploy {

/// `width` is d. Shapes of other ranks pass as they are. Error(bad_data) at `where` unless `shape` has as many values.
[[nodiscard]] interpreter::Array to_package(const std::vector<float>& values, const mil::Shape& shape,
                                            std::int64_t width, const std::string& where);
[[nodiscard]] std::vector<float> from_package(const interpreter::Array& array, std::int64_t width);

}  // namespace seben::deploy
