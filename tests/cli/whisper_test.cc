// SPDX-License-Identifier: Apache-2.0
// seben transcribe --decoder, and the record that a text decoder's arithmetic needs.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "program.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::run;

const std::string kSample = SEBEN_SOURCE_DIR "/bundles/demo-nko/samples/seen-1.wav";

class WhisperCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kSample)) GTEST_SKIP() << "needs the demo bundle's sample";
    bundle_ = test::make_whisper_bundle(dir_, "bundle", true);
  }
  [[nodiscard]] std::string command(const std::string& flags) const {
    const bool whisper = flags.find("--decoder") != std::string::npos;  // else the head writes
    return "transcribe -b '" + bundle_ + "' -t 1 " + (whisper ? "--language en --temperature 0 --no-timestamps " : "") +
           flags + " '" + kSample + "'";
  }
  test::TempDir dir_;
  std::string bundle_;
};

TEST_F(WhisperCommand, BothTextsArriveWhereverTheyAreWanted) {
  const auto ctc = run(command("")), whisper = run(command("--decoder whisper")), both = run(command("--decoder both"));
  ASSERT_EQ(ctc.exit_code, 0) << ctc.err;
  ASSERT_EQ(whisper.exit_code, 0) << whisper.err;
  ASSERT_EQ(both.exit_code, 0) << both.err;
  EXPECT_NE(ctc.out, whisper.out);
  EXPECT_EQ(both.out, ctc.out + "\n" + whisper.out);

  const auto json = run(command("--decoder both --json"));
  const auto parsed = nlohmann::json::parse(json.out);
  EXPECT_EQ(parsed.at("encoder_runs"), 1);
  EXPECT_EQ(parsed.at("whisper").at("decoder"), "first");

  const auto files = run(command("--decoder both -f srt -o '" + (dir_ / "talk.srt") + "'"));
  ASSERT_EQ(files.exit_code, 0) << files.err;
  EXPECT_NE(test::read_file(dir_ / "talk.srt"), test::read_file(dir_ / "talk.whisper.srt"));
  const auto refused = run(command("--decoder both -f srt"));
  EXPECT_EQ(refused.exit_code, 64);
  EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
}

TEST_F(WhisperCommand, ImpossibleFlagsAreOneLine) {
  for (const auto& [flags, code] :
       std::vector<std::pair<std::string, int>>{{"--decoder all", 64},
                                                {"--decoder whisper --no-speech-threshold often", 64},
                                                {"--decoder whisper --invention-threshold often", 64},
                                                {"--decoder whisper --text-decoder third", 64},
                                                {"--decoder whisper --vad '" + (dir_ / "none.bin") + "'", 66},
                                                {"--decoder whisper --hallucination-silence-threshold 2", 64},
                                                {"--decoder whisper --clip-timestamps 5,3", 64},
                                                {"--decoder whisper --max-tokens 0", 64},
                                                {"--decoder whisper -p int8", 78},
                                                {"--decoder whisper --beam-size 0", 64}}) {
    const auto r = run(command(flags));
    EXPECT_EQ(r.exit_code, code) << flags << r.err;
    EXPECT_TRUE(r.error_is_one_line()) << r.err;
    EXPECT_EQ(r.out, "") << flags;
  }
}

TEST_F(WhisperCommand, ARecordAdmitsAnArithmetic) {
  // What a random decoder writes in f32 is the truth here, so that its reading is a good one; long.wav has three
  // windows.
  std::string rows;
  for (const char* name : {"seen-1", "seen-2", "unseen", "noisy", "long"}) {
    const std::string audio = SEBEN_SOURCE_DIR "/bundles/demo-nko/samples/" + std::string(name) + ".wav";
    const auto heard = run("transcribe -b '" + bundle_ + "' -t 1 --language en --temperature 0 --no-timestamps " +
                           "--no-condition-on-previous-text --no-speech-threshold none --vad off " +
                           "--decoder whisper -p f32 --json '" + audio + "'");
    ASSERT_EQ(heard.exit_code, 0) << heard.err;
    rows += audio + "\t" + nlohmann::json::parse(heard.out).at("text").get<std::string>() + "\n";
  }
  test::write_file(dir_ / "rows.tsv", rows);
  const std::string verify = "verify precision '" + bundle_ + "' --text-decoder first --language en --precision bf16 " +
                             "--min-recordings 5 --min-characters 100 --manifest '" + (dir_ / "rows.tsv") + "'";
  const auto strict = run(verify + " --max-logit-error 1e-9");
  EXPECT_EQ(strict.exit_code, 78) << strict.err;
  EXPECT_EQ(run(command("--decoder whisper -p bf16")).exit_code, 78);
  const auto measured = run(verify + " --max-feature-error 0.5 --max-logit-error 5 --max-cer-change 1");
  EXPECT_EQ(measured.exit_code, 0) << measured.err;
  EXPECT_NE(measured.out.find("decoder first: 5 recordings"), std::string::npos) << measured.out;
  const auto at = measured.out.find("reference_cer ");
  ASSERT_NE(at, std::string::npos) << measured.out;
  EXPECT_LT(std::stod(measured.out.substr(at + 14)), 0.02) << "fault 17: all windows are read, not only the first";
  const auto used = run(command("--decoder whisper -p bf16 --json"));
  ASSERT_EQ(used.exit_code, 0) << used.err;
  EXPECT_EQ(nlohmann::json::parse(used.out).at("precision"), "bf16");
  EXPECT_EQ(run("verify digests '" + bundle_ + "'").exit_code, 65) << "a random head, but it must not crash";
}

}  // namespace
}  // namespace seben
