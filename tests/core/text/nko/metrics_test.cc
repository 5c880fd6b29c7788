// SPDX-License-Identifier: Apache-2.0
#include "text/nko/metrics.h"

#include <gtest/gtest.h>

#include <random>

#include "support/errors.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

// Every way to turn one into the other, tried out: exponential, and surely right.
std::int64_t brute_force(std::string_view r, std::string_view h) {
  if (r.empty()) return static_cast<std::int64_t>(h.size());
  if (h.empty()) return static_cast<std::int64_t>(r.size());
  const std::int64_t aligned = brute_force(r.substr(1), h.substr(1)) + (r[0] == h[0] ? 0 : 1);
  return std::min({aligned, brute_force(r.substr(1), h) + 1, brute_force(r, h.substr(1)) + 1});
}

TEST(Edits, EqualBruteForce) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    std::string r, h;
    for (auto* text : {&r, &h}) {
      for (auto n = random() % 6; n > 0; --n) *text += static_cast<char>('a' + random() % 3);
    }
    const EditCounts counts = count_edits(r, h, Unit::code_point);
    EXPECT_EQ(counts.errors(), brute_force(r, h)) << r << " " << h;
    EXPECT_EQ(counts.reference, static_cast<std::int64_t>(r.size()));
    EXPECT_EQ(counts.reference - counts.deletions + counts.insertions, static_cast<std::int64_t>(h.size()));
  }
}

TEST(Edits, EmptyHypothesisIsAllDeletions) {
  EXPECT_EQ(count_edits("abc", "", Unit::code_point), (EditCounts{0, 3, 0, 3}));
  EXPECT_EQ(count_edits("", "ab", Unit::code_point), (EditCounts{0, 0, 2, 0}));
}

TEST(Edits, UnitsDiffer) {
  const std::string reference = encode_utf8(U"\u07CA\u07EB \u07D3"), hypothesis = encode_utf8(U"\u07CA\u07EC \u07D3");
  EXPECT_EQ(count_edits(reference, hypothesis, Unit::code_point), (EditCounts{1, 0, 0, 4}));
  EXPECT_EQ(count_edits(reference, hypothesis, Unit::grapheme), (EditCounts{1, 0, 0, 3}));
  EXPECT_EQ(count_edits(reference, hypothesis, Unit::word), (EditCounts{1, 0, 0, 2}));
}

TEST(ErrorRate, IntervalHoldsTheRateAndIsReproducible) {
  std::vector<EditCounts> utterances;
  for (int i = 0; i < 50; ++i) utterances.push_back({i % 4, 0, 0, 20});
  const ErrorRate rate = error_rate(utterances);
  EXPECT_NEAR(rate.rate, 73.0 / 1000.0, 1e-12);
  EXPECT_LT(rate.low, rate.rate);
  EXPECT_GT(rate.high, rate.rate);
  EXPECT_EQ(rate.low, error_rate(utterances).low);
  // Standard deviation of the mean of 0..3 over 20: 1.13 / 20 / sqrt(50) = 0.008.
  EXPECT_NEAR(rate.high - rate.low, 4 * 0.008, 0.012);
}

TEST(ErrorRate, OneUtteranceHasNoSpread) {
  const ErrorRate rate = error_rate({{1, 0, 0, 10}});
  EXPECT_EQ(rate.low, rate.high);
  EXPECT_EQ(rate.rate, 0.1);
}

TEST(ErrorRate, NothingToCompareIsAnError) {
  EXPECT_TRUE(test::is_bad_data("reference", [] { (void)error_rate({}); }));
  EXPECT_TRUE(test::is_bad_data("reference", [] { (void)error_rate({{0, 0, 3, 0}}); }));
}

TEST(RateChange, PairsUtterances) {
  std::vector<EditCounts> before, after;
  for (int i = 0; i < 60; ++i) {
    before.push_back({i % 7, 0, 0, 20});
    after.push_back({std::max(0, i % 7 - 1), 0, 0, 20});  // one error less wherever there was one
  }
  const RateChange change = rate_change(before, after);
  EXPECT_NEAR(change.change, error_rate(after).rate - error_rate(before).rate, 1e-12);
  EXPECT_LT(change.high, 0.0);
  // Far narrower than the two rates' own intervals, which overlap.
  EXPECT_LT(change.high - change.low, 0.5 * (error_rate(before).high - error_rate(before).low));
  const RateChange none = rate_change(before, before);
  EXPECT_EQ(none.change, 0.0);
  EXPECT_EQ(none.low, 0.0);
  EXPECT_EQ(none.high, 0.0);
  EXPECT_TRUE(test::is_bad_data("same utterances", [&] { (void)rate_change(before, {}); }));
}

}  // namespace
}  // namespace seben::nko
