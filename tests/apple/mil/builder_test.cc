// SPDX-License-Identifier: Apache-2.0
// A wrong graph is refused where it is written, with the operator's name.
#include "mil/builder.h"

#include <gtest/gtest.h>

#include <cstring>

#include "mil/check.h"
#include "support/errors.h"
#include "support/mil_model.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuse-after-free"  // GCC 12 is mistaken about long lists of vectors
#endif

namespace seben::mil {
namespace {

Literal floats(const Shape& shape, DType dtype = DType::fp32) {
  const std::vector<float> values(static_cast<std::size_t>(Type{dtype, shape}.elements()), 0.5F);
  return Literal::floats(values, shape, dtype);
}

Literal ints(std::vector<std::int64_t> values) { return Literal::ints(values); }

struct Case {
  const char* operation;
  Opset opset;
  Type x;
  std::vector<Operand> others;
  const char* says;  ///< part of the message
};

TEST(Builder, RefusesWhatTheOperatorDoesNotAllow) {
  const Type x{DType::fp32, {1, 6, 8}};
  const std::vector<Case> cases{
      {"linear", Opset::ios15, x, {{"weight", floats({4, 7})}}, "[out, 8]"},
      {"linear", Opset::ios15, x, {{"weight", floats({4, 8})}, {"bias", floats({5})}}, "[4]"},
      {"linear", Opset::ios15, x, {{"weight", floats({4, 8}, DType::fp16)}}, "dtype of x"},
      {"linear", Opset::ios15, {DType::fp32, {1, 1, 6, 8}}, {{"weight", floats({4, 8})}}, "rank 1..3"},
      {"conv", Opset::ios15, x, {{"weight", floats({4, 5, 3})}}, "weight"},
      {"conv", Opset::ios15, x, {{"weight", floats({4, 6, 9})}}, "at least 9"},
      {"conv", Opset::ios15, x, {{"weight", floats({4, 6, 3})}, {"strides", ints({0})}}, "positive"},
      {"conv", Opset::ios15, x, {{"weight", floats({4, 6, 3})}, {"pad_type", Literal::text("same_lower")}}, "pad_type"},
      {"matmul", Opset::ios15, x, {{"y", floats({7, 2})}}, "inner dimension of 8"},
      {"add", Opset::ios15, x, {{"y", floats({5, 8})}}, "broadcast"},
      {"add", Opset::ios15, x, {{"y", ints({1})}}, "dtype"},
      {"gelu", Opset::ios15, x, {{"mode", Literal::text("SOMETIMES")}}, "EXACT"},
      {"softmax", Opset::ios15, x, {{"axis", Literal::scalar(std::int32_t{3})}}, "axis"},
      {"layer_norm", Opset::ios15, x, {{"axes", ints({-1})}, {"gamma", floats({6})}}, "[8]"},
      {"transpose", Opset::ios15, x, {{"perm", ints({0, 1, 1})}}, "every axis"},
      {"reshape", Opset::ios15, x, {{"shape", ints({5, -1})}}, "48 elements"},
      {"reshape", Opset::ios15, x, {{"shape", ints({-1, -1})}}, "at most one -1"},
      {"expand_dims", Opset::ios15, x, {{"axes", ints({0, 0})}}, "different axes"},
      {"squeeze", Opset::ios15, x, {{"axes", ints({1})}}, "dimensions of 1"},
      {"split",
       Opset::ios15,
       x,
       {{"num_splits", Literal::scalar(std::int32_t{4})}, {"axis", Literal::scalar(std::int32_t{1})}},
       "divisor of 6"},
      {"split",
       Opset::ios15,
       x,
       {{"split_sizes", ints({2, 3})}, {"axis", Literal::scalar(std::int32_t{1})}},
       "sum to 6"},
      {"slice_by_index",
       Opset::ios15,
       x,
       {{"begin", ints({0, 5, 0})}, {"end", ints({1, 5, 8})}},
       "at least one element"},
      {"slice_by_size", Opset::ios15, x, {{"begin", ints({0, 5, 0})}, {"size", ints({1, 2, 8})}}, "a part of"},
      {"gather", Opset::ios17, x, {{"indices", ints({-1})}, {"axis", Literal::scalar(std::int32_t{1})}}, "below 6"},
      {"gather", Opset::ios15, x, {{"indices", ints({6})}, {"axis", Literal::scalar(std::int32_t{1})}}, "below 6"},
      {"cast", Opset::ios15, x, {{"dtype", Literal::text("int8")}}, "fp16, fp32, int32 or bool"},
      {"scaled_dot_product_attention", Opset::ios17, x, {}, "needs opset ios18"},
      {"levitate", Opset::ios18, x, {}, "one that Seben knows"},
      {"relu", Opset::ios15, x, {{"y", floats({1})}}, "one of relu"},
      {"linear", Opset::ios15, x, {}, "weight"},
  };
  for (const Case& c : cases) {
    FunctionBuilder b(c.opset);
    std::vector<Operand> operands = c.others;
    operands.emplace_back(std::string_view(c.operation) == "scaled_dot_product_attention" ? "query" : "x",
                          b.input("x", c.x));
    const auto add = [&] { static_cast<void>(b.add_all(c.operation, "step", operands)); };
    EXPECT_TRUE(test::fails_with(ErrorCategory::internal, c.says, add)) << c.operation;
    EXPECT_TRUE(test::fails_with(ErrorCategory::internal, c.operation, add)) << c.operation;
  }
}

TEST(Builder, WeightsMustBeConstant) {
  FunctionBuilder b(Opset::ios16);
  const Value x = b.input("x", {DType::fp32, {2, 8}}), w = b.input("w", {DType::fp32, {4, 8}});
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "a constant", [&] {
    static_cast<void>(b.add("linear", "y", {{"x", x}, {"weight", w}}));
  }));
}

TEST(Builder, NamesAreUniqueIdentifiers) {
  FunctionBuilder b(Opset::ios16);
  const Value x = b.input("x", {DType::fp32, {2}});
  EXPECT_EQ(b.add("relu", "a.b", {{"x", x}}).name, "a_b");
  EXPECT_EQ(b.add("relu", "a.b", {{"x", x}}).name, "a_b_1");
  EXPECT_EQ(b.add("relu", "tensor", {{"x", x}}).name, "_tensor");
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "unused", [&] {
    static_cast<void>(b.input("x", {DType::fp32, {2}}));
  }));
}

// A model that holds, to be spoiled one way at a time.
Model good() {
  FunctionBuilder b(Opset::ios16);
  const Value x = b.input("x", {DType::fp32, {2, 8}});
  const Value y = b.add("linear", "y", {{"x", x}, {"weight", floats({4, 8})}});
  const Value z = b.add("relu", "z", {{"x", y}});
  return test::model_of(b, {x}, {z});
}

Operation& operation(Model& m, std::string_view type) {
  for (Operation& op : m.program.functions.at("main").operations) {
    if (op.type == type) return op;
  }
  throw std::logic_error("no such operation");
}

TEST(Check, HoldsForWhatTheBuilderMakes) { EXPECT_NO_THROW(check(good(), "model")); }

TEST(Check, RefusesEverySpoiledModel) {
  const std::vector<std::pair<const char*, void (*)(Model&)>> spoilers{
      {"an earlier value", [](Model& m) { operation(m, "relu").inputs["x"] = {std::string("nobody")}; }},
      {"an earlier value", [](Model& m) { operation(m, "relu").inputs["x"] = {std::string("z")}; }},  // a cycle
      {"fp32[2, 4]",
       [](Model& m) {
         operation(m, "linear").outputs[0].type.shape = {2, 5};
       }},
      {"fp32[2, 4]", [](Model& m) { operation(m, "linear").outputs[0].type.dtype = DType::fp16; }},
      {"used once", [](Model& m) { operation(m, "relu").outputs[0].name = "y"; }},
      {"letters, digits", [](Model& m) { operation(m, "relu").outputs[0].name = "no name"; }},
      {"that Seben knows", [](Model& m) { operation(m, "relu").type = "levitate"; }},
      {"one value", [](Model& m) { operation(m, "relu").inputs["x"].emplace_back(std::string("y")); }},
      {"bytes for",
       [](Model& m) {
         operation(m, "const").attributes["val"].type.shape = {4, 9};
       }},
      {"a value of the function", [](Model& m) { m.program.functions.at("main").outputs = {"nobody"}; }},
      {"at least one", [](Model& m) { m.program.functions.at("main").outputs.clear(); }},
      {"at least one", [](Model& m) { m.program.functions.clear(); }},
      {"the function's",
       [](Model& m) {
         m.interface.inputs[0].shape = {2, 9};
       }},
      {"an input of the function", [](Model& m) { m.interface.inputs[0].name = "other"; }},
      {"fp32[2, 4]",
       [](Model& m) {
         m.interface.outputs[0].shape = {3, 4};
       }},
      {"as the function has", [](Model& m) { m.interface.inputs.clear(); }},
      {"7 for ios16", [](Model& m) { m.specification_version = 6; }},
      {"one of the enumerated",
       [](Model& m) {
         m.interface.inputs[0].enumerated = {{3, 8}};
       }},
      {"bounds around",
       [](Model& m) {
         m.interface.inputs[0].ranges = {{3, 4}, {8, 8}};
       }},
      {"positive dimensions", [](Model& m) { m.interface.inputs[0].shape = {}; }},
      {"needs opset", [](Model& m) { operation(m, "relu").type = "read_state"; }},
  };
  for (const auto& [says, spoil] : spoilers) {
    Model model = good();
    spoil(model);
    EXPECT_TRUE(test::fails_with(ErrorCategory::bad_data, says, [&] { check(model, "model"); }));
  }
}

TEST(Literals, PackedCodesComeBack) {
  for (const int bits : {1, 2, 3, 4, 6, 8}) {
    std::vector<std::uint8_t> codes;
    for (int i = 0; i < 101; ++i) codes.push_back(static_cast<std::uint8_t>((i * 37 + bits) & ((1 << bits) - 1)));
    const auto packed = pack_bits(codes, bits);
    EXPECT_EQ(packed.size(), (codes.size() * static_cast<std::size_t>(bits) + 7) / 8);
    EXPECT_EQ(unpack_bits(packed, bits, codes.size()), codes);
  }
}

TEST(Literals, SixtyFourBitsAreExact) {
  const std::vector<std::int64_t> values{INT64_MAX, INT64_MIN, (std::int64_t{1} << 53) + 1};
  std::vector<std::byte> bytes(24);
  std::memcpy(bytes.data(), values.data(), 24);
  Literal literal = Literal::scalar(false);
  literal.payload = own_bytes(bytes);
  literal.type = {DType::int64, {3}};
  EXPECT_EQ(literal.integers(), values);
  literal.type.dtype = DType::uint64;  // found by fuzzing
  EXPECT_TRUE(test::is_bad_data("2^63", [&] { static_cast<void>(literal.integers()); }));
}

TEST(Literals, StreamsInAnyPiecesGiveTheSameNumbers) {
  std::vector<std::uint8_t> codes;
  for (int i = 0; i < 77; ++i) codes.push_back(static_cast<std::uint8_t>(i % 16));
  const std::vector<std::byte> bytes = pack_bits(codes, 4);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{39}}) {
    const auto payload = produce_bytes(bytes.size(), [&](const ByteSink& sink) {
      for (std::size_t at = 0; at < bytes.size(); at += piece)
        sink(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    });
    const Literal literal{{DType::int4, {77}}, payload, {}, true};
    const std::vector<std::int64_t> found = literal.integers();
    for (int i = 0; i < 77; ++i) EXPECT_EQ(found[static_cast<std::size_t>(i)], i % 16 >= 8 ? i % 16 - 16 : i % 16);
  }
  const auto short_one = produce_bytes(8, [](const ByteSink& sink) { sink(std::vector<std::byte>(7)); });
  EXPECT_TRUE(test::fails_with(ErrorCategory::internal, "8 bytes", [&] {
    static_cast<void>(Literal{{DType::fp32, {2}}, short_one, {}, true}.numbers());
  }));
}

}  // namespace
}  // namespace seben::mil
