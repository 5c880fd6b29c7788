// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/language_guard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "support/errors.h"
#include "support/random_log_probs.h"
#include "support/temp_dir.h"

namespace seben::ctc {
namespace {

using nlohmann::json;
using test::is_bad_data;
using Labels = std::vector<std::int64_t>;

constexpr std::int64_t kGuardBlank = 4;

LanguageGuard small_guard() {
  LanguageGuard guard;
  for (std::size_t i = 0; i < guard.features.size(); ++i) {
    const auto n = static_cast<double>(i);
    guard.features[i] = {0.1 * n, 1.0 + n, 0.5 - 0.2 * n};
  }
  guard.bias = 0.25;
  guard.limit = 0.375;
  guard.head = {"demo", 5, kGuardBlank, "aa", "bb", "cc"};
  guard.transitions = Transitions(5, kGuardBlank);
  guard.transitions.add(Labels{0, 1, 0, 1, 2});
  guard.transitions.add(Labels{0, 1, 3});
  guard.known = {"speech"};
  guard.other = {"noise", "french"};
  guard.fit = R"({"area":0.9})";
  return guard;
}

// [sure of 0], blank, [unsure 1], blank, blank
std::vector<FrameEvidence> five_frames() {
  return {{0, std::log(0.9F), 0.2F},
          {4, std::log(0.8F), 0.3F},
          {1, std::log(0.4F), 1.5F},
          {4, -0.1F, 0.5F},
          {4, -0.1F, 0.5F}};
}

TEST(Evidence, IsTheBestClassItsProbabilityAndTheEntropy) {
  std::vector<FrameEvidence> frames;
  add_evidence(test::from_probabilities({{0.5, 0.25, 0.25}, {0.0, 0.0, 1.0}}).view(), frames);
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].label, 0);
  EXPECT_NEAR(frames[0].log_prob, std::log(0.5F), 1e-6F);
  EXPECT_NEAR(frames[0].entropy, 1.5F * std::log(2.0F), 1e-6F);
  EXPECT_EQ(frames[1].label, 2);
  EXPECT_EQ(frames[1].entropy, 0.0F);
}

TEST(Evidence, LabelsAreThoseOfTheBestPath) {
  std::vector<FrameEvidence> frames;
  for (const std::int32_t label : {4, 0, 0, 4, 0, 1, 1, 4, 4, 2}) frames.push_back({label, -0.1F, 0.1F});
  EXPECT_EQ(labels_of(frames, kGuardBlank), (Labels{0, 0, 1, 2}));
  EXPECT_TRUE(labels_of({}, kGuardBlank).empty());
}

TEST(Transitions, PreferWhatWasCounted) {
  Transitions t(5, kGuardBlank);
  for (int i = 0; i < 50; ++i) t.add(Labels{0, 1, 0, 1});
  EXPECT_GT(t.log_prob(Labels{0, 1, 0, 1}), t.log_prob(Labels{1, 0, 0, 1}) + 0.5);
  EXPECT_GT(t.log_prob(Labels{1, 0, 0, 1}), t.log_prob(Labels{3, 2, 3, 2}));
  EXPECT_TRUE(std::isfinite(t.log_prob(Labels{})));
  EXPECT_TRUE(std::isfinite(Transitions(5, kGuardBlank).log_prob(Labels{3, 3, 3})));
}

TEST(Transitions, TakeBackWhatAStretchBroughtItself) {
  Transitions with(5, kGuardBlank), without(5, kGuardBlank);
  without.add(Labels{0, 1, 2, 0});
  with.add(Labels{0, 1, 2, 0});
  with.add(Labels{3, 3, 1});
  EXPECT_NEAR(with.log_prob(Labels{3, 3, 1}, true), without.log_prob(Labels{3, 3, 1}), 1e-12);
  EXPECT_GT(with.log_prob(Labels{3, 3, 1}), without.log_prob(Labels{3, 3, 1}));
}

TEST(GuardValues, AreWhatTheirNamesSay) {
  const LanguageGuard guard = small_guard();
  const GuardValues v = guard_values(five_frames(), kGuardBlank, 25.0, guard.transitions);
  EXPECT_NEAR(v[0], (std::log(0.9) + std::log(0.4)) / 2.0, 1e-6);
  EXPECT_NEAR(v[1], 0.5, 1e-12);
  EXPECT_NEAR(v[2], 0.6, 1e-6);
  EXPECT_NEAR(v[3], 0.6, 1e-12);
  EXPECT_NEAR(v[4], 10.0, 1e-12);
  EXPECT_NEAR(v[5], guard.transitions.log_prob(Labels{0, 1}), 1e-12);
  EXPECT_NEAR(v[6], std::log(3.0), 1e-12);
  for (const double x : guard_values({}, kGuardBlank, 25.0, guard.transitions)) EXPECT_TRUE(std::isfinite(x));
}

TEST(LanguageGuard, ScoreIsTheLogisticOfItsFeatures) {
  const LanguageGuard guard = small_guard();
  GuardValues values{};
  double sum = guard.bias;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.3 * static_cast<double>(i) - 1.0;
    sum += guard.features[i].weight * (values[i] - guard.features[i].mean) / guard.features[i].deviation;
  }
  EXPECT_NEAR(guard.score(values), 1.0 / (1.0 + std::exp(-sum)), 1e-12);
}

TEST(LanguageGuard, ComesBackAsItWasWritten) {
  const LanguageGuard made = small_guard(), read = LanguageGuard::parse(made.to_text(), "guard.json");
  EXPECT_EQ(read.to_text(), made.to_text());
  EXPECT_EQ(read.limit, 0.375);
  EXPECT_EQ(read.known, made.known);
  EXPECT_EQ(read.other, made.other);
  EXPECT_EQ(read.head.difference(made.head), "");
  const auto frames = five_frames();
  EXPECT_EQ(read.score(guard_values(frames, kGuardBlank, 25.0, read.transitions)),
            made.score(guard_values(frames, kGuardBlank, 25.0, made.transitions)));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nowhere", [] { (void)LanguageGuard::load("nowhere"); }));
}

TEST(LanguageGuard, EveryDefectNamesItsField) {
  struct Defect {
    const char* message;
    std::function<void(json&)> make;
  };
  const std::vector<Defect> defects{
      {"g.json: schema: expected seben.guard, found seben.ranker", [](json& j) { j["schema"] = "seben.ranker"; }},
      {"g.json: version: expected 1, found 2", [](json& j) { j["version"] = 2; }},
      {"g.json: surplus", [](json& j) { j["surplus"] = 0; }},
      {"g.json: features: expected 7 of them, found 6", [](json& j) { j["features"].erase(2); }},
      {"g.json: features[0].name: expected sureness, found unsure_share",
       [](json& j) { std::swap(j["features"][0], j["features"][1]); }},
      {"g.json: features[2].deviation", [](json& j) { j["features"][2]["deviation"] = 0.0; }},
      {"g.json: features[2].deviation", [](json& j) { j["features"][2]["deviation"] = -3.0; }},
      {"g.json: features[4].weight", [](json& j) { j["features"][4]["weight"] = 1e7; }},
      {"g.json: features[4].mean", [](json& j) { j["features"][4]["mean"] = "0"; }},
      {"g.json: features[4].note", [](json& j) { j["features"][4]["note"] = 1; }},
      {"g.json: bias", [](json& j) { j["bias"] = 1e30; }},
      {"g.json: limit: expected 0..1", [](json& j) { j["limit"] = 1.01; }},
      {"g.json: limit: expected 0..1", [](json& j) { j["limit"] = -0.5; }},
      {"g.json: transitions[0]", [](json& j) { j["transitions"][0].push_back(1); }},
      {"g.json: transitions[0]", [](json& j) { j["transitions"][0].erase(0); }},
      {"g.json: transitions[1][0]", [](json& j) { j["transitions"][1][0] = 5; }},
      {"g.json: transitions[1][1]", [](json& j) { j["transitions"][1][1] = -1; }},
      {"g.json: transitions[1][2]", [](json& j) { j["transitions"][1][2] = 0; }},
      {"g.json: transitions[1][2]", [](json& j) { j["transitions"][1][2] = 2'000'000'000; }},
      {"each pair of classes once", [](json& j) { j["transitions"].push_back(j["transitions"][0]); }},
      {"g.json: head.classes", [](json& j) { j["head"]["classes"] = 1; }},
      {"g.json: head.classes", [](json& j) { j["head"]["classes"] = 1'000'000; }},
      {"g.json: head.blank", [](json& j) { j["head"]["blank"] = 5; }},
      {"g.json: head.weights", [](json& j) { j["head"].erase("weights"); }},
      {"g.json: known", [](json& j) { j["known"] = "speech"; }},
      {"g.json: fit", [](json& j) { j["fit"] = 3; }},
  };
  for (const Defect& defect : defects) {
    json value = json::parse(small_guard().to_text());
    defect.make(value);
    EXPECT_TRUE(is_bad_data(defect.message, [&] { (void)LanguageGuard::parse(value.dump(), "g.json"); }))
        << defect.message;
  }
  EXPECT_TRUE(is_bad_data("g.json", [] { (void)LanguageGuard::parse("", "g.json"); }));
  EXPECT_TRUE(is_bad_data("object", [] { (void)LanguageGuard::parse("[]", "g.json"); }));
}

}  // namespace
}  // namespace seben::ctc
