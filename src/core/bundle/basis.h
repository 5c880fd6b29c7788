// SPDX-License-Identifier: Apache-2.0
// What a measurement has to rest on before its figures may admit anything: enough recordings, enough text, and a
// reading that is any good, as two readings of silence never differ (docs/quantization.md, "What a gate rests on").
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bundle/gate.h"

namespace seben::bundle {

inline constexpr std::string_view kRecordingsGate = "recordings";  ///< at least; each counts once
inline constexpr std::string_view kCharactersGate = "characters";  ///< of their texts, at least
inline constexpr std::string_view kReadingGate = "reference_cer";  ///< error rate of the reference itself, at most

struct Basis {
  std::int64_t recordings = 0;
  std::int64_t characters = 0;
  double reference_cer = 1.0;
};

/// Limits that are stated before measuring and kept with the record. The defaults let one wrong character change the
/// error rate by a tenth of a point, half of what the gates of a precision allow.
struct BasisLimits {
  std::int64_t recordings = 30;
  std::int64_t characters = 1000;
  double reference_cer = 0.5;
};
/// No limits below these admit anything, whoever states them.
inline constexpr BasisLimits kLoosestBasis{5, 100, 0.75};

/// Error(usage) for limits that are looser than kLoosestBasis.
void require_sound(const BasisLimits& limits, std::string_view where);

[[nodiscard]] std::vector<Gate> gates_of(const Basis& basis, const BasisLimits& limits);

/// All three gates are there, hold, and are no looser than kLoosestBasis.
[[nodiscard]] bool rests_on_enough(std::span<const Gate> gates) noexcept;

}  // namespace seben::bundle
