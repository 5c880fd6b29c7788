// SPDX-License-Identifier: Apache-2.0
// How many elements or bytes the sizes of a tensor make, which a file may not make overflow.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "tensor/dtype.h"

namespace seben::tensor {

/// How many elements sizes from a file make; nothing for a size below 0 or when the product exceeds `limit` with its
/// zeros left out. So [0, 2^48, 2^48] is refused: it has no element, but rows and strides that overflow.
[[nodiscard]] std::optional<std::int64_t> checked_elements(
    std::span<const std::int64_t> sizes, std::int64_t limit = std::numeric_limits<std::int64_t>::max()) noexcept;

/// The same in bytes of such elements.
[[nodiscard]] std::optional<std::uint64_t> checked_bytes(std::span<const std::int64_t> sizes, DType dtype) noexcept;

}  // namespace seben::tensor
