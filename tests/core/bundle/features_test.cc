// SPDX-License-Identifier: Apache-2.0
// Stored features, skew and precision records, inspection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "bundle/feature_file.h"
#include "bundle/inspect.h"
#include "formats/npy.h"
#include "import/skew.h"
#include "support/errors.h"
#include "support/tiny_model.h"

namespace seben::bundle {
namespace {

using test::fails_with;
using test::is_bad_data;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FeaturesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const ImportOptions options = test::write_tiny_sources(dir_);
    import_bundle(options);
    folder_ = options.out;
  }

  [[nodiscard]] tensor::TensorView view(const tensor::Shape& shape) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape) count *= size;
    values_.assign(static_cast<std::size_t>(count), 0.5F);
    return {"features", "", tensor::DType::f32, shape, reinterpret_cast<const std::byte*>(values_.data())};
  }
  [[nodiscard]] std::string npy(const tensor::Shape& shape) {
    tensor::write_npy(dir_ / "f.npy", view(shape));
    return dir_ / "f.npy";
  }

  test::TempDir dir_;
  std::string folder_;
  std::vector<float> values_;
};

TEST_F(FeaturesTest, CarryTheirContract) {
  const Bundle bundle = Bundle::open(folder_);
  const std::string path = dir_ / "f.safetensors";
  write_features(path, view({2, 12, 16}), bundle.provided(kernels::Precision::f32));
  const FeatureFile file = FeatureFile::open(path);
  EXPECT_EQ(file.windows(), 2);
  EXPECT_EQ(file.frames(), 12);
  EXPECT_EQ(file.dim(), 16);
  EXPECT_EQ(file.window(1), std::vector<float>(192, 0.5F));
  EXPECT_THAT(require_features(bundle, file), IsEmpty());
  EXPECT_THAT(inspect_text(inspect(path)), HasSubstr("features      [12, 16], 50 frames per second"));
}

TEST_F(FeaturesTest, OfAnotherEncoderAreRefused) {
  const Bundle bundle = Bundle::open(folder_);
  frontend::FeatureContract contract = bundle.provided(kernels::Precision::f32);
  contract.weights = std::string(64, 'c');
  write_features(dir_ / "f.safetensors", view({12, 16}), contract);
  EXPECT_TRUE(is_bad_data("weights digest differs",
                          [&] { (void)require_features(bundle, FeatureFile::open(dir_ / "f.safetensors")); }));
}

TEST_F(FeaturesTest, BareOnesAreMatchedByShape) {
  const Bundle bundle = Bundle::open(folder_);
  EXPECT_THAT(require_features(bundle, FeatureFile::open(npy({12, 16}))),
              ElementsAre(HasSubstr("which encoder made them is unverified")));
  EXPECT_TRUE(is_bad_data("3 frames offered, head downsamples 12 itself: features were downsampled before", [&] {
    (void)require_features(bundle, FeatureFile::open(npy({3, 16})));
  }));
  EXPECT_TRUE(is_bad_data("swapped", [&] { (void)require_features(bundle, FeatureFile::open(npy({16, 12}))); }));
}

TEST_F(FeaturesTest, FilesThatCannotBeFeaturesAreRefused) {
  for (const tensor::Shape& shape : {tensor::Shape{12}, tensor::Shape{1, 1, 12, 16}, tensor::Shape{0, 16}}) {
    EXPECT_TRUE(is_bad_data("[windows, frames, dim]", [&] { (void)FeatureFile::open(npy(shape)); }));
  }
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "a .safetensors or .npy file", [] { (void)FeatureFile::open("f.pt"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "none.npy", [&] { (void)FeatureFile::open(dir_ / "none.npy"); }));
  const auto contract = Bundle::open(folder_).provided(kernels::Precision::f32);
  const tensor::Metadata metadata{{"seben.contract", frontend::to_text(contract)}};
  const std::string path = dir_ / "f.safetensors";
  const std::vector<tensor::TensorView> wrong{view({6, 16})};
  tensor::write_safetensors(path, wrong, metadata);
  EXPECT_TRUE(is_bad_data("layout [6, 16] as the features have, found layout [12, 16]",
                          [&] { (void)FeatureFile::open(path); }));
  tensor::TensorView a = view({12, 16});
  tensor::TensorView b = a;
  a.name = "a";
  tensor::write_safetensors(path, std::vector{a, b}, {});
  EXPECT_NO_THROW((void)FeatureFile::open(path));  // b is called "features"
  b.name = "b";
  tensor::write_safetensors(path, std::vector{a, b}, {});
  EXPECT_TRUE(is_bad_data("one called \"features\"", [&] { (void)FeatureFile::open(path); }));
  const std::vector<std::int32_t> integers(192, 1);
  const tensor::TensorView i{
      "features", "", tensor::DType::i32, {12, 16}, reinterpret_cast<const std::byte*>(integers.data())};
  tensor::write_safetensors(path, std::vector{i}, {});
  EXPECT_TRUE(is_bad_data("found I32", [&] { (void)FeatureFile::open(path); }));
  EXPECT_TRUE(fails_with(ErrorCategory::internal, "features [12, 16]", [&] {
    write_features(path, view({6, 16}), contract);
  }));
  tensor::write_npy(dir_ / "n.npy", [&] {
    const tensor::TensorView array = view({12, 16});
    values_[33] = NAN;
    return array;
  }());
  const FeatureFile file = FeatureFile::open(dir_ / "n.npy");
  EXPECT_TRUE(is_bad_data("nan at element 33", [&] { (void)file.window(0); }));
}

TEST(SkewMeter, MeasuresErrorAndCosineByFrame) {
  SkewMeter meter(2);
  const std::vector<float> provided{3, 4, 0, 1};
  const std::vector<float> required{3, 4, 1, 0};
  meter.add(provided, required);
  const SkewRecord record = meter.record({}, {}, 0.01, {2.0, -1.0, 0.5});
  EXPECT_EQ(record.clips, 1);
  EXPECT_EQ(record.frames, 2);
  EXPECT_DOUBLE_EQ(record.max_error, std::sqrt(2.0));
  EXPECT_DOUBLE_EQ(record.mean_error, std::sqrt(2.0) / 2);
  EXPECT_DOUBLE_EQ(record.mean_cosine, 0.5);
  EXPECT_DOUBLE_EQ(record.min_cosine, 0.0);
  EXPECT_FALSE(record.within_bounds()) << "nobody says on how much it was measured";
  const auto enough = gates_of({30, 1000, 0.1}, {});
  EXPECT_TRUE(meter.record({}, {}, 0.01, {2.0, -1.0, 0.5}, enough).within_bounds());
  EXPECT_FALSE(meter.record({}, {}, 0.51, {2.0, -1.0, 0.5}, enough).within_bounds());
}

TEST(SkewMeter, RefusesWhatCannotBeCompared) {
  SkewMeter meter(2);
  const std::vector<float> two{1, 2};
  EXPECT_TRUE(is_bad_data("clip 1", [&] { meter.add(two, std::vector<float>{1, 2, 3, 4}); }));
  EXPECT_TRUE(is_bad_data("clip 1", [&] { meter.add(std::vector<float>{1, 2, 3}, std::vector<float>{1, 2, 3}); }));
  EXPECT_TRUE(is_bad_data("clip 1", [&] { meter.add({}, {}); }));
  EXPECT_TRUE(is_bad_data("zero on one side", [&] { meter.add(std::vector<float>{0, 0}, two); }));
  EXPECT_TRUE(is_bad_data("not finite", [&] { meter.add(std::vector<float>{NAN, 0}, two); }));
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "at least one clip", [&] { (void)meter.record({}, {}, 0, {}); }));
  meter.add(two, two);
  frontend::FeatureContract thinned;
  thinned.frames = 375;
  frontend::FeatureContract whole;
  whole.frames = 1500;
  EXPECT_TRUE(is_bad_data("layout.frames", [&] { (void)meter.record(thinned, whole, 0, {}); }));
}

TEST_F(FeaturesTest, ASkewRecordIsTheOnlyWayPastADifference) {
  const Bundle bundle = Bundle::open(folder_);
  frontend::FeatureContract other = bundle.provided(kernels::Precision::f32);
  other.weights = std::string(64, 'd');
  write_features(dir_ / "f.safetensors", view({12, 16}), other);
  SkewMeter meter(16);
  std::vector<float> near(16, 1.0F);
  near[0] = 1.01F;
  meter.add(near, std::vector<float>(16, 1.0F));
  const auto enough = gates_of({30, 1000, 0.1}, {});
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "skew: expected mean error <= 0.001", [&] {
    store_skew(folder_, meter.record(other, bundle.required(), 0.0, {0.001, 0.999, 0.001}, enough));
  }));
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "skew: expected enough recordings", [&] {
    store_skew(folder_, meter.record(other, bundle.required(), 0.0, {}, gates_of({30, 1000, 1.0}, {})));
  })) << "fault 17: two readings of silence never differ";
  store_skew(folder_, meter.record(other, bundle.required(), 0.0, {}, enough));
  store_skew(folder_, meter.record(other, bundle.required(), 0.001, {}, enough));  // replaces the first
  const Bundle again = Bundle::open(folder_);
  ASSERT_EQ(again.manifest().skew.size(), 1U);
  EXPECT_THAT(require_features(again, FeatureFile::open(dir_ / "f.safetensors")),
              ElementsAre(HasSubstr("admitted by a skew record")));
  frontend::FeatureContract third = other;
  third.weights[5] = 'e';
  EXPECT_TRUE(is_bad_data("weights digest differs", [&] { again.require_features(third, "f"); }));
  EXPECT_THAT(inspect_text(inspect(folder_)), HasSubstr("extractor.weights: dddd"));
  EXPECT_NO_THROW(verify_digests(again));
}

TEST_F(FeaturesTest, PrecisionRecordsAdmit) {
  PrecisionRecord record;
  record.precision = "int8";
  record.gates = {
      {"feature_error", 0.01, 0.02, true}, {"logit_error", 0.1, 0.2, true}, {"cer_change", 0.01, 0.0, true}};
  store_precision(folder_, record);
  EXPECT_FALSE(Bundle::open(folder_).admits(kernels::Precision::int8));
  EXPECT_THAT(inspect_text(inspect(folder_)), HasSubstr("int8: not admitted"));
  record.gates[2].value = 0.0;
  store_precision(folder_, record);
  EXPECT_FALSE(Bundle::open(folder_).admits(kernels::Precision::int8));
  EXPECT_THAT(inspect_text(inspect(folder_)), HasSubstr("did not count its recordings: measure it again"));
  for (const Gate& gate : gates_of({30, 1000, 0.1}, {})) record.gates.push_back(gate);
  store_precision(folder_, record);
  const Bundle bundle = Bundle::open(folder_);
  ASSERT_EQ(bundle.manifest().precisions.size(), 1U);
  EXPECT_TRUE(bundle.admits(kernels::Precision::int8));
  EXPECT_EQ(bundle.fastest_admitted(), kernels::Precision::int8);
  EXPECT_FALSE(bundle.require_features(bundle.provided(kernels::Precision::int8), "f"));
  EXPECT_TRUE(is_bad_data("bf16", [&] { bundle.require_features(bundle.provided(kernels::Precision::bf16), "f"); }));
}

TEST_F(FeaturesTest, InspectShowsABundle) {
  const auto json = inspect(folder_);
  EXPECT_EQ(json["kind"], "bundle");
  EXPECT_EQ(json["encoder"]["d_model"], 16);
  EXPECT_EQ(json["head"]["blank"], 65);
  EXPECT_EQ(json["contract"]["requires"]["downsampling"]["head"], 4);
  EXPECT_EQ(inspect(folder_ + "/bundle.json"), json);
  const std::string text = inspect_text(json);
  for (const char* part : {"bundle tiny (Apache-2.0)", "80 mel bins, width 16, 2 layers of 2 heads", "stride 4",
                           "66 classes, blank 65, masked [59,60]", "extractor 1, head 4; 3 frames after the head",
                           "admitted: f32", "encoder.safetensors (encoder)"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(FeaturesTest, InspectShowsTheShareThatCtcCannotWrite) {
  ImportOptions options = test::write_tiny_sources(dir_);
  options.out = dir_ / "second";
  options.provenance = R"({"ctc_infeasible": {"share": 0.125, "utterances": 8}, "evil": "a\u001b[2Jb"})";
  import_bundle(options);
  const std::string text = inspect_text(inspect(options.out));
  EXPECT_THAT(text, HasSubstr("12.5 % of the training utterances"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST_F(FeaturesTest, InspectShowsTensorsAndArrays) {
  const std::string tensors = inspect_text(inspect(dir_ / "head.safetensors"));
  EXPECT_THAT(tensors, HasSubstr("seben.head.kind = transformer"));
  EXPECT_THAT(tensors, HasSubstr("output_proj.weight"));
  EXPECT_THAT(tensors, HasSubstr("[66,8]"));
  EXPECT_THAT(inspect_text(inspect(dir_ / "hf")), HasSubstr("model.encoder.conv1.weight"));
  EXPECT_THAT(inspect_text(inspect(npy({3, 4}))), HasSubstr("F32 [3,4], 48 B"));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "none", [&] { (void)inspect(dir_ / "none"); }));
}

}  // namespace
}  // namespace seben::bundle
