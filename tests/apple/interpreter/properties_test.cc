// SPDX-License-Identifier: Apache-2.0
// Laws that hold whatever the numbers are.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "base/float16.h"
#include "interpreter/interpreter.h"
#include "support/mil_model.h"

namespace seben {
namespace {

using interpreter::Array;
using interpreter::Arrays;
using mil::DType;
using mil::FunctionBuilder;
using mil::Literal;
using mil::Opset;
using mil::Value;

std::vector<float> random_floats(std::int64_t n, std::uint32_t seed, float deviation = 1.0F) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, deviation);
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& v : values) v = normal(random);
  return values;
}

Array random_array(const mil::Shape& shape, DType dtype, std::uint32_t seed) {
  return Array::floats(random_floats(mil::Type{dtype, shape}.elements(), seed), shape, dtype);
}

Literal random_literal(const mil::Shape& shape, DType dtype, std::uint32_t seed) {
  return Literal::floats(random_floats(mil::Type{dtype, shape}.elements(), seed, 0.2F), shape, dtype);
}

bool same_bits(const Array& a, const Array& b) {
  if (a.type() != b.type()) return false;
  for (std::int64_t i = 0; i < a.size(); ++i) {
    if (a.i()[i] != b.i()[i]) return false;
  }
  return true;
}

TEST(RoundToFp16, LeavesEveryHalf) {
  for (std::uint32_t code = 0; code < 0x10000U; ++code) {
    const float half = base::f16_to_f32(static_cast<std::uint16_t>(code));
    float rounded = half;
    interpreter::round_to_fp16({&rounded, 1});
    if (std::isnan(half)) {
      EXPECT_TRUE(std::isnan(rounded)) << code;
    } else {
      ASSERT_EQ(std::bit_cast<std::uint32_t>(rounded), std::bit_cast<std::uint32_t>(half)) << code;
    }
  }
}

// Against base's conversion, which works on the bits; and between every two halves the tie and both its neighbours.
TEST(RoundToFp16, IsTheNearestHalf) {
  std::vector<float> values{
      65504.0F, 65519.99F,     65520.0F,      65536.0F, 1e30F, std::numeric_limits<float>::infinity(),
      1e-8F,    2.9802322e-8F, 2.9802326e-8F, 6e-8F};
  for (std::uint16_t code = 0; code < 0x7BFFU; ++code) {
    const float low = base::f16_to_f32(code), high = base::f16_to_f32(static_cast<std::uint16_t>(code + 1));
    const float tie = low + (high - low) / 2.0F;
    values.insert(values.end(), {tie, std::nextafter(tie, low), std::nextafter(tie, high)});
  }
  std::mt19937 random(3);
  for (int i = 0; i < 200'000; ++i) {
    const auto v = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isnan(v)) values.push_back(v);
  }
  for (const float sign : {1.0F, -1.0F}) {
    for (const float value : values) {
      const float expected = base::f16_to_f32(base::f32_to_f16(sign * value));
      float rounded = sign * value;
      interpreter::round_to_fp16({&rounded, 1});
      ASSERT_EQ(std::bit_cast<std::uint32_t>(rounded), std::bit_cast<std::uint32_t>(expected)) << sign * value;
    }
  }
}

TEST(Properties, SplitThenConcatIsIdentity) {
  std::mt19937 random(5);
  for (std::uint32_t round = 0; round < 30; ++round) {
    const std::size_t rank = 1 + random() % 4;
    mil::Shape shape;
    for (std::size_t i = 0; i < rank; ++i) shape.push_back(1 + static_cast<std::int64_t>(random() % 6));
    const std::size_t axis = random() % rank;
    const bool from_end = random() % 2 == 0;
    const auto named = static_cast<std::int32_t>(axis) - (from_end ? static_cast<std::int32_t>(rank) : 0);
    std::vector<std::int64_t> sizes;
    for (std::int64_t left = shape[axis]; left > 0; left -= sizes.back()) {
      sizes.push_back(1 + static_cast<std::int64_t>(random()) % left);
    }
    FunctionBuilder b(Opset::ios15);
    const Value x = b.input("x", {DType::fp32, shape});
    const auto parts =
        b.add_all("split", "part", {{"x", x}, {"split_sizes", Literal::ints(sizes)}, {"axis", Literal::scalar(named)}});
    const Value y = b.add("concat", "y", {{"values", parts}, {"axis", Literal::scalar(named)}});
    const mil::Model model = test::model_of(b, {x}, {y});
    const Array in = random_array(shape, DType::fp32, round);
    const Arrays out = interpreter::Interpreter::compile(model, "split", {2, true}).run({{"x", in}});
    EXPECT_TRUE(same_bits(out.at("y"), in)) << mil::to_string(shape) << " axis " << named;
  }
}

TEST(Properties, TransposeThereAndBackIsIdentity) {
  std::mt19937 random(6);
  for (std::uint32_t round = 0; round < 40; ++round) {
    const std::size_t rank = 2 + random() % 4;
    mil::Shape shape;
    for (std::size_t i = 0; i < rank; ++i) {
      shape.push_back(random() % 3 == 0 ? 1 : 1 + static_cast<std::int64_t>(random() % 40));
    }
    std::vector<std::int64_t> perm(rank), back(rank);
    std::iota(perm.begin(), perm.end(), 0);
    std::shuffle(perm.begin(), perm.end(), random);
    for (std::size_t i = 0; i < rank; ++i) back[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
    for (std::int64_t& p : perm) {
      if (random() % 2 == 0) p -= static_cast<std::int64_t>(rank);
    }
    FunctionBuilder b(Opset::ios15);
    const Value x = b.input("x", {DType::fp32, shape});
    const Value t = b.add("transpose", "t", {{"x", x}, {"perm", Literal::ints(perm)}});
    const Value y = b.add("transpose", "y", {{"x", t}, {"perm", Literal::ints(back)}});
    const mil::Model model = test::model_of(b, {x}, {y});
    const Array in = random_array(shape, DType::fp32, round);
    const Arrays out = interpreter::Interpreter::compile(model, "transpose", {2, true}).run({{"x", in}});
    EXPECT_TRUE(same_bits(out.at("y"), in)) << mil::to_string(shape) << " " << mil::to_string(perm);
  }
}

// A layer in small with every operator that shares its work over threads.
mil::Model small_layer(DType dtype) {
  FunctionBuilder b(Opset::ios16);
  const std::int64_t frames = 700, width = 64, heads = 4;
  const Value mel = b.input("mel", {dtype, {1, 20, frames}});
  Value x = b.add("conv", "conv",
                  {{"x", mel},
                   {"weight", random_literal({width, 20, 3}, dtype, 1)},
                   {"pad_type", Literal::text("custom")},
                   {"pad", Literal::ints(std::vector<std::int64_t>{1, 1})}});
  x = b.add("gelu", "gelu", {{"x", x}});
  const Value w = b.add("softmax", "over_channels", {{"x", x}, {"axis", Literal::scalar(1)}});
  x = b.add("add", "sum", {{"x", x}, {"y", w}});
  x = b.add("transpose", "turn", {{"x", x}, {"perm", Literal::ints(std::vector<std::int64_t>{0, 2, 1})}});
  const Value n = b.add("layer_norm", "norm",
                        {{"x", x},
                         {"axes", Literal::ints(std::vector<std::int64_t>{-1})},
                         {"gamma", random_literal({width}, dtype, 2)},
                         {"epsilon", Literal::scalar(1e-5F, dtype)}});
  const auto projected = [&](const std::string& name, std::uint32_t seed) {
    const Value y = b.add("linear", name, {{"x", n}, {"weight", random_literal({width, width}, dtype, seed)}});
    const Value parts = b.add("reshape", name + "_heads",
                              {{"x", y}, {"shape", Literal::ints(std::vector<std::int64_t>{1, frames, heads, -1})}});
    return b.add("transpose", name + "_turned",
                 {{"x", parts}, {"perm", Literal::ints(std::vector<std::int64_t>{0, 2, 1, 3})}});
  };
  const Value q = projected("q", 3), k = projected("k", 4), v = projected("v", 5);
  const Value scores = b.add("matmul", "scores", {{"x", q}, {"y", k}, {"transpose_y", Literal::scalar(true)}});
  const Value weights = b.add("softmax", "weights", {{"x", scores}});
  const Value y = b.add("matmul", "mixed", {{"x", weights}, {"y", v}});
  return test::model_of(b, {mel}, {y});
}

TEST(Properties, BitsDoNotDependOnThreads) {
  for (const DType dtype : {DType::fp32, DType::fp16}) {
    const mil::Model model = small_layer(dtype);
    const Arrays inputs{{"mel", random_array({1, 20, 700}, dtype, 9)}};
    const Array one = interpreter::Interpreter::compile(model, "m", {1, true}).run(inputs).at("mixed");
    for (const int threads : {2, 3, 8}) {
      const auto program = interpreter::Interpreter::compile(model, "m", {threads, true});
      EXPECT_TRUE(same_bits(program.run(inputs).at("mixed"), one)) << to_string(dtype) << ", threads " << threads;
      EXPECT_TRUE(same_bits(program.run(inputs).at("mixed"), one)) << "again";
    }
  }
}

// With an observer every operation runs on its own; without one, attention runs in tiles.
TEST(Properties, AttentionInTilesIsTheThreeOperators) {
  for (const DType dtype : {DType::fp32, DType::fp16}) {
    const auto program = interpreter::Interpreter::compile(small_layer(dtype), "m", {2, true});
    const Arrays inputs{{"mel", random_array({1, 20, 700}, dtype, 10)}};
    std::vector<std::string> seen;
    Arrays none;
    const Arrays alone = program.run(inputs, none, [&](const mil::Operation&, const std::string& name, const Array& a) {
      seen.push_back(name);
      if (dtype == DType::fp16 && a.is_float()) {  // every value between operators is a half
        Array copy = Array::floats(a.values(), a.shape(), DType::fp16);
        EXPECT_TRUE(std::ranges::equal(copy.values(), a.values())) << name;
      }
    });
    EXPECT_TRUE(std::ranges::find(seen, "scores") != seen.end());
    EXPECT_TRUE(std::ranges::find(seen, "weights") != seen.end());
    const Array fused = program.run(inputs).at("mixed"), &separate = alone.at("mixed");
    ASSERT_EQ(fused.type(), separate.type());
    std::int64_t different = 0;
    for (std::int64_t i = 0; i < fused.size(); ++i) {
      const float a = fused.f()[i], b = separate.f()[i];
      if (a != b) ++different;
      ASSERT_NEAR(a, b, dtype == DType::fp16 ? 2e-3F * std::max(1.0F, std::abs(b)) : 3e-5F) << i;
    }
    // Rounded at the same three places: only where the order of f32 sums decides may a half be another one.
    const std::int64_t allowed = dtype == DType::fp16 ? fused.size() / 500 : fused.size();
    EXPECT_LE(different, allowed) << "of " << fused.size();
  }
}

TEST(Properties, OverflowOfFp16IsSeen) {
  FunctionBuilder b(Opset::ios16);
  const Value x = b.input("x", {DType::fp16, {2}});
  const Value y = b.add("mul", "y", {{"x", x}, {"y", Literal::scalar(2.0F, DType::fp16)}});
  const mil::Model model = test::model_of(b, {x}, {y});
  const std::vector<float> values{40000.0F, 3.0F};
  const Arrays inputs{{"x", Array::floats(values, {2}, DType::fp16)}};
  const Arrays rounded = interpreter::Interpreter::compile(model, "m", {1, true}).run(inputs);
  EXPECT_EQ(rounded.at("y").f()[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(rounded.at("y").f()[1], 6.0F);
  const Arrays exact = interpreter::Interpreter::compile(model, "m", {1, false}).run(inputs);
  EXPECT_EQ(exact.at("y").f()[0], 80000.0F);
}

TEST(Properties, NanIsSeen) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> poisoned{1.0F, nan, -2.0F, 0.5F}, plain{0.0F, 1.0F, 2.0F, 3.0F};
  const auto result = [&](const std::string& op, bool second) {
    FunctionBuilder b(Opset::ios15);
    const Value x = b.input("x", {DType::fp32, {4}}), z = b.input("z", {DType::fp32, {4}});
    std::vector<mil::Operand> operands{{"x", x}};
    if (second) operands = {{"x", z}, {"y", x}};
    if (op == "reduce_max") operands.push_back({"keep_dims", Literal::scalar(true)});
    const Value y = b.add(op, "y", operands), w = b.add("identity", "w", {{"x", z}});
    const mil::Model model = test::model_of(b, {x, z}, {y, w});
    const Arrays inputs{{"x", Array::floats(poisoned, {4})}, {"z", Array::floats(plain, {4})}};
    return interpreter::Interpreter::compile(model, "m", {1, true}).run(inputs).at("y");
  };
  for (const char* op : {"relu", "gelu", "sigmoid", "exp"}) EXPECT_TRUE(std::isnan(result(op, false).f()[1])) << op;
  for (const char* op : {"maximum", "minimum"}) {
    EXPECT_TRUE(std::isnan(result(op, true).f()[1])) << op;
    EXPECT_FALSE(std::isnan(result(op, true).f()[0])) << op;
  }
  EXPECT_TRUE(std::isnan(result("reduce_max", false).f()[0]));
  const Array softmax = result("softmax", false);
  for (std::int64_t i = 0; i < 4; ++i) EXPECT_TRUE(std::isnan(softmax.f()[i])) << i;
}

}  // namespace
}  // namespace seben
