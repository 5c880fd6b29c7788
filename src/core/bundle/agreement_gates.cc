// SPDX-License-Identifier: Apache-2.0
#include "bundle/agreement_gates.h"

#include <algorithm>
#include <limits>
#include <string>

#include "bundle/records.h"

namespace seben::bundle {
namespace {

bool has_at_most(std::span<const Gate> gates, std::string_view name, double loosest) {
  return std::ranges::any_of(gates, [&](const Gate& gate) {
    return gate.name == name && gate.at_most && gate.holds() && gate.limit <= loosest;
  });
}

bool has_at_least(std::span<const Gate> gates, std::string_view name, double loosest) {
  return std::ranges::any_of(gates, [&](const Gate& gate) {
    return gate.name == name && !gate.at_most && gate.holds() && gate.limit >= loosest;
  });
}

}  // namespace

std::vector<Gate> agreement_gates(const AgreementBasis& basis, const AgreementBasis& limits) {
  return {{std::string(kSecondsGate), basis.seconds, limits.seconds, false},
          {std::string(kTokensGate), static_cast<double>(basis.tokens), static_cast<double>(limits.tokens), false},
          {std::string(kConfidenceGate), basis.reference_log_prob, limits.reference_log_prob, false}};
}

bool agrees(std::span<const Gate> gates) noexcept {
  return has_at_most(gates, kFeatureGate, std::numeric_limits<double>::infinity()) &&
         has_at_most(gates, kDivergenceGate, kMostDivergence) && has_at_most(gates, kTokenGate, kMostTokenChange) &&
         has_at_least(gates, kSecondsGate, kLeastAgreementBasis.seconds) &&
         has_at_least(gates, kTokensGate, static_cast<double>(kLeastAgreementBasis.tokens)) &&
         has_at_least(gates, kConfidenceGate, kLeastAgreementBasis.reference_log_prob);
}

}  // namespace seben::bundle
