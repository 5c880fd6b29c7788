// SPDX-License-Identifier: Apache-2.0
// The language guard: stretches, what is left out of a text, and a whole bundle with a guard in it.
#include "engine/guard_stage.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "bundle/guard.h"
#include "bundle/ranker.h"
#include "engine/writers.h"
#include "seben/transcriber.h"
#include "support/errors.h"
#include "support/random_log_probs.h"
#include "support/tiny_bundle.h"

namespace seben::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kGuardBlank = 3, kGuardSpace = 2;
constexpr double kGuardFps = 25.0;

using GuardSymbols = std::vector<ctc::Symbol>;

// Letters 0 and 1 and spaces at these frames.
GuardSymbols guard_symbols(const std::vector<std::pair<std::int64_t, std::int64_t>>& label_and_frame) {
  GuardSymbols out;
  for (const auto& [label, frame] : label_and_frame) out.push_back({label, frame, frame, -0.1F, 0.9F});
  return out;
}

// Frames whose best class is the blank but at `symbols`; those of label 1 are unsure.
ctc::LogProbs frames_with(std::int64_t frames, std::int64_t first, const GuardSymbols& heard) {
  std::vector<std::vector<double>> rows(static_cast<std::size_t>(frames), {0.02, 0.02, 0.02, 0.94});
  for (const ctc::Symbol& s : heard) {
    if (s.first_frame < first || s.first_frame >= first + frames) continue;
    auto& row = rows[static_cast<std::size_t>(s.first_frame - first)];
    row = s.label == 1 ? std::vector<double>{0.3, 0.4, 0.1, 0.2} : std::vector<double>{0.03, 0.03, 0.02, 0.92};
    if (s.label != 1) std::swap(row[static_cast<std::size_t>(s.label)], row[3]);
  }
  return test::from_probabilities(rows);
}

// Knows the 0, and not the 1, by how sure the head is of them.
ctc::LanguageGuard by_sureness() {
  ctc::LanguageGuard guard;
  guard.features[0] = {-0.5, 0.1, 2.0};
  guard.limit = 0.5;
  guard.head = {"test", 4, kGuardBlank, "", "", ""};
  guard.transitions = ctc::Transitions(4, kGuardBlank);
  return guard;
}

std::vector<std::int64_t> guard_labels(const GuardSymbols& all) {
  std::vector<std::int64_t> out;
  for (const ctc::Symbol& s : all) out.push_back(s.label);
  return out;
}

TEST(StretchesTest, ArePartedByPausesAndByASpaceWhenTheyAreLong) {
  Stretches stretches(kGuardFps, kGuardSpace);
  std::vector<std::vector<std::int64_t>> found;
  std::vector<std::size_t> frames;
  const auto done = [&](const Stretch& s) {
    found.push_back(guard_labels(s.symbols));
    frames.push_back(s.frames.size());
  };
  GuardSymbols all = guard_symbols({{0, 5}, {0, 10}, {kGuardSpace, 12}, {0, 60}, {0, 85}, {kGuardSpace, 90}, {0, 115}});
  for (std::int64_t t = 120; t < 800; t += 5) all.push_back({t % 25 == 0 ? kGuardSpace : 0, t, t, -0.1F, 0.9F});
  stretches.see(frames_with(800, 0, all).view(), 0);
  stretches.push(all, done);
  stretches.finish(done);
  ASSERT_GE(found.size(), 3U);
  EXPECT_EQ(found[0], (std::vector<std::int64_t>{0, 0, kGuardSpace}));  // 48 frames without a symbol are a pause
  EXPECT_EQ(frames[0], 6U);                                             // the space at its end is heard nowhere
  EXPECT_EQ(found[1].front(), 0);
  EXPECT_EQ(found[1].back(), kGuardSpace);  // 25 frames are none; what is long ends at a space
  EXPECT_LE(frames[1], 525U);               // a word behind 20 s at most
  EXPECT_GT(frames[1], 450U);
  std::size_t count = 0;
  for (const auto& part : found) count += part.size();
  EXPECT_EQ(count, all.size());
}

TEST(GuardStageTest, LeavesOutWhatTheHeadIsNotSureOf) {
  const GuardSymbols all = guard_symbols({{0, 5}, {0, 9}, {1, 60}, {1, 66}, {0, 120}, {0, 124}});
  const auto guard = by_sureness();
  for (const bool leave_out : {true, false}) {
    GuardStage stage(guard, kGuardFps, kGuardBlank, kGuardSpace, leave_out);
    stage.see(frames_with(150, 0, all).view(), 0);
    GuardSymbols out = stage.push(all);
    const GuardSymbols rest = stage.finish();
    out.insert(out.end(), rest.begin(), rest.end());
    ASSERT_EQ(stage.refused().size(), 1U);
    EXPECT_EQ(guard_labels(stage.refused()[0].symbols), (std::vector<std::int64_t>{1, 1}));
    EXPECT_LT(stage.refused()[0].score, 0.5);
    if (leave_out) {
      EXPECT_EQ(guard_labels(out), (std::vector<std::int64_t>{0, 0, kGuardSpace, 0, 0}));
    } else {
      EXPECT_EQ(out, all);
    }
  }
}

TEST(GuardStageTest, JudgesByTheSecondWindowInItsHalfOfTheOverlap) {
  // The first window is unsure of its end, the second, which hears it in its middle, is sure.
  const GuardSymbols sure = guard_symbols({{0, 80}, {0, 90}, {0, 98}}),
                     unsure = guard_symbols({{1, 80}, {1, 90}, {1, 98}});
  const auto guard = by_sureness();
  GuardStage stage(guard, kGuardFps, kGuardBlank, kGuardSpace, true);
  stage.see(frames_with(100, 0, unsure).view(), 0);
  stage.see(frames_with(100, 50, sure).view(), 50);
  GuardSymbols out = stage.push(sure);
  const GuardSymbols rest = stage.finish();
  out.insert(out.end(), rest.begin(), rest.end());
  EXPECT_EQ(out, sure);
}

TEST(GuardStageTest, TextWithoutFramesIsNotJudged) {
  const auto guard = by_sureness();
  GuardStage stage(guard, kGuardFps, kGuardBlank, kGuardSpace, true);
  const GuardSymbols only_spaces = guard_symbols({{kGuardSpace, 3}});
  EXPECT_TRUE(stage.push(only_spaces).empty());
  EXPECT_EQ(stage.finish(), only_spaces);
  EXPECT_TRUE(GuardStage(guard, kGuardFps, kGuardBlank, kGuardSpace, true).finish().empty());
}

class GuardedBundle : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    folder = test::make_tiny_bundle(*dir);
    plain = text("auto").text;
    ASSERT_FALSE(plain.empty());
    const auto bundle = bundle::Bundle::open(folder);
    ctc::LanguageGuard guard;
    guard.bias = -3.0;
    guard.limit = 0.5;
    guard.head = bundle::head_identity(bundle);
    guard.transitions = ctc::Transitions(guard.head.classes, guard.head.blank);
    bundle::store_guard(folder, guard);
  }
  static void TearDownTestSuite() { dir.reset(); }
  static Transcript text(const std::string& word) {
    TranscriberOptions options;
    options.threads = 1;
    options.language_guard = word;
    return Transcriber(Bundle::open(folder), options).transcribe_samples(test::bursts(5.0));
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string folder, plain;
};

std::unique_ptr<test::TempDir> GuardedBundle::dir;
std::string GuardedBundle::folder, GuardedBundle::plain;

TEST_F(GuardedBundle, LeavesTheTextOutAndSaysSo) {
  const Transcript t = text("auto");
  EXPECT_EQ(t.text, "");
  EXPECT_TRUE(t.words.empty() && t.segments.empty() && t.characters.empty());
  ASSERT_FALSE(t.refused.empty());
  EXPECT_FALSE(t.refused[0].text.empty());
  EXPECT_NEAR(t.refused[0].score, 0.0474, 1e-3);
  EXPECT_EQ(t.refused[0].limit, 0.5);
  EXPECT_GE(t.refused[0].start, 0.0);
  EXPECT_LE(t.refused[0].end, 5.0);
  ASSERT_EQ(t.suspect.size(), t.refused.size());
  EXPECT_NE(t.suspect[0].find("do not sound like what the head knows (score 0.05, limit 0.50)"), std::string::npos);
  const auto json = nlohmann::json::parse(write(t, Format::json, "bursts", {}));
  EXPECT_EQ(json["refused"].size(), t.refused.size());
  EXPECT_EQ(json["refused"][0]["text"], t.refused[0].text);
}

TEST_F(GuardedBundle, MarksOrDoesNotLook) {
  const Transcript marked = text("mark"), off = text("off");
  EXPECT_EQ(marked.text, plain);
  EXPECT_FALSE(marked.refused.empty());
  EXPECT_EQ(off.text, plain);
  EXPECT_TRUE(off.refused.empty() && off.suspect.empty());
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "auto, mark or off", [] { (void)text("on"); }));
}

TEST_F(GuardedBundle, AGuardOfAnotherHeadIsRefused) {
  const auto bundle = bundle::Bundle::open(folder);
  ctc::LanguageGuard other = *bundle::load_guard(bundle);
  other.head.weights = "another";
  EXPECT_TRUE(test::is_bad_data("head weights", [&] { bundle::store_guard(folder, other); }));
  const test::TempDir copy;
  const std::string path = copy / "b";
  fs::copy(folder, path, fs::copy_options::recursive);
  std::string text = test::read_file(path + "/guard.json");
  const auto at = text.find(other.head.contract);
  ASSERT_NE(at, std::string::npos);
  text[at] = text[at] == '0' ? '1' : '0';
  test::write_file(path + "/guard.json", text);
  TranscriberOptions options;
  options.threads = 1;
  EXPECT_TRUE(test::is_bad_data("feature contract", [&] { Transcriber(Bundle::open(path), options); }));
}

TEST(UnguardedBundle, IsReadAsBeforeAndCannotMark) {
  const test::TempDir dir;
  const std::string folder = test::make_tiny_bundle(dir);
  EXPECT_FALSE(bundle::load_guard(bundle::Bundle::open(folder)).has_value());
  TranscriberOptions options;
  options.threads = 1;
  options.language_guard = "mark";
  EXPECT_TRUE(test::fails_with(ErrorCategory::incomplete, "seben guard fit",
                               [&] { Transcriber(Bundle::open(folder), options); }));
}

}  // namespace
}  // namespace seben::pipeline
