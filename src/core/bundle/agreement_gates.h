// SPDX-License-Identifier: Apache-2.0
// The gates of a measurement without texts: a text decoder's arithmetic held against f32's own choices, on enough
// speech of which f32 makes something (docs/quantization.md, "Agreement").
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bundle/gate.h"

namespace seben::bundle {

inline constexpr std::string_view kDivergenceGate = "divergence";  ///< mean over tokens of KL(f32, it) in nats, at most
inline constexpr std::string_view kTokenGate = "token_change";  ///< share of tokens where it prefers another, at most
inline constexpr std::string_view kSecondsGate = "seconds";     ///< of speech, at least
inline constexpr std::string_view kTokensGate = "tokens";       ///< that f32 wrote of it, at least
/// The mean of ln P that f32 gave to them, at least: a model that makes nothing of the speech agrees with anything.
inline constexpr std::string_view kConfidenceGate = "reference_log_prob";

struct AgreementBasis {
  double seconds = 0.0;
  std::int64_t tokens = 0;
  double reference_log_prob = -1000.0;
};

/// No limits looser than these admit anything. Whisper itself takes a text for failed below -1; speech of a language
/// that it hardly knows comes near that.
inline constexpr AgreementBasis kLeastAgreementBasis{60.0, 150, -2.0};
inline constexpr double kMostDivergence = 0.05;
inline constexpr double kMostTokenChange = 0.1;

[[nodiscard]] std::vector<Gate> agreement_gates(const AgreementBasis& basis, const AgreementBasis& limits);

/// The gates above and kFeatureGate are all there, hold, and are no looser than the bounds above.
[[nodiscard]] bool agrees(std::span<const Gate> gates) noexcept;

}  // namespace seben::bundle
