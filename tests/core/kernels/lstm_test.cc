// SPDX-License-Identifier: Apache-2.0
// A step of the recurrence in every instruction set against its definition in double arithmetic.
#include "kernels/lstm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace seben::kernels {
namespace {

struct Step {
  explicit Step(std::int64_t n) : cells(n), size(static_cast<std::size_t>(n)) {
    std::mt19937 random(static_cast<std::uint32_t>(n));
    const auto fill = [&random](std::size_t count, float deviation) {
      std::normal_distribution<float> normal(0.0F, deviation);
      std::vector<float> x(count);
      for (float& v : x) v = normal(random);
      return x;
    };
    recurrent = fill(4 * size * size, 1.5F / std::sqrt(static_cast<float>(n)));
    gates = fill(4 * size, 2.0F);
    before = fill(size, 0.5F);
    state = fill(size, 1.0F);
  }
  // Runs the set's step; what it leaves in state comes back through `after`.
  std::vector<float> run(base::Isa isa, std::vector<float>& after) const {
    const LstmOps& ops = lstm_ops(isa);
    std::vector<float> packed(static_cast<std::size_t>(ops.packed_floats(cells))), hidden(size);
    ops.pack(recurrent.data(), cells, packed.data());
    after = state;
    ops.step(packed.data(), cells, gates.data(), before.data(), after.data(), hidden.data());
    return hidden;
  }
  [[nodiscard]] double gate(std::size_t g, std::size_t c) const {
    double sum = static_cast<double>(gates[g * size + c]);
    for (std::size_t i = 0; i < size; ++i) {
      sum += static_cast<double>(recurrent[(g * size + c) * size + i]) * static_cast<double>(before[i]);
    }
    return sum;
  }

  std::int64_t cells;
  std::size_t size;
  std::vector<float> recurrent, gates, before, state;
};

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

std::vector<base::Isa> sets() {
  std::vector<base::Isa> out{base::Isa::plain};
  if (base::best_isa() != base::Isa::plain) out.push_back(base::Isa::avx2);
  if (base::best_isa() == base::Isa::avx512) out.push_back(base::Isa::avx512);
  return out;
}

class LstmStep : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(LstmStep, EqualsItsDefinition) {
  const Step step(GetParam());
  for (const base::Isa isa : sets()) {
    std::vector<float> state;
    const std::vector<float> hidden = step.run(isa, state);
    for (std::size_t c = 0; c < step.size; ++c) {
      const double now = logistic(step.gate(1, c)) * static_cast<double>(step.state[c]) +
                         logistic(step.gate(0, c)) * std::tanh(step.gate(2, c));
      EXPECT_NEAR(static_cast<double>(state[c]), now, 3e-6) << lstm_ops(isa).name << " cell " << c;
      EXPECT_NEAR(static_cast<double>(hidden[c]), logistic(step.gate(3, c)) * std::tanh(now), 3e-6);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cells, LstmStep, ::testing::Values(1, 3, 7, 8, 16, 19, 31, 32, 33, 48, 192, 200));

TEST(LstmStepEdges, LargeGatesSaturateAndWhatIsNoNumberStaysNone) {
  for (const base::Isa isa : sets()) {
    Step step(5);
    std::ranges::fill(step.recurrent, 0.0F);
    for (const float huge : {1e4F, std::numeric_limits<float>::infinity()}) {
      std::ranges::fill(step.gates, huge);
      std::ranges::fill(step.state, 0.5F);
      std::vector<float> state;
      EXPECT_NEAR(step.run(isa, state)[4], std::tanh(1.5F), 1e-6F);
      EXPECT_NEAR(state[0], 1.5F, 1e-6F);
      for (float& gate : step.gates) gate = -huge;
      EXPECT_EQ(step.run(isa, state)[2], 0.0F);
    }
    step.gates.assign(20, 0.1F);
    step.gates[3] = std::numeric_limits<float>::quiet_NaN();  // input gate of cell 3
    std::vector<float> state;
    const std::vector<float> hidden = step.run(isa, state);
    EXPECT_TRUE(std::isnan(hidden[3]) && std::isnan(state[3]));
    EXPECT_FALSE(std::isnan(hidden[2]) || std::isnan(hidden[4]));
  }
}

}  // namespace
}  // namespace seben::kernels
