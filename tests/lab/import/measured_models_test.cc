// SPDX-License-Identifier: Apache-2.0
// The records of published models that come with the program.
#include "import/measured_models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
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
  for (const std::string name : {"base", "tiny.en"}) {
    EXPECT_TRUE(names.contains(name)) << "as OpenAI publishes it";
    EXPECT_TRUE(names.contains("faster-whisper-" + name)) << "as Systran does, and scripts/real-models brings it";
  }
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

// A fresh import of published weights runs int8 by itself; read or padded otherwise the same weights do not.
void expect_admitted_from_the_import_on(const std::string& folder) {
  const test::TempDir dir;
  ImportOptions options;
  options.models = {test::real_model(folder)};
  options.name = folder;
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

TEST(RealModels, AFreshImportOfTinyEnIsAdmittedInInt8) {
  SEBEN_SKIP_WITHOUT_REAL("whisper-tiny.en/model.bin");
  expect_admitted_from_the_import_on("whisper-tiny.en");
}

TEST(RealModels, AFreshImportOfBaseIsAdmittedInInt8) {
  SEBEN_SKIP_WITHOUT_REAL("whisper-base/model.bin");
  expect_admitted_from_the_import_on("whisper-base");
}

// One number in the last place makes other weights of them.
TEST(RealModels, AnImportOfBaseWithAnotherNumberIsNot) {
  SEBEN_SKIP_WITHOUT_REAL("whisper-base/model.bin");
  const test::TempDir dir;
  std::filesystem::copy(test::real_model("whisper-base"), dir / "tuned");
  std::string weights = test::read_file(dir / "tuned/model.bin");
  const std::string name("decoder/layer_0/ffn/linear_0/bias", 34);  // with its closing zero
  const std::size_t at = weights.find(name);
  ASSERT_NE(at, std::string::npos);
  weights[at + name.size() + 10] ^= 1;  // behind rank, one dimension, type and size
  test::write_file(dir / "tuned/model.bin", weights);
  ImportOptions options;
  options.models = {dir / "tuned"};
  options.name = "tuned";
  options.licence = "MIT";
  options.out = dir / "bundle";
  EXPECT_THAT(import_bundle(options), IsEmpty());
  const Bundle bundle = Bundle::open(options.out);
  EXPECT_FALSE(bundle.admits(bundle.decoder(), kernels::Precision::int8));
}

}  // namespace
}  // namespace seben::bundle
