// SPDX-License-Identifier: Apache-2.0
// seben align, and the likeliest texts of seben transcribe and eval.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "program.h"
#include "seben/transliterate.h"
#include "support/channels_wav.h"
#include "support/tiny_bundle.h"

namespace seben {
namespace {

using nlohmann::json;
using test::run;

class AlignCommand : public ::testing::Test {
 protected:
  AlignCommand() : bundle_(test::make_tiny_bundle(dir_)) {
    test::write_file(dir_ / "talk.wav", test::channels_wav({test::bursts(70.0)}));
    const auto read = run("transcribe -b '" + bundle_ + "' -t 1 --correct off --json '" + (dir_ / "talk.wav") + "'");
    read_ = json::parse(read.out);
    test::write_file(dir_ / "text", read_.at("text").get<std::string>());
  }
  [[nodiscard]] std::string command(const std::string& flags, const std::string& text = "text") const {
    return "align -b '" + bundle_ + "' -t 1 " + flags + " '" + (dir_ / "talk.wav") + "' '" + (dir_ / text) + "'";
  }
  test::TempDir dir_;
  std::string bundle_;
  json read_;
};

// An invented model writes nonsense, tones and signs among it; in the first window nothing of it is joined. What the
// text and the alignment have in common are words of letters.
TEST_F(AlignCommand, TheTextThatWasReadIsAlignedWhole) {
  const auto found = run(command("--json"));
  ASSERT_EQ(found.exit_code, 0) << found.err;
  const json aligned = json::parse(found.out);
  ASSERT_FALSE(aligned.at("words").empty());
  double last = 0.0;
  for (const json& word : aligned.at("words")) {
    if (!word.at("spoken").get<bool>()) continue;
    EXPECT_GE(word.at("start").get<double>(), last);
    EXPECT_GT(word.at("end").get<double>(), word.at("start").get<double>());
    EXPECT_LE(word.at("confidence").get<double>(), 1.0);
    last = word.at("end").get<double>();
  }
  EXPECT_LE(last, aligned.at("audio_seconds").get<double>());
}

TEST_F(AlignCommand, TheDemoReadsItsOwnTextAtTheSameTimes) {
  const std::string demo = SEBEN_SOURCE_DIR "/bundles/demo-nko";
  if (!std::filesystem::exists(demo + "/bundle.json")) GTEST_SKIP() << "needs the demo bundle";
  const std::string recording = "'" + demo + "/samples/seen-1.wav'";
  const json heard = json::parse(run("transcribe -b '" + demo + "' -t 1 --correct off --json " + recording).out);
  const std::string nko = heard.at("text").get<std::string>();
  for (const std::string& text : {nko, transliterate(nko, Script::latin)}) {
    test::write_file(dir_ / "text", text);
    const auto found = run("align -b '" + demo + "' -t 1 --json " + recording + " '" + (dir_ / "text") + "'");
    ASSERT_EQ(found.exit_code, 0) << found.err;
    const json aligned = json::parse(found.out);
    ASSERT_EQ(aligned.at("words").size(), heard.at("words").size());
    EXPECT_TRUE(aligned.at("others").empty());
    for (std::size_t i = 0; i < heard.at("words").size(); ++i) {
      const json &a = aligned.at("words")[i], &h = heard.at("words")[i];
      EXPECT_NEAR(a.at("start").get<double>(), h.at("start").get<double>(), 0.0401) << i;
      EXPECT_NEAR(a.at("end").get<double>(), h.at("end").get<double>(), 0.0401) << i;
    }
  }
  // Half of it, and something else.
  test::write_file(dir_ / "text", nko.substr(0, nko.find(' ', nko.size() / 2)) + "\nalamisadonfila ntariyala");
  const auto half = run("align -b '" + demo + "' -t 1 --json " + recording + " '" + (dir_ / "text") + "'");
  const json words = json::parse(half.out).at("words");
  EXPECT_TRUE(words[0].at("spoken"));
  EXPECT_FALSE(words[words.size() - 1].at("spoken"));
  EXPECT_FALSE(json::parse(half.out).at("others").empty());
}

TEST_F(AlignCommand, FormatsAndPlaces) {
  EXPECT_TRUE(run(command("")).out.starts_with("start\tend\tconfidence\tword\n"));
  EXPECT_NE(run(command("-f srt")).out.find(" --> "), std::string::npos);
  EXPECT_TRUE(run(command("-f vtt --max-line-width 20")).out.starts_with("WEBVTT"));
  const auto written = run(command("-o '" + (dir_ / "out.tsv") + "'"));
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(test::read_file(dir_ / "out.tsv"), run(command("-f tsv")).out);
  EXPECT_EQ(run(command("-f tsv").substr(0, command("-f tsv").rfind('\'', command("-f tsv").size() - 2)) + "-",
                "cat '" + (dir_ / "text") + "' | ")
                .out,
            run(command("-f tsv")).out);
}

TEST_F(AlignCommand, BadTextsAreOneLine) {
  test::write_file(dir_ / "empty", " !\n");
  test::write_file(dir_ / "ill", "a\nb\xC3\n");
  for (const char* text : {"empty", "ill", "nothere"}) {
    const auto refused = run(command("", text));
    EXPECT_TRUE(refused.exit_code == 65 || refused.exit_code == 66) << refused.err;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
    EXPECT_EQ(refused.out, "");
  }
  for (const char* flags : {"--channels split", "--reach -1", "--json -f srt", "--max-line-width 9"}) {
    const auto refused = run(command(flags));
    EXPECT_EQ(refused.exit_code, 64) << flags << refused.err;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
  }
}

TEST_F(AlignCommand, LikeliestTexts) {
  const std::string beam = "transcribe -b '" + bundle_ + "' -t 1 --search beam --json '" + (dir_ / "talk.wav") + "' ";
  const auto said = run(beam + "--n-best 5");
  ASSERT_EQ(said.exit_code, 0) << said.err;
  const json with = json::parse(said.out), without = json::parse(run(beam).out);
  EXPECT_EQ(with.at("text"), without.at("text"));
  EXPECT_FALSE(without.contains("alternatives"));
  ASSERT_EQ(with.at("alternatives").size(), with.at("windows").get<std::size_t>());
  for (const json& window : with.at("alternatives")) {
    ASSERT_FALSE(window.at("texts").empty());
    ASSERT_LE(window.at("texts").size(), 5U);
    for (std::size_t i = 1; i < window.at("texts").size(); ++i) {
      EXPECT_LE(window.at("texts")[i].at("score"), window.at("texts")[i - 1].at("score"));
    }
  }
  for (const json& word : with.at("words")) {
    EXPECT_GT(word.at("posterior").get<double>(), 0.0);
    EXPECT_LE(word.at("posterior").get<double>(), 1.0);
  }
  EXPECT_EQ(run(beam + "--n-best 17").exit_code, 64);
}

TEST_F(AlignCommand, BestOfTheListIsNoWorse) {
  test::write_file(dir_ / "short.wav", test::channels_wav({test::bursts(5.0)}));
  test::write_file(dir_ / "dev.tsv", "short.wav\t\u07D3\u07CA\u07D3\u07CA \u07DE\u07CF\n");
  const auto said =
      run("eval -b '" + bundle_ + "' -t 1 --correct off --search beam --n-best 8 --json '" + (dir_ / "dev.tsv") + "'");
  ASSERT_EQ(said.exit_code, 0) << said.err;
  const json result = json::parse(said.out);
  EXPECT_LE(result.at("oracle")[0].at("cer").at("rate"), result.at("conditions")[0].at("cer").at("rate"));
  EXPECT_NE(run("eval -b '" + bundle_ + "' -t 1 --correct off --search beam --n-best 8 '" + (dir_ / "dev.tsv") + "'")
                .out.find("best of list"),
            std::string::npos);
}

}  // namespace
}  // namespace seben
