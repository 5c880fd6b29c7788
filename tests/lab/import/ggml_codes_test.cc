// SPDX-License-Identifier: Apache-2.0
#include "import/ggml_codes.h"

#include <gtest/gtest.h>

#include "base/float16.h"
#include "codecs/splitmix.h"

namespace seben::models {
namespace {

using tensor::GgmlType;

// Blocks of any integers, scales of either sign and of all magnitudes, none and subnormal ones among them.
std::vector<std::byte> random_blocks(GgmlType type, std::size_t count, std::uint64_t seed) {
  quant::SplitMix random(seed);
  const std::size_t size = tensor::block_bytes(type);
  std::vector<std::byte> out(count * size);
  for (std::byte& byte : out) byte = static_cast<std::byte>(random.uniform() * 256.0);
  const bool offset = type == GgmlType::q4_1 || type == GgmlType::q5_1;
  for (std::size_t b = 0; b < count; ++b) {
    for (std::size_t i = 0; i < (offset ? 2U : 1U); ++i) {
      std::byte& high = out[b * size + 2 * i + 1];
      high = b % 7 == 0 ? std::byte{0} : high & std::byte{0xBB};  // neither infinite nor beyond the largest product
    }
  }
  return out;
}

TEST(GgmlCodes, HaveTheValuesThatGgmlGivesBlocks) {
  for (const auto& [type, codec] : {std::pair{GgmlType::q8_0, "w8:g32"},
                                    {GgmlType::q5_0, "w5:g32"},
                                    {GgmlType::q4_0, "w4:g32"},
                                    {GgmlType::q5_1, "w5:g32:asym"},
                                    {GgmlType::q4_1, "w4:g32:asym"}}) {
    constexpr std::int64_t rows = 40, columns = 96;
    const std::vector<std::byte> blocks = random_blocks(type, static_cast<std::size_t>(rows * columns / 32), 11);
    const tensor::GgmlTensor tensor{"a", type, {rows, columns}, blocks};
    std::vector<float> expected(static_cast<std::size_t>(rows * columns)), row(static_cast<std::size_t>(columns));
    tensor::dequantise(type, blocks, expected);
    const quant::CodedMatrix codes = codes_of_blocks(tensor, "fc1.weight");
    EXPECT_EQ(quant::weight_codec_name(codes.spec), codec);
    EXPECT_EQ(codes.name, "fc1.weight");
    EXPECT_EQ(codes.bytes(), blocks.size());  // not a byte more than ggml's
    const auto reader = quant::rows_of(codes);
    reader->check();
    for (std::int64_t r = 0; r < rows; ++r) {
      reader->read(r, row);
      for (std::int64_t i = 0; i < columns; ++i) {
        ASSERT_EQ(row[static_cast<std::size_t>(i)], expected[static_cast<std::size_t>(r * columns + i)])
            << codec << ' ' << r << ' ' << i;
      }
    }
  }
}

}  // namespace
}  // namespace seben::models
