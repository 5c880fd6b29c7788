// SPDX-License-Identifier: Apache-2.0
#include "fit/guard_fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "support/errors.h"

namespace seben::correction {
namespace {

constexpr std::int64_t kClasses = 12, kBlank = 11;

// Labels alternate between low and high ones in the language, and the head is sure of them.
GuardStretch stretch(std::mt19937& random, bool known) {
  GuardStretch out;
  out.words = 3;
  std::normal_distribution<float> noise(0.0F, 0.1F);
  const auto letters = 12 + random() % 20;
  for (unsigned long i = 0; i < letters; ++i) {
    const auto label =
        static_cast<std::int32_t>(known ? (i % 2 == 0 ? random() % 5 : 5 + random() % 5) : random() % 10);
    const float sure = known ? -0.25F : -0.45F;
    out.frames.push_back({label, std::min(sure + noise(random), -0.01F), known ? 0.4F : 0.6F});
    out.frames.push_back({static_cast<std::int32_t>(kBlank), -0.05F, 0.2F});
  }
  return out;
}

GuardSet made(const std::string& name, bool known, int recordings, unsigned seed) {
  std::mt19937 random(seed);
  GuardSet out{name, known, {}};
  for (int i = 0; i < recordings; ++i) {
    GuardRecording r{name + std::to_string(i), 10.0, {}};
    for (int k = 0; k < 2; ++k) r.stretches.push_back(stretch(random, known));
    out.recordings.push_back(std::move(r));
  }
  return out;
}

GuardFitInput input() {
  return {{made("speech", true, 120, 1), made("french", false, 80, 2), made("noise", false, 60, 3)},
          {"test", kClasses, kBlank, "a", "b", "c"},
          25.0};
}

TEST(GuardFit, TellsTheLanguageFromOthers) {
  const GuardFitInput in = input();
  const GuardFit fit = fit_guard(in, {});
  EXPECT_GT(fit.area, 0.97);
  EXPECT_EQ(fit.guard.known, std::vector<std::string>{"speech"});
  EXPECT_EQ(fit.guard.other, (std::vector<std::string>{"french", "noise"}));
  ASSERT_EQ(fit.test.size(), 3U);
  EXPECT_LE(fit.test[0].refused * 10, fit.test[0].stretches);
  EXPECT_GE(fit.test[1].refused * 10, fit.test[1].stretches * 8);
  EXPECT_LT(fit.test[1].per_minute(), 0.3 * 36.0);
  // Written and read it judges alike.
  const ctc::LanguageGuard read = ctc::LanguageGuard::parse(fit.guard.to_text(), "guard.json");
  const GuardSetResult one = judge(fit.guard, in.sets[1], 25.0), two = judge(read, in.sets[1], 25.0);
  EXPECT_EQ(one.refused, two.refused);
  EXPECT_EQ(one.stretches, 160);
  EXPECT_EQ(one.words, 480);
  EXPECT_NEAR(one.seconds, 800.0, 1e-9);
  EXPECT_EQ(nlohmann::json::parse(read.fit)["test"].size(), 3U);
}

TEST(GuardFit, RefusesNoMoreOfTheLanguageThanIsAllowed) {
  GuardFitOptions options;
  options.most_refused = 0.0;
  const GuardFitInput in = input();
  const double strict = fit_guard(in, options).guard.limit;
  options.most_refused = 0.2;
  EXPECT_LT(strict, fit_guard(in, options).guard.limit);
}

TEST(GuardFit, IsTheSameAgain) {
  const GuardFitInput in = input();
  EXPECT_EQ(fit_guard(in, {}).guard.to_text(), fit_guard(in, {}).guard.to_text());
}

TEST(GuardFit, NeedsBothKindsInEveryPart) {
  GuardFitInput in = input();
  in.sets.erase(in.sets.begin());
  EXPECT_TRUE(test::is_bad_data("stretches of both kinds", [&] { (void)fit_guard(in, {}); }));
  in = input();
  in.sets.resize(1);
  EXPECT_TRUE(test::is_bad_data("0 others", [&] { (void)fit_guard(in, {}); }));
  in = input();
  for (GuardRecording& r : in.sets[0].recordings) r.stretches.clear();  // the head wrote nothing
  EXPECT_TRUE(test::is_bad_data("0 known", [&] { (void)fit_guard(in, {}); }));
}

}  // namespace
}  // namespace seben::correction
