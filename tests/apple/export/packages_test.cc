// SPDX-License-Identifier: Apache-2.0
// Packages of a small bundle: written, verified, bisected, reused; and what must fail does.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"
#include "export/bisect.h"
#include "export/compare_encoders.h"
#include "export/export.h"
#include "export/fixtures.h"
#include "export/keep_fp32.h"
#include "export/plan_file.h"
#include "export/verify.h"
#include "import/import.h"
#include "package/package.h"
#include "support/errors.h"
#include "support/tiny_model.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;
using interpreter::Array;
using interpreter::Arrays;

test::TinySizes sizes() {
  test::TinySizes s;
  s.layers = 6;
  return s;
}

class Packages : public testing::Test {
 protected:
  Packages() {
    bundle::import_bundle(test::write_tiny_sources(dir_, sizes()));
    source_ = std::make_unique<Source>(Source::open(dir_ / "bundle"));
    audio_ = {std::string(SEBEN_SOURCE_DIR) + "/bundles/demo-nko/samples/seen-1.wav",
              std::string(SEBEN_SOURCE_DIR) + "/bundles/demo-nko/samples/unseen.wav"};
    options_.parts = {Part::stages, Part::encoder, Part::head, Part::fused};
    options_.stages = convert::device_safe_stages(source_->encoder().config);
    options_.conversion.opset = mil::Opset::ios16;
  }

  Verification verify(const std::string& path) {
    const auto runner = interpreter_runner({2, true});
    return verify_packages(path, *source_, *runner, {builtin_gates(), audio_, 2, {}});
  }

  test::TempDir dir_;
  std::unique_ptr<Source> source_;
  std::vector<std::string> audio_;
  ExportOptions options_;
};

TEST_F(Packages, EveryPartHoldsInBothLayouts) {
  for (const auto layout : {convert::Layout::sequence, convert::Layout::ane}) {
    options_.conversion.layout = layout;
    options_.overwrite = true;
    const auto written = export_packages(*source_, dir_ / "out", options_);
    EXPECT_EQ(written.size(), options_.stages.size() + 3);
    const Verification v = verify(dir_ / "out");
    for (const CheckedPart& p : v.parts) {
      EXPECT_TRUE(p.failures.empty()) << p.name << ": " << p.failures.front();
      EXPECT_LE(p.figures.mse, 1e-11) << p.name;
    }
    EXPECT_EQ(v.parts.size(), written.size() + 1);  // and the chain
    EXPECT_TRUE(v.passed());
    EXPECT_EQ(nlohmann::json::parse(to_json(v))["passed"], true);
  }
}

TEST_F(Packages, EveryEncoderPackageStatesItsEncoder) {
  for (const ExportedPackage& p : export_packages(*source_, dir_ / "out", options_)) {
    const auto user = coreml::read_package(dir_ / ("out/" + p.file)).model.metadata.user;
    EXPECT_EQ(user.contains("seben.encoder.sha256"), p.kind != mil::PackageKind::head) << p.file;
    EXPECT_TRUE(user.contains("seben.contract.provides") || user.contains("seben.contract.requires")) << p.file;
    EXPECT_EQ(user.at("seben.weights.sha256"), p.weight_digest);
  }
}

TEST_F(Packages, SameInputSameBytes) {
  export_packages(*source_, dir_ / "a", options_);
  export_packages(*source_, dir_ / "b", options_);
  for (const auto& entry : fs::recursive_directory_iterator(dir_ / "a")) {
    if (!entry.is_regular_file()) continue;
    const std::string name = fs::relative(entry.path(), dir_ / "a").string();
    EXPECT_EQ(test::read_file(entry.path().string()), test::read_file(dir_ / ("b/" + name))) << name;
  }
}

TEST_F(Packages, ChangedWeightIsFound) {
  options_.parts = {Part::encoder};
  export_packages(*source_, dir_ / "out", options_);
  coreml::Package package = coreml::read_package(dir_ / "out/encoder.mlpackage");
  for (mil::Operation& op : package.model.program.functions.at("main").operations) {
    if (op.type != "const" || op.outputs[0].name != "layer_3_fc2_weight") continue;
    mil::Literal& weight = op.attributes.at("val");
    std::vector<float> values(static_cast<std::size_t>(weight.type.elements()));
    weight.to_float(values);
    values[7] += 0.5F;
    weight = mil::Literal::floats(values, weight.type.shape, mil::DType::fp32);
    weight.in_file = true;
  }
  coreml::write_package(package.model, dir_ / "wrong.mlpackage", {});
  const Verification v = verify(dir_ / "wrong.mlpackage");
  EXPECT_FALSE(v.passed());
  ASSERT_EQ(v.parts.size(), 1U);
  EXPECT_NE(v.parts[0].failures.at(0).find("mse"), std::string::npos);
}

TEST_F(Packages, PackageOfAnotherEncoderIsRefused) {
  options_.parts = {Part::encoder};
  export_packages(*source_, dir_ / "out", options_);
  coreml::Package package = coreml::read_package(dir_ / "out/encoder.mlpackage");
  package.model.metadata.user["seben.encoder.sha256"] = std::string(64, '0');
  coreml::write_package(package.model, dir_ / "other.mlpackage", {});
  EXPECT_TRUE(test::is_bad_data("the encoder of", [&] { static_cast<void>(verify(dir_ / "other.mlpackage")); }));
}

TEST_F(Packages, NothingToLookAtIsNoPass) {
  EXPECT_FALSE(Verification().passed());
  test::write_file(dir_ / "plan.json", plan_text({}));
  EXPECT_FALSE(verify(dir_.str()).passed());
  audio_.clear();
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "at least one recording", [&] { static_cast<void>(verify(dir_.str())); }));
}

// Right for chunks of up to three layers, wrong beyond, as one telephone was.
class BadAboveThree final : public Runner {
 public:
  std::vector<Arrays> run(const std::string& package, std::span<const Arrays> inputs) override {
    std::vector<Arrays> outputs = good_->run(package, inputs);
    const mil::Model model = coreml::read_package(package).model;
    if (std::ranges::count(model.program.main().operations, "softmax", &mil::Operation::type) <= 3) return outputs;
    for (Arrays& set : outputs) {
      for (auto& [name, array] : set) {
        std::vector<float> values(array.values().begin(), array.values().end());
        values[0] += 1.4F;
        array = Array::floats(values, array.shape());
      }
    }
    return outputs;
  }
  [[nodiscard]] std::string name() const override { return "bad above three layers"; }

 private:
  std::unique_ptr<Runner> good_ = interpreter_runner({1, true});
};

TEST_F(Packages, BisectionFindsTheChunkAndASafePlan) {
  BadAboveThree runner;
  const Bisection found = bisect(*source_, runner, {options_.conversion, builtin_gates(), {audio_.front()}, 1, 0, {}});
  ASSERT_TRUE(found.smallest_failure.has_value());
  EXPECT_EQ(found.smallest_failure->last - found.smallest_failure->first, 3);
  EXPECT_EQ(plan_words(found.safe_plan), "convpos,0-2,3-5,finalnorm");
  const auto good = interpreter_runner({1, true});
  const Bisection none = bisect(*source_, *good, {options_.conversion, builtin_gates(), {audio_.front()}, 1, 0, {}});
  EXPECT_FALSE(none.smallest_failure.has_value());
  EXPECT_EQ(plan_words(none.safe_plan), "convpos,0-5,finalnorm");
}

TEST_F(Packages, RunnerThatNeverWorksLeavesNoPlan) {
  const auto broken = command_runner("false");
  const Bisection found = bisect(*source_, *broken, {options_.conversion, builtin_gates(), {audio_.front()}, 1, 0, {}});
  EXPECT_TRUE(found.safe_plan.empty());
  EXPECT_TRUE(found.smallest_failure.has_value());
}

TEST_F(Packages, SameEncoderIsLinkedAnotherIsNot) {
  options_.parts = {Part::encoder};
  export_packages(*source_, dir_ / "out", options_);
  options_.reuse = dir_ / "out/encoder.mlpackage";
  const auto linked = export_packages(*source_, dir_ / "again", options_);
  ASSERT_TRUE(linked.at(0).linked);
  const std::string file = "encoder.mlpackage/Data/com.apple.CoreML/weights/weight.bin";
  EXPECT_TRUE(fs::equivalent(dir_ / ("out/" + file), dir_ / ("again/" + file)));
  options_.conversion.layout = convert::Layout::ane;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "seben.layout",
                               [&] { export_packages(*source_, dir_ / "third", options_); }));
}

TEST_F(Packages, EncodersAreComparedByTheirValues) {
  const test::TempDir other;
  test::write_tiny_sources(other, sizes());
  EXPECT_TRUE(compare_encoders(*source_, Source::open(other / "hf")).same());
  test::RandomTensors changed = test::tiny_encoder(sizes());
  changed.values("model.encoder.layers.2.fc1.weight")[3] += 1e-3F;
  changed.write(other / "hf/model.safetensors", {{"format", "pt"}});
  EXPECT_EQ(compare_encoders(*source_, Source::open(other / "hf")).different,
            std::vector<std::string>{"layers.2.fc1.weight"});
  test::TinySizes smaller = sizes();
  smaller.layers = 5;
  const test::TempDir third;
  test::write_tiny_sources(third, smaller);
  EXPECT_FALSE(compare_encoders(*source_, Source::open(third / "hf")).same());
}

TEST_F(Packages, EncodersOfOtherSizesAreComparedBySizes) {
  test::TinySizes smaller = sizes();
  smaller.layers = 5;
  smaller.ffn = 64;
  const test::TempDir other;
  test::write_tiny_sources(other, smaller);
  const EncoderComparison found = compare_encoders(*source_, Source::open(other / "hf"));
  EXPECT_FALSE(found.same());
  EXPECT_EQ(found.tensors, 0);
  EXPECT_TRUE(found.different.empty());
  EXPECT_EQ(to_text(found), "different encoders: layers 6 and 5, inner width 32 and 64");
  const EncoderComparison one_changed{82, {"layers.2.fc1.weight"}, {}};
  EXPECT_EQ(to_text(one_changed), "different encoders: 1 of 82 tensors differ, the first is layers.2.fc1.weight");
  EXPECT_FALSE(EncoderComparison().same());
}

TEST_F(Packages, OperatorsAreKeptUntilTheGatesHold) {
  options_.parts = {Part::head};
  options_.conversion.compute = mil::DType::fp16;
  VerifyOptions options{builtin_gates(), {audio_.front()}, 1, {}};
  const KeepSearch easy = find_kept_fp32(*source_, options_, options);
  EXPECT_TRUE(easy.holds);
  EXPECT_TRUE(easy.kept.empty());
  double one_kept = easy.trials.front().mse;
  options.gates.by_precision.at("fp16").head_error.value = 0.0;  // out of reach: weights themselves are rounded
  const KeepSearch hard = find_kept_fp32(*source_, options_, options);
  EXPECT_FALSE(hard.holds);
  EXPECT_GT(hard.trials.size(), 8U);
  for (const KeepTrial& t : hard.trials) one_kept = std::min(one_kept, t.mse);
  EXPECT_LT(one_kept, easy.trials.front().mse);
  options_.conversion.compute = mil::DType::fp32;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "fp16",
                               [&] { static_cast<void>(find_kept_fp32(*source_, options_, options)); }));
}

TEST_F(Packages, FixturesListTheirDigests) {
  const std::size_t files = export_fixtures(*source_, dir_ / "fixtures", {audio_, options_.stages, 2});
  const auto manifest = base::read_json(dir_ / "fixtures/manifest.json");
  std::size_t listed = 1;
  for (const auto& clip : manifest["clips"]) {
    EXPECT_TRUE(clip.contains("text"));
    for (const auto& file : clip["files"]) {
      EXPECT_EQ(base::sha256_file(dir_ / ("fixtures/" + file["file"].get<std::string>())), file["sha256"]);
      ++listed;
    }
  }
  EXPECT_EQ(files, listed);
  EXPECT_EQ(listed, 1 + 2 * (options_.stages.size() + 4));
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "existing", [&] {
    export_fixtures(*source_, dir_ / "fixtures", {audio_, {}, 1});
  }));
}

TEST_F(Packages, StylesThatNoOpsetAllows) {
  const auto refused = [&](const char* says, const std::function<void(convert::ConversionOptions&)>& change) {
    ExportOptions options = options_;
    options.parts = {Part::head};
    change(options.conversion);
    EXPECT_TRUE(
        test::fails_with(ErrorCategory::usage, says, [&] { export_packages(*source_, dir_ / "out", options); }));
  };
  refused("ios18 or later", [](auto& s) { s.weights = convert::WeightCode::blockwise4; });
  refused("ios16 or later", [](auto& s) { s.opset = mil::Opset::ios15, s.interface = mil::DType::fp16; });
  refused("softmax", [](auto& s) { s.keep_fp32 = {"levitate"}; });
  EXPECT_FALSE(fs::exists(dir_ / "out/head.mlpackage"));
}

TEST_F(Packages, CompressedWeightsStayCloseToTheirMatrices) {
  options_.parts = {Part::head};
  for (const auto& [code, bits] : {std::pair{convert::WeightCode::affine8, 8},
                                   {convert::WeightCode::palette8, 8},
                                   {convert::WeightCode::palette6, 6},
                                   {convert::WeightCode::palette4, 4},
                                   {convert::WeightCode::blockwise8, 8},
                                   {convert::WeightCode::blockwise4, 4}}) {
    options_.conversion.opset = mil::Opset::ios18;
    options_.conversion.weights = code;
    options_.overwrite = true;
    export_packages(*source_, dir_ / "out", options_);
    const Verification v = verify(dir_ / "out");
    ASSERT_EQ(v.parts.size(), 1U);
    EXPECT_EQ(v.parts[0].precision, "compressed");
    EXPECT_GE(v.parts[0].figures.cosine, bits == 8 ? 0.9995 : bits == 6 ? 0.99 : 0.95) << to_string(code);
    EXPECT_LT(v.parts[0].figures.cosine, 1.0);
  }
}

}  // namespace
}  // namespace seben::deploy
