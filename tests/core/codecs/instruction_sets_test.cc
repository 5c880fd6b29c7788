// SPDX-License-Identifier: Apache-2.0
// Stored codes depend on no processor: every instruction set gives the bits of the plain one.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "codecs/rotation_ops.h"
#include "quant/affine_ops.h"
#include "support/random_frames.h"

namespace seben::quant {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::vector<base::Isa> available_sets() {
  std::vector<base::Isa> sets;
  for (const base::Isa isa : {base::Isa::plain, base::Isa::avx2, base::Isa::avx512}) {
    if (isa <= base::best_isa()) sets.push_back(isa);
  }
  return sets;
}

template <typename Value>
Bytes bytes_of(const std::vector<Value>& values) {
  Bytes out(values.size() * sizeof(Value));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

TEST(InstructionSets, TablesAreThoseThatWereAskedFor) {
  for (const base::Isa isa : available_sets()) {
    const std::string name = isa == base::Isa::plain ? "plain" : isa == base::Isa::avx2 ? "avx2" : "avx512";
    EXPECT_EQ(affine_ops(isa).name, name);
    EXPECT_EQ(rotation_ops(isa).name, name);
  }
  EXPECT_EQ(&affine_ops(), &affine_ops(base::best_isa()));
  EXPECT_EQ(&rotation_ops(), &rotation_ops(base::best_isa()));
}

// Codes, scales, zeros and what they give back, one after the other.
Bytes affine_bits(base::Isa isa, const std::vector<float>& x, AffineLayout layout) {
  const auto n = static_cast<std::int64_t>(x.size());
  Bytes out(x.size() * static_cast<std::size_t>(layout.bits) / 8);
  std::vector<std::uint16_t> scales(x.size() / static_cast<std::size_t>(layout.group)), zeros(scales.size());
  std::vector<float> restored(x.size());
  const std::uint32_t largest = affine_ops(isa).encode(x.data(), n, layout, out.data(), scales.data(), zeros.data());
  affine_ops(isa).decode(out.data(), scales.data(), zeros.data(), n, layout, restored.data());
  for (const Bytes& part : {bytes_of(scales), bytes_of(zeros), bytes_of(restored), bytes_of(std::vector{largest})}) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST(InstructionSets, AffineCodesAreTheSameBits) {
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const int group : {16, 32, 48, 128}) {
      for (const bool symmetric : {false, true}) {
        const std::vector<float> x = normal_values(static_cast<std::size_t>(group) * 7, 31);
        const Bytes plain = affine_bits(base::Isa::plain, x, {bits, group, symmetric});
        for (const base::Isa isa : available_sets()) {
          EXPECT_EQ(affine_bits(isa, x, {bits, group, symmetric}), plain) << affine_ops(isa).name << bits << group;
        }
      }
    }
  }
}

Bytes rotation_bits(const RotationOps& ops, std::int64_t n) {
  constexpr std::int64_t kRows = 5;
  const auto width = static_cast<std::size_t>(n);
  std::vector<float> x = normal_values(width * kRows, 7), mixed(x.size());
  std::vector<float> signs = normal_values(kRows * kRows, 9);
  for (float& s : signs) s = s < 0.0F ? -1.0F : 1.0F;
  ops.hadamard(x.data(), n, kRows);
  ops.mix(x.data(), signs.data(), kRows, n, mixed.data());
  ops.multiply(mixed.data(), n, x.data());
  Bytes out = bytes_of(x);
  for (const std::int64_t count : {1, 7, 31, 63, 255}) {
    std::vector<float> thresholds, levels;
    for (std::int64_t i = 0; i < count; ++i) thresholds.push_back(static_cast<float>(2 * i - count));
    for (std::int64_t i = 0; i <= count; ++i) levels.push_back(static_cast<float>(2 * i - count) - 1.0F);
    Bytes codes(width);
    std::vector<float> restored(width);
    ops.codes(mixed.data(), n, thresholds.data(), count, codes.data());
    ops.levels(codes.data(), n, levels.data(), 0.7F, restored.data());
    out.insert(out.end(), codes.begin(), codes.end());
    const Bytes last = bytes_of(restored);
    out.insert(out.end(), last.begin(), last.end());
  }
  return out;
}

TEST(InstructionSets, RotationsAreTheSameBits) {
  for (const std::int64_t n : {1, 2, 4, 8, 16, 64, 512}) {
    const Bytes plain = rotation_bits(rotation_ops(base::Isa::plain), n);
    for (const base::Isa isa : available_sets()) EXPECT_EQ(rotation_bits(rotation_ops(isa), n), plain) << n;
  }
}

}  // namespace
}  // namespace seben::quant
