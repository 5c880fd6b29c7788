// SPDX-License-Identifier: Apache-2.0
// What surrounds the operators: refusals before running, inputs, states, shapes that vary, constants with several
// users.
#include <gtest/gtest.h>

#include <algorithm>

#include "interpreter/call.h"
#include "interpreter/interpreter.h"
#include "mil/operators.h"
#include "support/errors.h"
#include "support/mil_model.h"

namespace seben {
namespace {

using interpreter::Array;
using interpreter::Arrays;
using interpreter::Interpreter;
using mil::DType;
using mil::FunctionBuilder;
using mil::Literal;
using mil::Opset;
using mil::Value;

std::vector<float> counted(std::int64_t n, float step = 1.0F) {
  std::vector<float> values(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = step * static_cast<float>(i);
  return values;
}

Array counted_array(const mil::Shape& shape, DType dtype = DType::fp32) {
  return Array::floats(counted(mil::Type{dtype, shape}.elements()), shape, dtype);
}

mil::Model doubling(const mil::Shape& shape) {
  FunctionBuilder b(Opset::ios15);
  const Value x = b.input("x", {DType::fp32, shape});
  const Value y = b.add("add", "y", {{"x", x}, {"y", x}});
  return test::model_of(b, {x}, {y});
}

// The checker and the interpreter know the same operators: a program that passes the one cannot surprise the other.
TEST(Operators, ThereIsCodeForEveryRule) {
  for (const mil::OperatorRule& rule : mil::operators()) {
    if (rule.constexpr_op || rule.type == "const" || rule.type == "read_state" || rule.type == "write_state") continue;
    EXPECT_NE(interpreter::find_code(rule.type), nullptr) << rule.type;
  }
  for (const std::string_view type : interpreter::known_operators()) {
    EXPECT_TRUE(mil::first_opset(type).has_value()) << type;
  }
}

TEST(Compile, NamesAnOperatorThatItDoesNotHave) {
  mil::Model model = doubling({3});
  mil::Operation& op = model.program.functions.at("main").operations.back();
  ASSERT_EQ(op.name(), "y");
  op.type = "non_maximum_suppression";
  for (const char* part : {"non_maximum_suppression", "package", "main", "y"}) {
    EXPECT_TRUE(test::is_bad_data(part, [&] { (void)Interpreter::compile(model, "package", {1, true}); }));
  }
}

TEST(Compile, RefusesAnLstmWithPeephole) {
  FunctionBuilder b(Opset::ios15);
  const Value x = b.input("x", {DType::fp32, {3, 1, 2}}), h = b.input("h", {DType::fp32, {1, 2}});
  const auto weight = [](const mil::Shape& shape) {
    return Literal::floats(counted(mil::Type{DType::fp32, shape}.elements()), shape, DType::fp32);
  };
  const auto y = b.add_all("lstm", "net",
                           {{"x", x},
                            {"initial_h", h},
                            {"initial_c", h},
                            {"weight_ih", weight({8, 2})},
                            {"weight_hh", weight({8, 2})},
                            {"peephole", weight({6})}});
  const mil::Model model = test::model_of(b, {x, h}, y);
  for (const char* part : {"peephole", "lstm", "net", "package"}) {
    EXPECT_TRUE(test::is_bad_data(part, [&] { (void)Interpreter::compile(model, "package", {1, true}); }));
  }
}

TEST(Compile, RefusesANormOverAxesThatAreApart) {
  FunctionBuilder b(Opset::ios15);
  const Value x = b.input("x", {DType::fp32, {2, 3, 4}});
  const Value y =
      b.add("layer_norm", "far_apart", {{"x", x}, {"axes", Literal::ints(std::vector<std::int64_t>{0, -1})}});
  const mil::Model model = test::model_of(b, {x}, {y});
  for (const char* part : {"far_apart", "axes", "[0, 2]"}) {
    EXPECT_TRUE(test::is_bad_data(part, [&] { (void)Interpreter::compile(model, "package", {1, true}); }));
  }
}

TEST(Run, ChecksItsInputs) {
  const auto program = Interpreter::compile(doubling({2, 3}), "package", {1, true});
  const auto refused = [&](std::string_view text, const Arrays& inputs) {
    return test::fails_with(ErrorCategory::usage, text, [&] { (void)program.run(inputs); });
  };
  EXPECT_TRUE(refused("input x", {}));
  EXPECT_TRUE(refused("input z", {{"x", counted_array({2, 3})}, {"z", counted_array({1})}}));
  EXPECT_TRUE(refused("[2, 3]", {{"x", counted_array({3, 2})}}));
  EXPECT_TRUE(refused("[2, 3]", {{"x", counted_array({6})}}));
  EXPECT_TRUE(refused("int32", {{"x", Array::integers(std::vector<std::int32_t>(6, 1), {2, 3})}}));
  EXPECT_TRUE(refused("fp16", {{"x", counted_array({2, 3}, DType::fp16)}}));
  EXPECT_EQ(program.run({{"x", counted_array({2, 3})}}).at("y").f()[5], 10.0F);
}

// x is [1, frames, 4], and the frames may be unknown.
mil::Model attention_over(std::int64_t frames) {
  FunctionBuilder b(Opset::ios15);
  const Value x = b.input("x", {DType::fp32, {1, frames, 4}});
  const Value w = b.add("linear", "w", {{"x", x}, {"weight", Literal::floats(counted(12, 0.1F), {3, 4}, DType::fp32)}});
  const Value turned =
      b.add("transpose", "turned", {{"x", w}, {"perm", Literal::ints(std::vector<std::int64_t>{0, 2, 1})}});
  const Value scores = b.add("matmul", "scores", {{"x", w}, {"y", turned}});
  const Value weights = b.add("softmax", "weights", {{"x", scores}});
  const Value y = b.add("matmul", "y", {{"x", weights}, {"y", w}});
  mil::Model model = test::model_of(b, {x}, {y});
  if (frames == mil::kUnknown) {
    model.interface.inputs[0].shape[1] = 5;
    model.interface.outputs[0].shape.clear();
  }
  return model;
}

Array small_array(std::int64_t frames) { return Array::floats(counted(frames * 4, 1e-3F), {1, frames, 4}); }

TEST(Run, ShapesOfARange) {
  mil::Model model = attention_over(mil::kUnknown);
  model.interface.inputs[0].ranges = {{1, 1}, {2, 300}, {4, 4}};
  const auto program = Interpreter::compile(model, "package", {2, true});
  for (const std::int64_t n : {2, 5, 300}) {
    const Arrays inputs{{"x", small_array(n)}};
    const Array out = program.run(inputs).at("y");
    const Array fixed = Interpreter::compile(attention_over(n), "fixed", {2, true}).run(inputs).at("y");
    ASSERT_EQ(out.shape(), fixed.shape());
    for (std::int64_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out.f()[i], fixed.f()[i], 1e-6F) << n << " " << i;
  }
  for (const std::int64_t n : {1, 301}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "[1, " + std::to_string(n) + ", 4]", [&] {
      (void)program.run({{"x", counted_array({1, n, 4})}});
    }));
  }
}

TEST(Run, EnumeratedShapes) {
  mil::Model model = attention_over(mil::kUnknown);
  model.interface.inputs[0].enumerated = {{1, 5, 4}, {1, 9, 4}};
  const auto program = Interpreter::compile(model, "package", {1, true});
  EXPECT_EQ(program.run({{"x", counted_array({1, 9, 4})}}).at("y").shape(), (mil::Shape{1, 9, 3}));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "[1, 7, 4]", [&] {
    (void)program.run({{"x", counted_array({1, 7, 4})}});
  }));
}

// memory[at] = x; gives memory + 0 after the write. The place is known at run time only.
mil::Model writer() {
  FunctionBuilder b(Opset::ios18);
  const Value memory = b.input("memory", {DType::fp16, {4, 2}, true});
  const Value x = b.input("x", {DType::fp16, {1, 2}}), at = b.input("at", {DType::int32, {1}});
  const auto ints = [](std::vector<std::int64_t> v) { return Literal::ints(v); };
  const Value zero = b.constant("zero", ints({0})), width = b.constant("width", ints({2}));
  const Value next = b.add("add", "next", {{"x", at}, {"y", Literal::scalar(1)}});
  const Value begin =
      b.add("concat", "begin", {{"values", std::vector<Value>{at, zero}}, {"axis", Literal::scalar(0)}});
  const Value end = b.add("concat", "end", {{"values", std::vector<Value>{next, width}}, {"axis", Literal::scalar(0)}});
  const Value before = b.add("read_state", "before", {{"input", memory}});
  const Value changed =
      b.add("slice_update", "changed", {{"x", before}, {"update", x}, {"begin", begin}, {"end", end}});
  (void)b.add_all("write_state", "write", {{"input", memory}, {"data", changed}});
  const Value after = b.add("read_state", "after", {{"input", memory}});
  return test::model_of(b, {memory, x, at}, {after});
}

TEST(States, AreReadAndReplaced) {
  const auto program = Interpreter::compile(writer(), "package", {1, true});
  Arrays first = program.make_states(), second = program.make_states();
  const auto write = [&](Arrays& states, std::int32_t at, float value) {
    const std::vector<float> x{value, -value};
    return program.run({{"x", Array::floats(x, {1, 2}, DType::fp16)}, {"at", Array::integers({{at}}, {1})}}, states);
  };
  (void)write(first, 2, 7.0F);
  (void)write(second, 0, 5.0F);
  const Array after = write(first, 1, 3.0F).at("after");
  const std::vector<float> expected{0, 0, 3, -3, 7, -7, 0, 0};
  EXPECT_TRUE(std::ranges::equal(after.values(), expected));
  EXPECT_TRUE(std::ranges::equal(first.at("memory").values(), expected));
  EXPECT_EQ(second.at("memory").f()[0], 5.0F);
  EXPECT_EQ(second.at("memory").f()[4], 0.0F);
  // A place outside is refused when the program runs, by name.
  EXPECT_TRUE(test::is_bad_data("changed", [&] { (void)write(first, 4, 1.0F); }));
}

TEST(States, MustBeGivenAndFit) {
  const auto program = Interpreter::compile(writer(), "package", {1, true});
  const Arrays inputs{{"x", Array::floats({{1.0F, 2.0F}}, {1, 2}, DType::fp16)}, {"at", Array::integers({{0}}, {1})}};
  Arrays none, wrong{{"memory", counted_array({2, 4}, DType::fp16)}}, wide{{"memory", counted_array({4, 2})}};
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "memory", [&] { (void)program.run(inputs, none); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "[2, 4]", [&] { (void)program.run(inputs, wrong); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "fp32", [&] { (void)program.run(inputs, wide); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "states", [&] { (void)program.run(inputs); }));
}

// One weight is packed for two products and is an operand of an addition as well.
TEST(Constants, MayHaveSeveralUsers) {
  FunctionBuilder b(Opset::ios15);
  const std::int64_t n = 16;  // 256 elements: more than a setting has
  const Value x = b.input("x", {DType::fp32, {n, n}});
  const Value w = b.constant("shared", Literal::floats(counted(n * n, 0.01F), {n, n}, DType::fp32));
  const Value a = b.add("linear", "a", {{"x", x}, {"weight", w}});
  const Value c = b.add("linear", "c", {{"x", a}, {"weight", w}});
  const Value y = b.add("add", "y", {{"x", c}, {"y", w}});
  const mil::Model model = test::model_of(b, {x}, {y});
  const auto program = Interpreter::compile(model, "package", {1, true});
  const Array in = counted_array({n, n}), out = program.run({{"x", in}}).at("y");
  const auto weight = [](std::int64_t i, std::int64_t j) { return 0.01 * static_cast<double>(i * n + j); };
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double expected = weight(i, j);
      for (std::int64_t k = 0; k < n; ++k) {
        double inner = 0.0;
        for (std::int64_t m = 0; m < n; ++m) inner += static_cast<double>(in.f()[i * n + m]) * weight(k, m);
        expected += inner * weight(j, k);
      }
      EXPECT_NEAR(static_cast<double>(out.f()[i * n + j]), expected, 1e-5 * expected + 1e-4);
    }
  }
  EXPECT_GE(program.weight_bytes(), static_cast<std::size_t>(3 * n * n * 4));
}

// Inputs that share their elements with outputs keep them.
TEST(Run, LeavesItsInputsAlone) {
  FunctionBuilder b(Opset::ios16);
  const Value x = b.input("x", {DType::fp32, {2, 3}});
  const Value flat = b.add("reshape", "flat", {{"x", x}, {"shape", Literal::ints(std::vector<std::int64_t>{-1})}});
  const Value half = b.add("cast", "half", {{"x", flat}, {"dtype", Literal::text("fp16")}});
  const mil::Model model = test::model_of(b, {x}, {half});
  const Array in = Array::floats(counted(6, 0.1F), {2, 3});
  const Arrays out = Interpreter::compile(model, "package", {1, true}).run({{"x", in}});
  EXPECT_TRUE(std::ranges::equal(in.values(), counted(6, 0.1F)));
  EXPECT_NE(out.at("half").f()[1], in.f()[1]);
}

TEST(Run, NamesTheOperationThatFails) {
  FunctionBuilder b(Opset::ios15);
  const Value x = b.input("x", {DType::fp32, {3}}), which = b.input("which", {DType::int32, {2}});
  const Value y = b.add("gather", "picked", {{"x", x}, {"indices", which}});
  const auto program = Interpreter::compile(test::model_of(b, {x, which}, {y}), "package", {1, true});
  const auto pick = [&](std::int32_t i) {
    return program.run({{"x", counted_array({3})}, {"which", Array::integers({{0, i}}, {2})}});
  };
  EXPECT_EQ(pick(-1).at("picked").f()[1], 2.0F);
  for (const std::int32_t bad : {3, -4}) {
    EXPECT_TRUE(test::is_bad_data("picked", [&] { (void)pick(bad); }));
  }
}

}  // namespace
}  // namespace seben
