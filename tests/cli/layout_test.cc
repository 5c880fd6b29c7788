// SPDX-License-Identifier: Apache-2.0
// seben transcribe with the limits of subtitles, marks of direction and channels apart.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "program.h"
#include "support/channels_wav.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::run;

class LayoutCommand : public ::testing::Test {
 protected:
  LayoutCommand() : bundle_(test::make_tiny_bundle(dir_)) {
    const std::vector<float> one = test::bursts(4.0), two(one.size(), 0.0F);
    test::write_file(dir_ / "call.wav", test::channels_wav({one, one}));
    test::write_file(dir_ / "half.wav", test::channels_wav({two, one}));
  }
  [[nodiscard]] std::string command(const std::string& flags, const std::string& recording = "call.wav") const {
    return "transcribe -b '" + bundle_ + "' -t 1 " + flags + " '" + (dir_ / recording) + "'";
  }
  test::TempDir dir_;
  std::string bundle_;
};

TEST_F(LayoutCommand, ChannelsApartInEveryFormat) {
  const auto json = run(command("--json --channels split"));
  ASSERT_EQ(json.exit_code, 0) << json.err;
  const auto parsed = nlohmann::json::parse(json.out);
  ASSERT_EQ(parsed.at("channels").size(), 2U);
  EXPECT_EQ(parsed.at("channels")[0].at("text"), parsed.at("channels")[1].at("text"));
  ASSERT_FALSE(parsed.at("segments").empty());
  EXPECT_EQ(parsed.at("segments")[0].at("channel"), 1);
  EXPECT_EQ(parsed.at("segments")[1].at("channel"), 2);
  EXPECT_TRUE(run(command("--channels split")).out.starts_with("[1] "));
  EXPECT_NE(run(command("--channels split -f srt")).out.find("\n[2] "), std::string::npos);
  EXPECT_NE(run(command("--channels split -f vtt")).out.find("\n<v channel 2>"), std::string::npos);
  EXPECT_NE(run(command("--channels split -f tsv")).out.find("\t2\n"), std::string::npos);
  // A pipe is read once and heard twice.
  const auto piped =
      run("transcribe -b '" + bundle_ + "' -t 1 --channels split -", "cat '" + (dir_ / "call.wav") + "' | ");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(piped.out, run(command("--channels split")).out);
}

TEST_F(LayoutCommand, OneChannelIsNotMixedWithAnother) {
  const auto second = run(command("--channels 2", "half.wav")), call = run(command("--channels 1"));
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(second.out, call.out);
  const auto third = run(command("--channels 3"));
  EXPECT_EQ(third.exit_code, 65);
  EXPECT_TRUE(third.error_is_one_line()) << third.err;
}

TEST_F(LayoutCommand, EstimatedTimesAreToldOnce) {
  bundle_ = test::make_whisper_bundle(dir_, "whisper", false);
  const std::string flags = "--language en --temperature 0 --no-timestamps -f srt --max-segment-seconds 1";
  const auto cues = run(command(flags));
  ASSERT_EQ(cues.exit_code, 0) << cues.err;
  EXPECT_NE(cues.err.find("--word-timestamps measures them"), std::string::npos) << cues.err;
  EXPECT_EQ(run(command("--language en --temperature 0 --no-timestamps -f srt")).err.find("measures them"),
            std::string::npos);
}

TEST_F(LayoutCommand, IdleAndImpossibleOptionsAreOneLine) {
  for (const char* flags :
       {"--max-line-width 10 --json", "--rtl-marks -f tsv", "--max-line-count 2 -f srt", "--max-segment-seconds 2",
        "--max-line-width 10 --max-line-count 2", "--max-line-width 0", "--max-segment-seconds nan -f srt",
        "--max-segment-seconds 0 -f vtt", "--max-line-width 10 --max-line-count -1 -f srt", "--channels both"}) {
    const auto refused = run(command(flags));
    EXPECT_EQ(refused.exit_code, 64) << flags;
    EXPECT_TRUE(refused.out.empty());
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
  }
}

}  // namespace
}  // namespace seben
