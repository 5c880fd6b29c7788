// SPDX-License-Identifier: Apache-2.0
// The scalars of a head's bias and those of the feature codecs are the same numbers where no maximum is involved.
#include "model/head/trajectory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "codecs/agp_scalars.h"
#include "codecs/splitmix.h"

namespace seben {
namespace {

constexpr std::int64_t kStates = 60, kWidth = 19;

std::vector<float> walk() {
  quant::SplitMix random(11);
  std::vector<float> states(static_cast<std::size_t>(kStates * kWidth));
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto before = i < kWidth ? 0.0F : states[i - static_cast<std::size_t>(kWidth)];
    states[i] = before + static_cast<float>(random.uniform() - 0.5);
  }
  return states;
}

TEST(TrajectoryScalars, AreTheSameForHeadsAndForCodecs) {
  const std::vector<float> states = walk();
  ctc::TrajectoryWorkspace workspace(kStates, kWidth);
  const auto whole = ctc::trajectory_scalars(states, kWidth, workspace);
  quant::AgpTrajectory causal(kWidth);
  for (std::int64_t t = 0; t < kStates; ++t) {
    causal.push(std::span(states).subspan(static_cast<std::size_t>(t * kWidth), static_cast<std::size_t>(kWidth)));
  }
  causal.finish();
  for (std::size_t t = 0; t < whole.size(); ++t) {
    const quant::AgpScalars& s = causal.scalars()[t];
    EXPECT_EQ(whole[t][1], static_cast<float>(s.uncertainty)) << t;
    EXPECT_EQ(whole[t][4], static_cast<float>(s.stiffness)) << t;
    if (t > 0) {  // a maximum over all states is no less than one over those so far
      EXPECT_GE(whole[t][0], static_cast<float>(s.commitment) - 1e-6F) << t;
    }
  }
}

}  // namespace
}  // namespace seben
