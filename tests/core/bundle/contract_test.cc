// SPDX-License-Identifier: Apache-2.0
#include "bundle/contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "support/errors.h"

namespace seben::frontend {
namespace {

using test::is_bad_data;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Large-v3 as its encoder leaves it.
FeatureContract provided() {
  FeatureContract c;
  c.variant = "large-v3";
  c.weights = std::string(64, 'a');
  c.n_mels = 128;
  c.frames = 1500;
  c.dim = 1280;
  c.frames_per_second = 50.0;
  return c;
}

// The transformer head that downsamples by 4 itself.
FeatureContract required() {
  FeatureContract c = provided();
  c.head_stride = 4;
  c.output_frames = 375;
  return c;
}

// Every fourth frame, as the known failure offered them.
FeatureContract decimated() {
  FeatureContract c = provided();
  c.frames = 375;
  c.frames_per_second = 12.5;
  c.extractor_stride = 4;
  return c;
}

std::vector<std::string> fields(const std::vector<Difference>& differences) {
  std::vector<std::string> names;
  for (const Difference& difference : differences) names.push_back(difference.field);
  return names;
}

TEST(Contract, AHeadThatDownsamplesFitsAnExtractorThatDoesNot) {
  EXPECT_THAT(compare(provided(), required()), IsEmpty());
  EXPECT_NO_THROW(require_compatible(provided(), required(), "x"));
}

TEST(Contract, TheNameOfTheVariantDecidesNothing) {
  FeatureContract other = provided();
  other.variant = "large-v3-copy";
  EXPECT_THAT(compare(other, required()), IsEmpty());
}

TEST(Contract, DownsampledFeaturesIntoADownsamplingHeadAreNamed) {
  EXPECT_THAT(fields(compare(decimated(), required())),
              ElementsAre("layout.frames", "layout.frames_per_second", "downsampling.extractor"));
  EXPECT_TRUE(is_bad_data(
      "f.npy: feature contract: expected layout.frames 1500, layout.frames_per_second 50, downsampling.extractor 1, "
      "found "
      "layout.frames 375, layout.frames_per_second 12.5, downsampling.extractor 4 (375 frames offered, head "
      "downsamples 1500 itself: features were downsampled before)",
      [] { require_compatible(decimated(), required(), "f.npy"); }));
}

TEST(Contract, WholeFeaturesIntoAHeadThatExpectsEveryFourthAreNamed) {
  EXPECT_THAT(fields(compare(provided(), decimated())),
              ElementsAre("layout.frames", "layout.frames_per_second", "downsampling.extractor"));
  EXPECT_THAT(likely_cause(provided(), decimated()),
              "1500 frames offered, head expects 375 that the extractor took 1 in 4 of: features were not downsampled "
              "before");
}

TEST(Contract, FeaturesThatStateAnotherHeadsStrideAreRefused) {
  FeatureContract other = required();
  other.head_stride = 2;
  other.output_frames = 750;
  EXPECT_THAT(compare(other, required()),
              ElementsAre(Difference{"downsampling.head", "2", "4"}, Difference{"output_frames", "750", "375"}));
  EXPECT_THAT(likely_cause(other, required()), HasSubstr("made for another head"));
}

struct OneField {
  std::string field;
  std::function<void(FeatureContract&)> change;
  std::string cause;
};

TEST(Contract, EveryFieldMakesADifferenceAndHasACause) {
  const std::vector<OneField> cases{
      {"layout.frames", [](auto& c) { c.frames = 1000; }, "cut, joined or not padded"},
      {"layout.frames", [](auto& c) { c.frames = 500; }, "downsampled by 3 before"},
      {"layout.dim", [](auto& c) { c.dim = 768; }, "small Whisper size instead of large"},
      {"layout.frames_per_second", [](auto& c) { c.frames_per_second = 25.0; }, ""},
      {"mel.sample_rate", [](auto& c) { c.sample_rate = 8000; }, "prepared in another way"},
      {"mel.window_samples", [](auto& c) { c.window_samples = 160000; }, "prepared in another way"},
      {"mel.n_fft", [](auto& c) { c.n_fft = 512; }, "prepared in another way"},
      {"mel.hop", [](auto& c) { c.hop = 80; }, "prepared in another way"},
      {"mel.window", [](auto& c) { c.window = "hann-symmetric"; }, "prepared in another way"},
      {"mel.n_mels", [](auto& c) { c.n_mels = 80; }, "80 mel bins offered, 128 required"},
      {"mel.filter_bank", [](auto& c) { c.filter_bank = "htk"; }, "prepared in another way"},
      {"mel.log_floor", [](auto& c) { c.log_floor = 1e-5; }, "prepared in another way"},
      {"mel.log_range", [](auto& c) { c.log_range = 10.0; }, "prepared in another way"},
      {"mel.scaling", [](auto& c) { c.scaling = "x"; }, "prepared in another way"},
      {"mel.padding", [](auto& c) { c.framing.padding = Padding::log_mel; }, "padded in another way"},
      {"mel.scope", [](auto& c) { c.framing.scope = Scope::recording; }, "padded in another way"},
      {"extractor.kind", [](auto& c) { c.extractor = "conformer"; }, "another kind of extractor"},
      {"extractor.weights", [](auto& c) { c.weights[0] = 'b'; }, "weights digest differs"},
      {"extractor.precision", [](auto& c) { c.precision = "bf16"; }, "precision bf16 has passed no gate"},
      {"downsampling.extractor", [](auto& c) { c.extractor_stride = 2; }, "another head"}};
  for (const OneField& one : cases) {
    FeatureContract changed = provided();
    one.change(changed);
    EXPECT_THAT(fields(compare(changed, required())), ElementsAre(one.field));
    EXPECT_THAT(likely_cause(changed, required()), HasSubstr(one.cause)) << one.field;
    EXPECT_TRUE(is_bad_data(one.field, [&] { require_compatible(changed, required(), "x"); }));
  }
}

TEST(Contract, OnlyARecordedPrecisionIsAdmitted) {
  FeatureContract bf16 = provided();
  bf16.precision = "bf16";
  const std::vector<std::string> admitted{"int8", "bf16"};
  EXPECT_NO_THROW(require_compatible(bf16, required(), "x", admitted));
  EXPECT_TRUE(is_bad_data("extractor.precision f32, found extractor.precision bf16",
                          [&] { require_compatible(bf16, required(), "x", std::vector<std::string>{"int8"}); }));
  bf16.n_mels = 80;  // nothing else is admitted with it
  EXPECT_TRUE(is_bad_data("mel.n_mels", [&] { require_compatible(bf16, required(), "x", admitted); }));
}

TEST(Contract, BareFeaturesAreMatchedByShapeAndWarnedAbout) {
  EXPECT_THAT(require_bare_layout(1500, 1280, required(), "f.npy"), HasSubstr("f.npy: features without a contract"));
  EXPECT_TRUE(
      is_bad_data("expected layout [1500, 1280], downsampling by 4 in the head, found layout [375, 1280] without a "
                  "contract (375 frames offered, head downsamples 1500 itself: features were downsampled before)",
                  [] { (void)require_bare_layout(375, 1280, required(), "f.npy"); }));
  EXPECT_TRUE(is_bad_data("not downsampled before", [] { (void)require_bare_layout(1500, 1280, decimated(), "f"); }));
  EXPECT_TRUE(is_bad_data("swapped", [] { (void)require_bare_layout(1280, 1500, required(), "f"); }));
  EXPECT_TRUE(is_bad_data("width 512", [] { (void)require_bare_layout(1500, 512, required(), "f"); }));
  EXPECT_TRUE(is_bad_data("not padded", [] { (void)require_bare_layout(0, 1280, required(), "f"); }));
}

TEST(Contract, JsonComesBackEqual) {
  for (const FeatureContract& contract : {provided(), required(), decimated()}) {
    EXPECT_EQ(contract_from_text(to_text(contract), "c"), contract);
  }
}

TEST(Contract, PaddingIsStatedWhenItIsNotWhatItAlwaysWas) {
  EXPECT_FALSE(to_json(provided())["mel"].contains("padding"));
  FeatureContract c = provided();
  c.framing = kReferenceFraming;
  EXPECT_EQ(to_json(c)["mel"]["padding"], "log_mel");
  EXPECT_EQ(to_json(c)["mel"]["scope"], "recording");
  EXPECT_EQ(contract_from_text(to_text(c), "x"), c);
  const auto read = [&](const char* key, const char* word) {
    nlohmann::json json = to_json(c);
    if (word == nullptr) {
      json["mel"].erase(key);
    } else {
      json["mel"][key] = word;
    }
    return contract_from_text(json.dump(), "x");
  };
  EXPECT_EQ(read("padding", "samples").framing, (Framing{Padding::samples, Scope::recording}));
  EXPECT_EQ(read("scope", "window").framing, (Framing{Padding::log_mel, Scope::window}));
  EXPECT_TRUE(is_bad_data("samples or log_mel", [&] { (void)read("padding", "zeros"); }));
  EXPECT_TRUE(is_bad_data("window or recording", [&] { (void)read("scope", "Recording"); }));
  EXPECT_TRUE(is_bad_data("mel.padding", [&] { (void)read("padding", nullptr); }));
  EXPECT_TRUE(is_bad_data("mel.scope", [&] { (void)read("scope", nullptr); }));
}

TEST(Contract, JsonIsReadStrictly) {
  const std::vector<std::pair<std::string, nlohmann::json>> cases{{"/version", 2},
                                                                  {"/version", "1"},
                                                                  {"/schema", "other"},
                                                                  {"/surplus", 1},
                                                                  {"/mel/surplus", 1},
                                                                  {"/mel/n_mels", 0},
                                                                  {"/mel/n_mels", 80.5},
                                                                  {"/mel/log_floor", -1.0},
                                                                  {"/mel/window", ""},
                                                                  {"/mel/scaling", "a\nb"},
                                                                  {"/mel/filter_bank", std::string(129, 'x')},
                                                                  {"/extractor/weights", "sha"},
                                                                  {"/extractor/kind", nullptr},
                                                                  {"/layout/frames", -1},
                                                                  {"/layout/frames_per_second", 49.0},
                                                                  {"/downsampling/by", "nobody"},
                                                                  {"/downsampling/factor", 1},
                                                                  {"/downsampling/factor", 1001},
                                                                  {"/output_frames", 374}};
  for (const auto& [path, value] : cases) {
    nlohmann::json json = to_json(required());
    json[nlohmann::json::json_pointer(path)] = value;
    EXPECT_TRUE(is_bad_data("c: ", [&] { (void)contract_from_text(json.dump(), "c"); })) << path << " " << value;
  }
  for (const char* key : {"schema", "version", "extractor", "mel", "layout", "downsampling"}) {
    nlohmann::json json = to_json(required());
    json.erase(key);
    EXPECT_TRUE(is_bad_data(std::string("c: ") + key, [&] { (void)contract_from_text(json.dump(), "c"); }));
  }
}

TEST(Contract, EveryCutOfItsTextIsRefused) {
  const std::string text = to_text(required());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_TRUE(is_bad_data("c: ", [&] { (void)contract_from_text(text.substr(0, size), "c"); })) << size;
  }
}

}  // namespace
}  // namespace seben::frontend
