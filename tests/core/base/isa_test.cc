// SPDX-License-Identifier: Apache-2.0
#include "base/isa.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace seben::base {
namespace {

// The answer is kept, so that each limit needs a process of its own.
class IsaDeathTest : public testing::TestWithParam<std::pair<const char*, Isa>> {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (const char* limit = std::getenv(kVariable); limit != nullptr) before_ = limit;
    setenv(kVariable, GetParam().first, 1);
  }
  void TearDown() override { before_.empty() ? unsetenv(kVariable) : setenv(kVariable, before_.c_str(), 1); }

  static constexpr const char* kVariable = "ONEDNN_MAX_CPU_ISA";
  std::string before_;
};

TEST_P(IsaDeathTest, TheLimitHoldsForShaAsWell) {
  EXPECT_EXIT(std::_Exit(has_sha_instructions() && GetParam().second == Isa::plain ? 1 : 0), testing::ExitedWithCode(0),
              "");
}

TEST_P(IsaDeathTest, TheLimitIsNeverExceeded) {
  EXPECT_EXIT(std::_Exit(best_isa() <= GetParam().second ? 0 : 1), testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(Limits, IsaDeathTest,
                         testing::Values(std::pair("SSE41", Isa::plain), std::pair("AVX", Isa::plain),
                                         std::pair("AVX2", Isa::avx2), std::pair("AVX2_VNNI", Isa::avx2),
                                         std::pair("AVX512_CORE_VNNI", Isa::avx2),
                                         std::pair("AVX512_CORE_BF16", Isa::avx512)),
                         [](const auto& limit) { return std::string(limit.param.first); });

}  // namespace
}  // namespace seben::base
