// SPDX-License-Identifier: Apache-2.0
// What the exported Swift code printed, in the hands of the analysers. Not tests by themselves:
// tests/apple/harness/swift_test.sh has the markers made, and names their folder in SEBEN_MARKERS and the plan that was
// run in SEBEN_PLAN.
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/sha256.h"
#include "evidence/compute_plan.h"
#include "evidence/runtime_log.h"
#include "proof/evidence/samples.h"

namespace seben::evidence {
namespace {

class SwiftMarker : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("SEBEN_MARKERS") == nullptr) GTEST_SKIP() << "SEBEN_MARKERS names no folder";
    folder_ = std::string(std::getenv("SEBEN_MARKERS")) + "/";
    good_ = read("fp32.txt");
    options_.marker.run = "rehearsal";
    options_.marker.model_digest = base::sha256_file(std::getenv("SEBEN_PLAN"));
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::string text = base::read_text(folder_ + name, 1U << 20U);
    while (text.ends_with('\n')) text.pop_back();
    return text;
  }
  [[nodiscard]] Verdict judge(const std::string& marker) const {
    return analyse_runtime_log(test::xctest_log(marker), "run.log", options_);
  }

  std::string folder_, good_;
  RuntimeLogOptions options_;
};

TEST_F(SwiftMarker, PassesWithGoodFigures) {
  const Verdict verdict = judge(good_);
  EXPECT_EQ(verdict.status, Status::runtime_proven) << verdict.reason;
  EXPECT_TRUE(verdict.passed);
  // In a log as the Swift code leaves it: lines of its own around the marker.
  EXPECT_EQ(judge("\nSEBEN_PROCESS 4711\n\nSEBEN_PROGRESS all: head\n\n" + good_ + "\n").status,
            Status::runtime_proven);
}

TEST_F(SwiftMarker, HoldsWhatTheChainGave) {
  const ProofMarker marker = parse_marker(good_.substr(kMarkerWord.size() + 1), "marker");
  ASSERT_EQ(marker.modes.size(), 3U);
  EXPECT_EQ(marker.modes[1].compute_units, "cpu_and_ne");
  EXPECT_EQ(marker.audio_samples, 480'000);
  EXPECT_GT(marker.nonblank_frames, 0);
  EXPECT_GT(marker.candidates, 0);
  EXPECT_EQ(marker.ranker_mode, "balanced");
}

TEST_F(SwiftMarker, FailsWhenAFigureIsBad) {
  // Packages in half precision, really computed: beyond the bounds of fp32, and of another plan.
  options_.marker.model_digest.clear();
  const Verdict half = judge(read("fp16.txt"));
  EXPECT_EQ(half.status, Status::threshold_exceeded) << half.reason;
  EXPECT_FALSE(half.passed);
  options_.marker.model_digest = base::sha256_file(std::getenv("SEBEN_PLAN"));
  EXPECT_FALSE(judge(read("fp16.txt")).passed);
  // Each figure of the good one by itself.
  const auto with = [&](auto&& change) {
    auto json = nlohmann::json::parse(good_.substr(kMarkerWord.size() + 1));
    change(json);
    return judge(std::string(kMarkerWord) + " " + json.dump()).status;
  };
  EXPECT_EQ(with([](auto&) {}), Status::runtime_proven);
  EXPECT_EQ(with([](auto& j) { j["modes"][2]["stages"][1]["mse"] = 0.0326; }), Status::threshold_exceeded);
  EXPECT_EQ(with([](auto& j) { j["encoder_mse"] = 1e-3; }), Status::threshold_exceeded);
  EXPECT_EQ(with([](auto& j) { j["head_mse"] = 1e-3; }), Status::threshold_exceeded);
  EXPECT_EQ(with([](auto& j) { j["nonblank_frames"] = 0; }), Status::threshold_exceeded);
  EXPECT_EQ(with([](auto& j) { j["candidates"] = 0; }), Status::threshold_exceeded);
  EXPECT_EQ(with([](auto& j) { j.erase("frames"); }), Status::marker_invalid);
}

TEST_F(SwiftMarker, OfARehearsalIsNoProofOfAnotherRun) {
  options_.marker.run = "2026-11-21T10:00:00Z-7f";
  EXPECT_FALSE(judge(good_).passed);
}

TEST_F(SwiftMarker, ComputePlansOfTheSwiftCodeAreRead) {
  const Verdict verdict = analyse_compute_plan_file(folder_ + "plan.json");
  EXPECT_EQ(verdict.status, Status::compute_plan_read) << verdict.reason;
  EXPECT_EQ(verdict.facts.at("operations"), 3);
  EXPECT_EQ(verdict.facts.at("preferred").at("ane"), 1);
}

}  // namespace
}  // namespace seben::evidence
