// SPDX-License-Identifier: Apache-2.0
// Codecs in words: read, written, and refused with the grammar.
#include "quant/spec.h"

#include <gtest/gtest.h>

#include <string>

#include "support/errors.h"

namespace seben::quant {
namespace {

auto reading(const std::string& text) {
  return [text] { (void)parse_codec(text, "--codec"); };
}
auto reading_weights(const std::string& text) {
  return [text] { (void)parse_weight_codec(text, "--weights"); };
}

TEST(CodecSpec, EveryTextComesBack) {
  for (const std::string text :
       {"f32", "fp16", "affine2:g16", "affine3:g32", "affine4:g128:sym", "affine8:g48", "turbo1", "turbo8:ip",
        "turbo4:norm", "turbo4:ip:norm", "turbo3:seed=7", "turbo3:ip:norm:seed=18446744073709551615"}) {
    EXPECT_EQ(to_string(parse_codec(text, "t")), text);
  }
}

TEST(CodecSpec, MissingPartsAreTheDefaults) {
  EXPECT_EQ(to_string(parse_codec("affine4", "t")), "affine4:g32");
  EXPECT_EQ(to_string(parse_codec("affine4:sym", "t")), "affine4:g32:sym");
  EXPECT_EQ(to_string(parse_codec("turbo4:seed=42", "t")), "turbo4");
  const CodecSpec turbo = parse_codec("turbo5:ip", "t");
  EXPECT_EQ(turbo.kind, CodecKind::turbo);
  EXPECT_EQ(turbo.bits, 5);
  EXPECT_TRUE(turbo.inner_product);
  EXPECT_TRUE(turbo.fitted);
}

TEST(CodecSpec, OthersAreUsageErrorsWithTheGrammar) {
  for (const char* text : {"",           "affine",      "affine1",      "affine7",    "affine9",      "affine04x",
                           "affine4:g8", "affine4:g17", "affine4:g144", "affine4:g",  "affine4:ip",   "affine4:",
                           "turbo0",     "turbo9",      "turbo4:sym",   "turbo4:g32", "turbo4:seed=", "turbo4:seed=-1",
                           "f32:sym",    "fp16:g32",    "F32",          "w4",         "affine4 "}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--codec: expected f32, fp16, affine<2..6|8>", reading(text)))
        << text;
  }
}

TEST(WeightCodec, ShortNamesAreSymmetricAffine) {
  const CodecSpec spec = parse_weight_codec("w4:g64", "t");
  EXPECT_EQ(spec, (CodecSpec{.kind = CodecKind::affine, .bits = 4, .group = 64, .symmetric = true}));
  EXPECT_FALSE(parse_weight_codec("w4:g64:asym", "t").symmetric);
  for (const std::string text : {"w8:g32", "w4:g64:asym", "w2:g128", "fp16", "f32"}) {
    EXPECT_EQ(weight_codec_name(parse_weight_codec(text, "t")), text);
  }
  EXPECT_EQ(weight_codec_name(parse_weight_codec("affine4:g32:sym", "t")), "w4:g32");
  EXPECT_EQ(weight_codec_name(parse_weight_codec("w8", "t")), "w8:g32");
}

TEST(WeightCodec, OthersAreUsageErrors) {
  for (const char* text : {"w", "w1", "w7", "w4:sym", "w4:g15", "turbo4", "w4:", "nonsense", ""}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--weights", reading_weights(text))) << text;
  }
}

}  // namespace
}  // namespace seben::quant
