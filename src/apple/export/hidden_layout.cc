// SPDX-License-Identifier: Apache-2.0
#include "export/hidden_layout.h"

#include <algorithm>

#include "seben/error.h"

namespace seben::deploy {
namespace {

bool channels_first(const mil::Shape& shape, std::int64_t width) {
  return shape.size() == 4 && shape[1] == width && shape[2] == 1;
}

std::vector<float> turned(std::span<const float> from, std::int64_t rows, std::int64_t columns) {
  std::vector<float> to(from.size());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      to[static_cast<std::size_t>(c * rows + r)] = from[static_cast<std::size_t>(r * columns + c)];
    }
  }
  return to;
}

}  // namespace

interpreter::Array to_package(const std::vector<float>& values, const mil::Shape& shape, std::int64_t width,
                              const std::string& where) {
  const bool known = std::ranges::find(shape, mil::kUnknown) == shape.end();
  if (!known || mil::Type{mil::DType::fp32, shape}.elements() != static_cast<std::int64_t>(values.size())) {
    throw Error(ErrorCategory::bad_data, where, std::to_string(values.size()) + " values, as the engine gives",
                mil::to_string(shape));
  }
  return interpreter::Array::floats(channels_first(shape, width) ? turned(values, shape[3], width) : values, shape);
}

std::vector<float> from_package(const interpreter::Array& array, std::int64_t width) {
  if (channels_first(array.shape(), width)) return turned(array.values(), width, array.shape()[3]);
  return {array.values().begin(), array.values().end()};
}

}  // namespace seben::deploy
