// SPDX-License-Identifier: Apache-2.0
#include "correct/ranker.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "correct/features.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::correction {
namespace {

using nlohmann::json;
using test::is_bad_data;

Ranker small_ranker() {
  Ranker out;
  double x = 0.1;
  for (const auto name : feature_names()) {
    out.features.push_back({std::string(name), x, 1.0 + x, -x / 3.0});
    x += 0.1;
  }
  out.bias = -1.0 / 3.0;
  out.thresholds = {0.25, 0.5, 0.875, 2.0};
  out.limits = {50, 2, 70};
  out.confusions.confusions.push_back({EditKind::substitution, "\u07ca", "\u07cb", 3, 9, {{"", "\u07d3", 1, 2}}});
  out.head = {"demo", 66, 65, "aa", "bb", "cc"};
  out.language_model = LanguageModelIdentity{5, "dd"};
  out.fit = R"({"rows":7})";
  return out;
}

TEST(Ranker, EqualModelsAreEqualBytes) {
  const std::string text = small_ranker().to_text();
  const Ranker again = Ranker::parse(text, "ranker.json");
  EXPECT_EQ(again.to_text(), text);
  // Whatever the order of the keys and the spaces.
  EXPECT_EQ(Ranker::parse(json::parse(text).dump(), "ranker.json").to_text(), text);
  EXPECT_EQ(text.back(), '\n');
  test::TempDir dir;
  test::write_file(dir / "ranker.json", text);
  EXPECT_EQ(Ranker::load(dir / "ranker.json").to_text(), text);
}

TEST(Ranker, EveryFieldComesBack) {
  const Ranker made = small_ranker(), read = Ranker::parse(made.to_text(), "ranker.json");
  ASSERT_EQ(read.features.size(), kFeatures);
  for (std::size_t i = 0; i < kFeatures; ++i) {
    EXPECT_EQ(read.features[i].name, feature_names()[i]);
    EXPECT_EQ(read.features[i].mean, made.features[i].mean);
    EXPECT_EQ(read.features[i].deviation, made.features[i].deviation);
    EXPECT_EQ(read.features[i].weight, made.features[i].weight);
  }
  EXPECT_EQ(read.bias, made.bias);
  EXPECT_EQ(read.thresholds, made.thresholds);
  EXPECT_EQ(read.limits.max_candidates, 50);
  EXPECT_EQ(read.limits.max_edits, 2);
  EXPECT_EQ(read.limits.max_symbols, 70);
  EXPECT_EQ(read.confusions, made.confusions);
  EXPECT_EQ(made.head.difference(read.head), "");
  EXPECT_EQ(read.head.name, "demo");
  ASSERT_TRUE(read.language_model.has_value());
  EXPECT_EQ(read.language_model->order, 5);
  EXPECT_EQ(read.language_model->sha256, "dd");
  EXPECT_EQ(read.fit, made.fit);
  Ranker without = made;
  without.language_model.reset();
  EXPECT_FALSE(Ranker::parse(without.to_text(), "ranker.json").language_model.has_value());
}

TEST(Ranker, EveryDefectNamesItsField) {
  struct Defect {
    const char* message;
    std::function<void(json&)> make;
  };
  const std::vector<Defect> defects{
      {"r.json: schema: expected seben.ranker, found seben.confusions",
       [](json& j) { j["schema"] = "seben.confusions"; }},
      {"r.json: version: expected 1, found 2", [](json& j) { j["version"] = 2; }},
      {"r.json: version", [](json& j) { j["version"] = "1"; }},
      {"r.json: surplus", [](json& j) { j["surplus"] = 0; }},
      {"r.json: features: expected 28 of them, found 27", [](json& j) { j["features"].erase(3); }},
      {"r.json: features[0].name: expected is_substitution, found is_deletion",
       [](json& j) { std::swap(j["features"][0], j["features"][1]); }},
      {"r.json: features[2].deviation", [](json& j) { j["features"][2]["deviation"] = 0.0; }},
      {"r.json: features[2].deviation", [](json& j) { j["features"][2]["deviation"] = -1.0; }},
      {"r.json: features[4].weight", [](json& j) { j["features"][4]["weight"] = 1e7; }},
      {"r.json: features[4].mean", [](json& j) { j["features"][4]["mean"] = -1e7; }},
      {"r.json: features[4].weight", [](json& j) { j["features"][4]["weight"] = "1"; }},
      {"r.json: features[4].note", [](json& j) { j["features"][4]["note"] = "1"; }},
      {"r.json: bias", [](json& j) { j["bias"] = nullptr; }},
      {"r.json: bias", [](json& j) { j["bias"] = 1e30; }},
      {"r.json: thresholds.balanced: expected 0.25..2, not below the mode that is bolder, found 0.2",
       [](json& j) { j["thresholds"]["balanced"] = 0.2; }},
      {"r.json: thresholds.aggressive", [](json& j) { j["thresholds"]["aggressive"] = -0.1; }},
      {"r.json: thresholds.preservation", [](json& j) { j["thresholds"]["preservation"] = 2.1; }},
      {"r.json: thresholds.preservation", [](json& j) { j["thresholds"].erase("preservation"); }},
      {"r.json: thresholds.timid", [](json& j) { j["thresholds"]["timid"] = 1; }},
      {"r.json: limits.max_candidates", [](json& j) { j["limits"]["max_candidates"] = 0; }},
      {"r.json: limits.max_edits", [](json& j) { j["limits"]["max_edits"] = 1.5; }},
      {"r.json: limits.max_symbols", [](json& j) { j["limits"]["max_symbols"] = 100'001; }},
      {"r.json: confusions.version", [](json& j) { j["confusions"]["version"] = 9; }},
      {"r.json: confusions.confusions[0].count", [](json& j) { j["confusions"]["confusions"][0]["count"] = 10; }},
      {"r.json: head.classes", [](json& j) { j["head"]["classes"] = 1; }},
      {"r.json: head.weights", [](json& j) { j["head"].erase("weights"); }},
      {"r.json: language_model.order", [](json& j) { j["language_model"]["order"] = 9; }},
      {"r.json: fit", [](json& j) { j["fit"] = 3; }},
  };
  for (const Defect& defect : defects) {
    json value = json::parse(small_ranker().to_text());
    defect.make(value);
    EXPECT_TRUE(is_bad_data(defect.message, [&] { (void)Ranker::parse(value.dump(), "r.json"); })) << defect.message;
  }
}

TEST(Ranker, WhatIsNoNumberIsRefused) {
  const std::string text = small_ranker().to_text();
  const auto at = text.find("\"bias\": ") + 8;
  const auto end = text.find(',', at);
  for (const std::string bad : {"NaN", "1e999", "-Infinity", ""}) {
    const std::string broken = text.substr(0, at) + bad + text.substr(end);
    EXPECT_TRUE(is_bad_data("r.json", [&] { (void)Ranker::parse(broken, "r.json"); })) << bad;
  }
  EXPECT_TRUE(is_bad_data("r.json", [] { (void)Ranker::parse("", "r.json"); }));
  EXPECT_TRUE(is_bad_data("object", [] { (void)Ranker::parse("[]", "r.json"); }));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nowhere", [] { (void)Ranker::load("nowhere"); }));
}

TEST(Ranker, ProbabilityIsTheLogisticOfTheContributions) {
  const Ranker ranker = small_ranker();
  FeatureVector values{};
  double sum = ranker.bias;
  for (std::size_t i = 0; i < kFeatures; ++i) {
    values[i] = 0.5 * static_cast<double>(i) - 3.0;
    const RankerFeature& f = ranker.features[i];
    const double part = f.weight * (values[i] - f.mean) / f.deviation;
    EXPECT_NEAR(ranker.contribution(i, values[i]), part, 1e-12);
    sum += part;
  }
  EXPECT_NEAR(ranker.probability(values), 1.0 / (1.0 + std::exp(-sum)), 1e-12);
}

TEST(HeadIdentityTest, SaysWhatDiffers) {
  const HeadIdentity ranker{"one", 66, 65, "aa", "bb", "cc"};
  EXPECT_EQ(ranker.difference({"another name", 66, 65, "aa", "bb", "cc"}), "");
  EXPECT_EQ(ranker.difference({"one", 67, 65, "aa", "bb", "cc"}), "classes 67 offered, 66 in the ranker");
  EXPECT_EQ(ranker.difference({"one", 66, 0, "aa", "bb", "cc"}), "blank 0 offered, 65 in the ranker");
  EXPECT_EQ(ranker.difference({"one", 66, 65, "xx", "bb", "cc"}), "vocabulary xx offered, aa in the ranker");
  EXPECT_EQ(ranker.difference({"one", 66, 65, "aa", "xx", "cc"}), "feature contract xx offered, bb in the ranker");
  EXPECT_EQ(ranker.difference({"one", 66, 65, "aa", "bb", "xx"}), "head weights xx offered, cc in the ranker");
}

TEST(Modes, HaveNames) {
  std::set<std::string_view> names;
  for (const Mode mode : kModes) {
    EXPECT_EQ(parse_mode(to_string(mode)), mode);
    names.insert(to_string(mode));
  }
  EXPECT_EQ(names.size(), 4U);
  EXPECT_FALSE(parse_mode("off").has_value());
  EXPECT_FALSE(parse_mode("").has_value());
  EXPECT_EQ(small_ranker().threshold(Mode::conservative), 0.875);
}

}  // namespace
}  // namespace seben::correction
