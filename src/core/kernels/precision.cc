// SPDX-License-Identifier: Apache-2.0
#include "kernels/precision.h"

namespace seben::kernels {

std::string_view to_string(Precision precision) noexcept {
  switch (precision) {
    case Precision::f32: return "f32";
    case Precision::bf16: return "bf16";
    case Precision::int8: return "int8";
  }
  return "unknown";
}

std::optional<Precision> parse_precision(std::string_view word) noexcept {
  for (const Precision p : {Precision::f32, Precision::bf16, Precision::int8}) {
    if (to_string(p) == word) return p;
  }
  return std::nullopt;
}

}  // namespace seben::kernels
