// SPDX-License-Identifier: Apache-2.0
#include "bundle/basis.h"

#include <algorithm>
#include <string>

#include "base/format.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

bool sound(const Gate& gate, double loosest, bool at_most) {
  return gate.at_most == at_most && gate.holds() && (at_most ? gate.limit <= loosest : gate.limit >= loosest);
}

}  // namespace

void require_sound(const BasisLimits& limits, std::string_view where) {
  const BasisLimits& l = kLoosestBasis;
  if (limits.recordings >= l.recordings && limits.characters >= l.characters &&
      limits.reference_cer <= l.reference_cer && limits.reference_cer >= 0.0) {
    return;
  }
  throw Error(ErrorCategory::usage, std::string(where),
              base::format("at least {} recordings, at least {} characters and an error rate of at most {}",
                           l.recordings, l.characters, l.reference_cer),
              base::format("{}, {} and {}", limits.recordings, limits.characters, limits.reference_cer));
}

std::vector<Gate> gates_of(const Basis& basis, const BasisLimits& limits) {
  const auto number = [](std::int64_t n) { return static_cast<double>(n); };
  return {{std::string(kRecordingsGate), number(basis.recordings), number(limits.recordings), false},
          {std::string(kCharactersGate), number(basis.characters), number(limits.characters), false},
          {std::string(kReadingGate), basis.reference_cer, limits.reference_cer, true}};
}

bool rests_on_enough(std::span<const Gate> gates) noexcept {
  const auto has = [&](std::string_view name, double loosest, bool at_most) {
    return std::ranges::any_of(gates,
                               [&](const Gate& gate) { return gate.name == name && sound(gate, loosest, at_most); });
  };
  return has(kRecordingsGate, static_cast<double>(kLoosestBasis.recordings), false) &&
         has(kCharactersGate, static_cast<double>(kLoosestBasis.characters), false) &&
         has(kReadingGate, kLoosestBasis.reference_cer, true);
}

}  // namespace seben::bundle
