// SPDX-License-Identifier: Apache-2.0
// The text form: what is written is read back the same, and what is none is refused with line and column.
#include "package/mil_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "interpreter/interpreter.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::coreml {
namespace {

namespace fs = std::filesystem;

std::string fixture(const std::string& name) {
  return std::string(SEBEN_SOURCE_DIR) + "/tests/fixtures/coreml/" + name + ".mlpackage";
}

// As coremlc lays it out.
constexpr const char* kSample = R"(program(1.0)
[buildInfo = dict<tensor<string, []>, tensor<string, []>>({{"component-MIL", "4.28.4"}, {"version", "1436.100.10"}})]
{
    func main<ios15>(tensor<fp32, [1, 2, 3]> x) {
            tensor<fp32, [1, 1, 1]> half = const()[name = tensor<string, []>("half"), val = tensor<fp32, [1, 1, 1]>([[[0x1.6ap-2]]])];
            tensor<int32, [3]> perm = const()[name = tensor<string, []>("perm"), val = tensor<int32, [3]>([0, 2, -2])];
            tensor<fp32, [1, 2, 3]> scaled = mul(x = x, y = half); // a comment
            tensor<fp32, [1, 3, 2]> y = transpose(perm = perm, x = scaled);
            tensor<int32, []> parts = const()[name = tensor<string, []>("parts"), val = tensor<int32, []>(3)];
            tensor<int32, []> axis = const()[name = tensor<string, []>("axis"), val = tensor<int32, []>(1)];
            tensor<fp32, [1, 1, 2]> a, tensor<fp32, [1, 1, 2]> b, tensor<fp32, [1, 1, 2]> c = split(axis = axis, num_splits = parts, x = y);
            tensor<bool, []> no = const()[name = tensor<string, []>("no"), val = tensor<bool, []>(false)];
            tensor<fp32, [1, 3, 2]> z = concat(axis = axis, interleave = no, values = (c, a, b));
        } -> (z, y);
})";

TEST(MilText, CompilersFormIsReadAndRuns) {
  const test::TempDir dir;
  fs::create_directories(dir / "a.mlmodelc");
  test::write_file(dir / "a.mlmodelc/model.mil", kSample);
  const Package package = read_compiled(dir / "a.mlmodelc");
  const auto program = interpreter::Interpreter::compile(package.model, "sample", {1, true});
  const std::vector<float> x{1, 2, 3, 4, 5, 6};
  const auto out = program.run({{"x", interpreter::Array::floats(x, {1, 2, 3})}});
  const float half = 0x1.6ap-2F;
  const std::vector<float> y{1, 4, 2, 5, 3, 6}, z{3, 6, 1, 4, 2, 5};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(out.at("y").f()[i], half * y[i]);
    EXPECT_EQ(out.at("z").f()[i], half * z[i]);
  }
}

TEST(MilText, EveryPackageSurvivesItsText) {
  for (const char* name : {"layer_sequence_15", "layer_sequence_18", "layer_ane_16", "constexpr_16", "constexpr_18",
                           "flexible_range", "state_18", "lstm_15"}) {
    const Package package = read_package(fixture(name));
    const auto place = [&](const mil::Literal& literal) {
      for (const BlobRecord& r : package.weights->records()) {
        if (package.weights->data(r).data() == literal.payload->data()) return r.offset;
      }
      throw std::logic_error("not in the file");
    };
    const std::string text = to_mil(package.model.program, place);
    const test::TempDir dir;
    fs::create_directories(dir / "a.mlmodelc/weights");
    test::write_file(dir / "a.mlmodelc/model.mil", text);
    if (package.weights) fs::copy(package.weights_path, dir / "a.mlmodelc/weights/weight.bin");
    const Package again = read_compiled(dir / "a.mlmodelc");
    const auto place_again = [&](const mil::Literal& literal) {
      for (const BlobRecord& r : again.weights->records()) {
        if (again.weights->data(r).data() == literal.payload->data()) return r.offset;
      }
      throw std::logic_error("not in the file");
    };
    EXPECT_EQ(to_mil(again.model.program, place_again), text) << name;
  }
}

TEST(MilText, WithoutItsWeightsItIsReadButNotRun) {
  const test::TempDir dir;
  fs::create_directories(dir / "a.mlmodelc");
  const Package package = read_package(fixture("layer_sequence_15"));
  test::write_file(dir / "a.mlmodelc/model.mil",
                   to_mil(package.model.program, [](const mil::Literal&) { return std::uint64_t{64}; }));
  const Package again = read_compiled(dir / "a.mlmodelc");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "weight", [&] {
    static_cast<void>(interpreter::Interpreter::compile(again.model, "a", {1, true}));
  }));
}

TEST(MilText, DefectsAreNamedByLineAndColumn) {
  const auto with = [](const std::string& from, const std::string& to) {
    std::string text = kSample;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const FindBlob none = [](const std::string&, std::uint64_t, const mil::Type&) {
    return std::shared_ptr<const mil::Payload>();
  };
  for (const auto& [source, says] : std::vector<std::pair<std::string, const char*>>{
           {"", "line 1, column 1"},
           {with("mul(x", "mul x"), "line 7"},
           {with("ios15", "ios99"), "opset"},
           {with("[0, 2, -2]", "[0, 2]"), "3 elements"},
           {with("[0, 2, -2]", "[0, 2, -2, 1]"), "at most 3"},
           {with("[0, 2, -2]", "[0, 2, x]"), "an integer"},
           {with("[[[0x1.6ap-2]]]", "[[[0x1.6ap-2]]"), "at most 1"},
           {with("fp32, [1, 2, 3]> x", "fp31, [1, 2, 3]> x"), "dtype"},
           {with("fp32, [1, 2, 3]> x", "fp32, [1, -2, 3]> x"), "dimension"},
           {with("} -> (z, y);", "} (z, y);"), "->"},
           {with("\"half\"", "\"half"), ""},
           {std::string(kSample) + "x", "the end"},
           {std::string("program(1.0)\n[a = ((("), "the group's end"}}) {
    const std::string& text = source;  // clang 14 captures no structured binding
    EXPECT_TRUE(test::is_bad_data(says, [&] { static_cast<void>(parse_mil(text, "model.mil", none)); })) << text;
  }
}

}  // namespace
}  // namespace seben::coreml
