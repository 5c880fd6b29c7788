// SPDX-License-Identifier: Apache-2.0
// Types of MIL values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mil/dtype.h"

namespace seben::mil {

/// A dimension that only the running program knows (flexible inputs).
inline constexpr std::int64_t kUnknown = -1;

using Shape = std::vector<std::int64_t>;

/// A tensor, or, when `state` is set, a state that wraps such a tensor (opset iOS18; reached by read_state and
/// write_state only). Rank 0 is a scalar.
struct Type {
  DType dtype = DType::fp32;
  Shape shape;
  bool state = false;

  [[nodiscard]] bool operator==(const Type&) const = default;
  [[nodiscard]] std::int64_t rank() const noexcept { return static_cast<std::int64_t>(shape.size()); }
  /// No dimension is unknown.
  [[nodiscard]] bool fixed() const noexcept;
  /// Product of the dimensions, which must all be known; Error(bad_data) beyond 2^48.
  [[nodiscard]] std::int64_t elements() const;
};

/// "fp16[1, ?, 64]", "state<fp16[2, 8]>"
[[nodiscard]] std::string to_string(const Type& type);
/// "[1, ?, 64]"
[[nodiscard]] std::string to_string(const Shape& shape);

}  // namespace seben::mil
