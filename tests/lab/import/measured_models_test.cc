// SPDX-License-Identifier: Apache-2.0
// The records of published models that come with the program.
#include "import/measured_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "import/import.h"
#include "support/errors.h"
#include "support/real_models.h"
#include "support/temp_dir.h"

namespace seben::bundle {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

TEST(MeasuredModels, AdmitExactlyTheWeightsThatWereMeasured) {
  const std::vector<MeasuredModel> models = parse_measured_models(builtin_measured_text(), "measured models");
  ASSERT_THAT(models, Not(IsEmpty()));
  for (const MeasuredModel& model : models) {
    const std::vector<PrecisionRecord> records = shipped_records(model.weights);
    ASSERT_EQ(records.size(), model.precisions.size()) << model.name;
    for (const PrecisionRecord& record : records) EXPECT_TRUE(record.admitted()) << model.name;

    MeasuredWeights other = model.weights;
    other.encoder[0] = other.encoder[0] == '0' ? '1' : '0';
    EXPECT_THAT(shipped_records(other), IsEmpty()) << "another encoder";
    other = model.weights;
    other.decoder[63] = other.decoder[63] == '0' ? '1' : '0';
    EXPECT_THAT(shipped_records(other), IsEmpty()) << "another decoder";
    other = model.weights;
    other.framing = {};
    EXPECT_THAT(shipped_records(other), IsEmpty()) << "another padding";
  }
}

TEST(MeasuredModels, ThePublishedFormsOfAModelAreThere) {
  std::set<std::string> names;
  for (const MeasuredModel& model : parse_measured_models(builtin_measured_text(), "measured models")) {
    names.insert(model.name);
  }
  EXPECT_TRUE(names.contains("faster-whisper-tiny.en")) << "as Systran publishes it, and scripts/real-models brings it";
  EXPECT_TRUE(names.contains("tiny.en")) << "as OpenAI publishes it";
}

TEST(MeasuredModels, WhatDoesNotHoldIsRefusedWhole) {
  const nlohmann::json good = nlohmann::json::parse(builtin_measured_text());
  const std::vector<std::pair<std::string, nlohmann::json>> bad{
      {"/schema", "seben.catalogue"},
      {"/version", 2},
      {"/models/0/encoder", "efcd"},
      {"/models/0/mel/scope", "page"},
      {"/models/0/surprise", 1},
      {"/models/0/precisions/0/precision", "f32"},
      {"/models/0/precisions/0/gates/0/value", 7.0},
  };
  for (const auto& [place, value] : bad) {
    nlohmann::json changed = good;
    changed[nlohmann::json::json_pointer(place)] = value;
    EXPECT_TRUE(test::is_bad_data("", [&] { (void)parse_measured_models(changed.dump(), "m"); })) << place;
  }
  nlohmann::json twice = good;
  twice["models"].push_back(twice["models"][0]);
  EXPECT_TRUE(test::is_bad_data("", [&] { (void)parse_measured_models(twice.dump(), "m"); }));
  EXPECT_TRUE(test::is_bad_data("", [&] { (void)parse_measured_models("{", "m"); }));
}

TEST(RealModels, AFreshImportOfMeasuredWeightsIsAdmittedInInt8) {
  SEBEN_SKIP_WITHOUT_REAL("whisper-tiny.en/model.bin");
  const test::TempDir dir;
  ImportOptions options;
  options.models = {test::real_model("whisper-tiny.en")};
  options.name = "tiny.en";
  options.licence = "MIT";
  options.out = dir / "bundle";
  const std::vector<std::string> notes = import_bundle(options);
  ASSERT_EQ(notes.size(), 2U);
  EXPECT_THAT(notes[0], ::testing::HasSubstr("int8 is admitted by a record that comes with Seben"));
  const Bundle bundle = Bundle::open(options.out);
  EXPECT_TRUE(bundle.admits(bundle.decoder(), kernels::Precision::int8));
  EXPECT_TRUE(bundle.admits(bundle.decoder(), kernels::Precision::bf16));

  options.framing = {};
  options.out = dir / "otherwise-padded";
  EXPECT_THAT(import_bundle(options), IsEmpty());
  const Bundle other = Bundle::open(options.out);
  EXPECT_FALSE(other.admits(other.decoder(), kernels::Precision::int8));
}

}  // namespace
}  // namespace seben::bundle
