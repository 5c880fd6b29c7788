// SPDX-License-Identifier: Apache-2.0
// Blocks against what ggml itself makes of them (tools/fixtures/ggml_blocks.c).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "formats/dequantise_ops.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::tensor {
namespace {

constexpr std::size_t kBlocks = 16, kElements = kBlocks * 32;

class Dequantise : public testing::TestWithParam<GgmlType> {
 protected:
  Dequantise()
      : bytes_(test::read_file(std::string(SEBEN_SOURCE_DIR "/tests/fixtures/models/") +
                               std::string(to_string(GetParam())) + ".blocks")) {}

  [[nodiscard]] std::span<const std::byte> blocks() const {
    return std::as_bytes(std::span(bytes_)).first(kBlocks * block_bytes(GetParam()));
  }
  // Bits, not values: the fixture has negative zeros.
  void equals_ggml(const std::vector<float>& made) const {
    ASSERT_EQ(bytes_.size(), blocks().size() + kElements * sizeof(float));
    for (std::size_t i = 0; i < kElements; ++i) {
      std::uint32_t expected = 0, found = 0;
      std::memcpy(&expected, bytes_.data() + blocks().size() + i * sizeof(float), sizeof(float));
      std::memcpy(&found, &made[i], sizeof(float));
      ASSERT_EQ(found, expected) << "element " << i << ": " << made[i];
    }
  }

  std::string bytes_;
  std::vector<float> made_ = std::vector<float>(kElements);
};

TEST_P(Dequantise, EverySetEqualsGgmlBitForBit) {
  for (const base::Isa isa : {base::Isa::plain, base::Isa::avx2, base::Isa::avx512}) {
    if (isa > base::best_isa()) continue;
    std::ranges::fill(made_, -1.0F);
    dequantise_ops(isa).blocks(GetParam(), blocks().data(), kBlocks, block_bytes(GetParam()), made_.data());
    equals_ggml(made_);
  }
}

TEST_P(Dequantise, EqualsGgmlBitForBit) {
  dequantise(GetParam(), blocks(), made_);
  equals_ggml(made_);
}

TEST_P(Dequantise, ChecksTheRoom) {
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "room for 512",
                               [&] { dequantise(GetParam(), blocks(), std::span(made_).first(kElements - 1)); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "dequantise",
                               [&] { dequantise(GetParam(), blocks().first(blocks().size() - 1), made_); }));
}

INSTANTIATE_TEST_SUITE_P(Types, Dequantise,
                         testing::Values(GgmlType::q4_0, GgmlType::q4_1, GgmlType::q5_0, GgmlType::q5_1,
                                         GgmlType::q8_0),
                         [](const auto& type) { return std::string(to_string(type.param)); });

// The file was built for F16C and BMI2 and asked for AVX2 and FMA only, whatever the limit said.
TEST(DequantiseDeathTest, HonoursTheLimitOfInstructionSets) {
  EXPECT_STREQ(dequantise_ops().name, dequantise_ops(base::best_isa()).name);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const char* variable = "ONEDNN_MAX_CPU_ISA";
  const char* limit = std::getenv(variable);
  const std::string before = limit == nullptr ? "" : limit;
  setenv(variable, "SSE41", 1);  // before the other process asks the processor
  EXPECT_EXIT(std::_Exit(std::string(dequantise_ops().name) == "plain" ? 0 : 1), testing::ExitedWithCode(0), "");
  before.empty() ? unsetenv(variable) : setenv(variable, before.c_str(), 1);
}

TEST(DequantiseFloats, AreTakenAsTheyAre) {
  const std::array<std::uint16_t, 3> half{0x3c00, 0xc000, 0x0001};
  std::vector<float> made(3);
  dequantise(GgmlType::f16, std::as_bytes(std::span(half)), made);
  EXPECT_EQ(made, (std::vector<float>{1.0F, -2.0F, 0x1p-24F}));
  const std::array<float, 2> whole{3.5F, -0.25F};
  std::vector<float> same(2);
  dequantise(GgmlType::f32, std::as_bytes(std::span(whole)), same);
  EXPECT_EQ(same, (std::vector<float>{3.5F, -0.25F}));
}

}  // namespace
}  // namespace seben::tensor
