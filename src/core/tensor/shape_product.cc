// SPDX-License-Identifier: Apache-2.0
#include "tensor/shape_product.h"

#include <algorithm>

namespace seben::tensor {

std::optional<std::int64_t> checked_elements(std::span<const std::int64_t> sizes, std::int64_t limit) noexcept {
  std::int64_t product = 1;
  bool empty = false;
  for (const std::int64_t size : sizes) {
    const std::int64_t factor = std::max<std::int64_t>(size, 1);
    if (size < 0 || product > limit / factor) return std::nullopt;
    product *= factor;
    empty = empty || size == 0;
  }
  return empty ? 0 : product;
}

std::optional<std::uint64_t> checked_bytes(std::span<const std::int64_t> sizes, DType dtype) noexcept {
  const auto each = static_cast<std::int64_t>(size_of(dtype));
  const auto elements =
      checked_elements(sizes, std::numeric_limits<std::int64_t>::max() / std::max<std::int64_t>(each, 1));
  if (!elements) return std::nullopt;
  return static_cast<std::uint64_t>(*elements) * static_cast<std::uint64_t>(each);
}

}  // namespace seben::tensor
