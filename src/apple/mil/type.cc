// SPDX-License-Identifier: Apache-2.0
#include "mil/type.h"

#include <algorithm>

#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::mil {

bool Type::fixed() const noexcept {
  return std::ranges::none_of(shape, [](std::int64_t d) { return d < 0; });
}

std::int64_t Type::elements() const {
  constexpr std::int64_t kMost = std::int64_t{1} << 48;
  const auto product = tensor::checked_elements(shape, kMost);
  if (!product) {
    throw Error(ErrorCategory::bad_data, "tensor: shape", "known dimensions with at most 2^48 elements",
                to_string(shape));
  }
  return *product;
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t d : shape) {
    if (text.size() > 1) text += ", ";
    text += d == kUnknown ? "?" : std::to_string(d);
  }
  return text + "]";
}

std::string to_string(const Type& type) {
  std::string text(to_string(type.dtype));
  text += to_string(type.shape);
  return type.state ? "state<" + text + ">" : text;
}

}  // namespace seben::mil
