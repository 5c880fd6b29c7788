// SPDX-License-Identifier: Apache-2.0
#include "parity/gate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "support/errors.h"

namespace seben::parity {
namespace {

ModeGates gates(Measure measure) {
  ModeGates g{{0.1, "a"}, {0.2, "b"}, {0.3, "c"}, {0.4, "d"}, {0.9, "e"}, {0.01, "f"}, {0.5, "g"}, measure};
  return g;
}

TEST(ParityGates, EachPlaceHasItsBoundInTheGatesMeasure) {
  Difference d;
  d.mse = 4.0;
  d.share = 1.0;
  d.error = 0.15;
  d.cosine = 0.95;
  const auto held = [&](Place place, Measure measure) { return judge("fp16", "x", place, d, gates(measure)); };
  EXPECT_FALSE(held(Place::stage, Measure::error)[0].holds());
  EXPECT_TRUE(held(Place::encoder, Measure::error)[0].holds());
  EXPECT_DOUBLE_EQ(held(Place::head, Measure::mse)[0].value, 4.0);
  EXPECT_DOUBLE_EQ(held(Place::logits, Measure::share)[0].value, 1.0);
  const auto logits = held(Place::logits, Measure::error);
  ASSERT_EQ(logits.size(), 2U);
  EXPECT_EQ(logits[0].gate, "logits_error");
  EXPECT_EQ(logits[0].source, "d");
  EXPECT_EQ(logits[1].gate, "min_cosine");
  EXPECT_TRUE(logits[1].holds());
}

TEST(ParityGates, WhatIsNoNumberHoldsNothing) {
  Difference d;
  d.error = d.cosine = std::numeric_limits<double>::quiet_NaN();
  for (const GateResult& result : judge("fp16", "x", Place::stage, d, gates(Measure::error))) {
    EXPECT_FALSE(result.holds()) << result.gate;
  }
}

TEST(ParityGates, SharesOfFramesAndTexts) {
  EXPECT_TRUE(judge_classes("fp16", "x", {100, 1}, gates(Measure::mse)).holds());
  EXPECT_FALSE(judge_classes("fp16", "x", {100, 2}, gates(Measure::mse)).holds());
  EXPECT_TRUE(judge_classes("fp16", "x", {}, gates(Measure::mse)).holds());
  Figures figures;
  figures.texts = 4;
  figures.text_changes = 3;
  EXPECT_FALSE(judge_texts("fp16", "x", figures, gates(Measure::mse)).holds());
}

TEST(ParityGates, ALimitSaysWhereItComesFrom) {
  const auto read = [](const char* text) {
    const nlohmann::json json = nlohmann::json::parse(text);
    return read_limit(base::JsonReader(json, "g.json"), "stage_error", 0, 1);
  };
  const Limit limit = read(R"({"stage_error": {"value": 0.5, "source": "measured"}})");
  EXPECT_DOUBLE_EQ(limit.value, 0.5);
  EXPECT_EQ(limit.source, "measured");
  for (const char* bad :
       {R"({"stage_error": {"value": 2, "source": "measured"}})", R"({"stage_error": {"value": 0.5, "source": ""}})",
        R"({"stage_error": {"value": 0.5}})", R"({"stage_error": 0.5})"}) {
    EXPECT_TRUE(test::is_bad_data("g.json", [&] { (void)read(bad); })) << bad;
  }
}

}  // namespace
}  // namespace seben::parity
