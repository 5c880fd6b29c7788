// SPDX-License-Identifier: Apache-2.0
// Records of measurements without texts.
#include "bundle/agreement_gates.h"

#include <gtest/gtest.h>

#include <cstddef>

#include "bundle/records.h"

namespace seben::bundle {
namespace {

PrecisionRecord agreement(const AgreementBasis& basis, const AgreementBasis& limits = kLeastAgreementBasis) {
  PrecisionRecord record;
  record.precision = "int8";
  record.gates = {{std::string(kFeatureGate), 0.03, 0.05, true},
                  {std::string(kDivergenceGate), 0.004, 0.02, true},
                  {std::string(kTokenGate), 0.01, 0.05, true}};
  for (const Gate& gate : agreement_gates(basis, limits)) record.gates.push_back(gate);
  return record;
}

TEST(AgreementRecord, AdmitsOnlyWithAllGatesHolding) {
  const PrecisionRecord good = agreement({111.0, 600, -1.1});
  EXPECT_TRUE(good.admitted());
  for (std::size_t i = 0; i < good.gates.size(); ++i) {
    PrecisionRecord missing = good;
    missing.gates.erase(missing.gates.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(missing.admitted()) << good.gates[i].name;
    PrecisionRecord broken = good;
    broken.gates[i].value = broken.gates[i].limit + (broken.gates[i].at_most ? 1e-9 : -1e-9);
    EXPECT_FALSE(broken.admitted()) << good.gates[i].name;
    PrecisionRecord turned = good;
    turned.gates[i].at_most = !turned.gates[i].at_most;
    turned.gates[i].value = turned.gates[i].limit;
    EXPECT_FALSE(turned.admitted()) << good.gates[i].name;
  }
  PrecisionRecord extra = good;
  extra.gates.push_back({"cosine", 0.9, 0.99, false});
  EXPECT_FALSE(extra.admitted());
}

TEST(AgreementRecord, LooseLimitsAdmitNothingWhoeverStatesThem) {
  EXPECT_FALSE(agreement({5.0, 600, -1.0}, {1.0, 150, -2.0}).admitted()) << "five seconds";
  EXPECT_FALSE(agreement({111.0, 3, -1.0}, {60.0, 1, -2.0}).admitted()) << "three tokens";
  EXPECT_FALSE(agreement({111.0, 600, -9.0}, {60.0, 150, -10.0}).admitted()) << "a model that guesses";
  for (const std::size_t gate : {std::size_t{1}, std::size_t{2}}) {
    PrecisionRecord loose = agreement({111.0, 600, -1.0});
    loose.gates[gate].limit = 1.0;
    EXPECT_FALSE(loose.admitted()) << loose.gates[gate].name;
  }
}

}  // namespace
}  // namespace seben::bundle
