// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "affine_reference.h"
#include "codecs/codec.h"
#include "support/errors.h"
#include "support/random_frames.h"

namespace seben::quant {
namespace {

std::vector<std::byte> encode(const FrameCodec& codec, const std::vector<float>& frames) {
  std::vector<std::byte> out(frames.size() / static_cast<std::size_t>(codec.dim()) * codec.frame_bytes());
  codec.encode(frames, out, "test");
  return out;
}

std::vector<float> restore(const FrameCodec& codec, const std::vector<float>& frames) {
  std::vector<float> out(frames.size());
  codec.decode(encode(codec, frames), out);
  return out;
}

double mse(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
  return sum / static_cast<double>(a.size());
}

class EveryLayout : public testing::TestWithParam<AffineLayout> {
 protected:
  [[nodiscard]] CodecSpec spec() const {
    CodecSpec s;
    s.bits = GetParam().bits;
    s.group = GetParam().group;
    s.symmetric = GetParam().symmetric;
    return s;
  }
};

TEST_P(EveryLayout, EqualsTheFormulaToTheByte) {
  const AffineLayout l = GetParam();
  const auto codec = make_codec(spec(), 6 * l.group, "test");
  std::vector<float> frames = normal_values(static_cast<std::size_t>(6 * l.group) * 3, 1);
  for (std::size_t i = 0; i < static_cast<std::size_t>(l.group); ++i) {
    frames[i] = 3.5F;                                             // a constant group
    frames[i + static_cast<std::size_t>(l.group)] = 0.0F;         // zeros
    frames[i + 2 * static_cast<std::size_t>(l.group)] *= 1e-8F;   // below fp16's smallest step
    frames[i + 3 * static_cast<std::size_t>(l.group)] *= 1.5e4F;  // near its largest number
  }
  const std::vector<std::byte> bytes = encode(*codec, frames);
  std::vector<float> restored(frames.size());
  codec->decode(bytes, restored);
  const auto width = static_cast<std::size_t>(codec->dim());
  for (std::size_t f = 0; f < 3; ++f) {
    const std::vector<float> frame(frames.begin() + static_cast<std::ptrdiff_t>(f * width),
                                   frames.begin() + static_cast<std::ptrdiff_t>((f + 1) * width));
    const AffineRow row = reference_encode(frame, l);
    const std::vector<std::uint8_t> codes = packed(row.codes, l.bits);
    const std::byte* at = bytes.data() + f * codec->frame_bytes();
    ASSERT_EQ(0, std::memcmp(at, codes.data(), codes.size()));
    ASSERT_EQ(0, std::memcmp(at + codes.size(), row.scales.data(), 2 * row.scales.size()));
    const std::byte* zeros = at + codes.size() + 2 * row.scales.size();
    ASSERT_TRUE(row.zeros.empty() || std::memcmp(zeros, row.zeros.data(), 2 * row.zeros.size()) == 0);
    const std::vector<float> expected = reference_decode(row, l);
    for (std::size_t i = 0; i < width; ++i) ASSERT_EQ(restored[f * width + i], expected[i]) << f << " " << i;
  }
}

TEST_P(EveryLayout, CountsItsBytes) {
  const AffineLayout l = GetParam();
  const auto codec = make_codec(spec(), 1280 / 5 * 6, "test");  // 1536, a multiple of every group here
  const ByteAccount a = codec->account();
  EXPECT_EQ(a.payload, 1536U * static_cast<std::size_t>(l.bits) / 8);
  EXPECT_EQ(a.scales, 2U * 1536U / static_cast<std::size_t>(l.group));
  EXPECT_EQ(a.zeros, l.symmetric ? 0U : a.scales);
  EXPECT_EQ(a.padding + a.norms + a.codebook, 0U);
  EXPECT_DOUBLE_EQ(codec->bits_per_value(), l.bits + (l.symmetric ? 16.0 : 32.0) / l.group);
}

TEST_P(EveryLayout, CodingAgainMovesACodeByAtMostOneStep) {
  const AffineLayout l = GetParam();
  const auto codec = make_codec(spec(), 6 * l.group, "test");
  const std::vector<float> once = restore(*codec, normal_values(static_cast<std::size_t>(60 * l.group), 2));
  const std::vector<float> twice = restore(*codec, once);
  const auto group = static_cast<std::size_t>(l.group);
  for (std::size_t first = 0; first < once.size(); first += group) {
    float low = once[first], high = once[first];
    for (std::size_t i = first; i < first + group; ++i) {
      low = std::min(low, once[i]);
      high = std::max(high, once[i]);
    }
    const float step = (l.symmetric ? 2 * std::max(high, -low) : high - low) / static_cast<float>((1 << l.bits) - 1);
    for (std::size_t i = first; i < first + group; ++i) ASSERT_LE(std::abs(once[i] - twice[i]), 1.01F * step);
  }
}

std::vector<AffineLayout> layouts() {
  std::vector<AffineLayout> out;
  for (const int bits : {2, 3, 4, 5, 6, 8}) {
    for (const int group : {16, 32, 48, 64, 128}) {
      if (group == 48 && bits != 3) continue;
      for (const bool symmetric : {false, true}) {
        if (1536 % group == 0) out.push_back({bits, group, symmetric});
      }
    }
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Affine, EveryLayout, testing::ValuesIn(layouts()), [](const auto& layout) {
  return "b" + std::to_string(layout.param.bits) + "g" + std::to_string(layout.param.group) +
         (layout.param.symmetric ? "sym" : "");
});

// Expected values: simulated by others than this code (40,000 groups of N(0, 1)).
TEST(Affine, ErrorOnNormalNumbersIsTheTabulatedOne) {
  struct Row {
    const char* codec;
    double mse;
  };
  const std::vector<float> x = normal_values(1280 * 400, 3);
  for (const Row& row :
       {Row{"affine2:g16", 0.1068}, Row{"affine2:g32", 0.1547}, Row{"affine2:g64", 0.2023}, Row{"affine3:g32", 0.02819},
        Row{"affine4:g16", 0.00421}, Row{"affine4:g32", 0.00613}, Row{"affine4:g64", 0.00804},
        Row{"affine5:g32", 0.00143}, Row{"affine6:g32", 0.00035}, Row{"affine8:g32", 2.1e-5}}) {
    const auto codec = make_codec(parse_codec(row.codec, "test"), 1280, "test");
    EXPECT_NEAR(mse(x, restore(*codec, x)) / row.mse, 1.0, 0.03) << row.codec;
  }
}

TEST(Affine, SymmetricKeepsZeroAndTheExtreme) {
  const auto codec = make_codec(parse_codec("affine4:g32:sym", "test"), 32, "test");
  std::vector<float> x(32, 0.0F);
  x[7] = -2.0F;
  x[9] = 1.75F;
  const std::vector<float> y = restore(*codec, x);
  EXPECT_EQ(y[0], 0.0F);
  EXPECT_EQ(y[7], -2.0F);
  EXPECT_EQ(y[9], 1.75F);
}

TEST(Affine, RefusesWhatItCannotHold) {
  const auto codec = make_codec(parse_codec("affine8:g32", "test"), 64, "test");
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity(), 65536.0F, -1e30F}) {
    std::vector<float> frames(64 * 3, 1.0F);
    frames[64 + 40] = bad;
    EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, "frame 1, value 40", [&] { (void)encode(*codec, frames); }))
        << bad;
  }
  std::vector<float> largest(64, 65504.0F);
  largest[3] = -65504.0F;
  const std::vector<float> restored = restore(*codec, largest);
  EXPECT_EQ(restored[3], -65504.0F);
  EXPECT_NEAR(restored[0], 65504.0F, 300.0F);
}

TEST(Affine, WidthMustBeAMultipleOfTheGroup) {
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "multiple of the group of 32",
                               [] { (void)make_codec(parse_codec("affine4:g32", "test"), 100, "--feature-codec"); }));
}

TEST(CodecSpec, TextsComeBack) {
  for (const char* text : {"f32", "fp16", "affine4:g32", "affine8:g64:sym", "turbo4", "turbo1", "turbo3:ip",
                           "turbo4:norm", "turbo2:ip:norm:seed=7"}) {
    EXPECT_EQ(to_string(parse_codec(text, "test")), text);
  }
  EXPECT_EQ(parse_codec("affine4", "test"), parse_codec("affine4:g32", "test"));
  for (const char* text : {"w4:g32", "w8:g128", "w4:g64:asym", "fp16"}) {
    EXPECT_EQ(weight_codec_name(parse_weight_codec(text, "test")), text);
  }
  EXPECT_TRUE(parse_weight_codec("w4", "test").symmetric);
}

TEST(CodecSpec, RefusesWhatIsNone) {
  for (const char* text : {"", "affine", "affine7", "affine1", "affine4:g24", "affine4:g256", "affine4:g", "affine4:",
                           "turbo0", "turbo9", "turbo4:sym", "fp16:g32", "f16", "affine4:g32x", "turbo4:seed=-1"}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--codec", [&] { (void)parse_codec(text, "--codec"); })) << text;
  }
  for (const char* text : {"w7", "w4:sym", "turbo4", "w"}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--weights", [&] {
      (void)parse_weight_codec(text, "--weights");
    })) << text;
  }
}

}  // namespace
}  // namespace seben::quant
