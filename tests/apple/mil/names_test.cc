// SPDX-License-Identifier: Apache-2.0
// Words of the language: names, types, operator sets.
#include "mil/names.h"

#include <gtest/gtest.h>

#include <string>

#include "mil/opset.h"
#include "mil/type.h"
#include "support/errors.h"

namespace seben::mil {
namespace {

TEST(Names, Identifiers) {
  for (const char* name : {"a", "_x", "conv1_weight", "x@2", "Tensor", "fp"}) EXPECT_TRUE(is_identifier(name)) << name;
  for (const char* name : {"", "1a", "@a", "a-b", "a b", "\u07CA", "tensor", "state", "fp16", "int32", "bool"}) {
    EXPECT_FALSE(is_identifier(name)) << name;
  }
  EXPECT_TRUE(is_identifier(std::string(512, 'a')));
  EXPECT_FALSE(is_identifier(std::string(513, 'a')));
}

TEST(Names, AnythingBecomesAnIdentifier) {
  EXPECT_EQ(to_identifier("model.encoder.0"), "model_encoder_0");
  EXPECT_EQ(to_identifier("0.x"), "_0_x");
  EXPECT_EQ(to_identifier("fp16"), "_fp16");
  EXPECT_EQ(to_identifier("a@b"), "a_b");
  for (const std::string& text :
       {std::string(), std::string("\u07CA"), std::string("tensor"), std::string(9999, '9')}) {
    EXPECT_TRUE(is_identifier(to_identifier(text))) << text.substr(0, 20);
  }
}

TEST(Names, MessagesArePrintableAndShort) {
  EXPECT_EQ(printable("a b~"), "a b~");
  EXPECT_EQ(printable("\n\x1b[m\x7f\xff"), "\\x0a\\x1b[m\\x7f\\xff");
  EXPECT_EQ(printable(std::string(80, 'x')), std::string(80, 'x'));
  EXPECT_EQ(printable(std::string(81, 'x')), std::string(80, 'x') + "\u2026");
}

TEST(Types, TextAndElements) {
  EXPECT_EQ(to_string(Type{DType::fp16, {1, kUnknown, 64}}), "fp16[1, ?, 64]");
  EXPECT_EQ(to_string(Type{DType::fp16, {2, 8}, true}), "state<fp16[2, 8]>");
  EXPECT_EQ(to_string(Type{DType::int32, {}}), "int32[]");
  EXPECT_EQ((Type{DType::fp32, {}}).elements(), 1);
  EXPECT_EQ((Type{DType::fp32, {3, 0, 5}}).elements(), 0);
  EXPECT_EQ((Type{DType::fp32, {3, 4, 5}}).elements(), 60);
  EXPECT_TRUE((Type{DType::fp32, {3}}).fixed());
  EXPECT_FALSE((Type{DType::fp32, {3, kUnknown}}).fixed());
  constexpr std::int64_t kMost = std::int64_t{1} << 48;
  EXPECT_EQ((Type{DType::fp32, {kMost}}).elements(), kMost);
  for (const Shape& shape : {Shape{kUnknown}, Shape{kMost, 2}, Shape{2, kMost}, Shape{kMost + 1}}) {
    EXPECT_TRUE(test::is_bad_data("2^48", [&] { (void)Type{DType::fp32, shape}.elements(); })) << to_string(shape);
  }
}

TEST(Opsets, NamesComeBack) {
  for (const Opset opset : {Opset::ios15, Opset::ios16, Opset::ios17, Opset::ios18}) {
    EXPECT_EQ(parse_opset(to_string(opset)), opset);
    EXPECT_EQ(opset_of_wire_name(wire_name(opset)), opset);
  }
  EXPECT_EQ(parse_opset("iOS17"), Opset::ios17);
  EXPECT_EQ(wire_name(Opset::ios15), "CoreML5");
  EXPECT_EQ(specification_version(Opset::ios15), 6);
  EXPECT_EQ(specification_version(Opset::ios18), 9);
  for (const char* word : {"", "ios14", "iOS", "IOS15", "CoreML5"}) EXPECT_EQ(parse_opset(word), std::nullopt) << word;
  EXPECT_EQ(opset_of_wire_name("ios15"), std::nullopt);
}

}  // namespace
}  // namespace seben::mil
