// SPDX-License-Identifier: Apache-2.0
// `seben listen` as a user starts it: pipes, recordings, what is shown where, how it ends.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "program.h"
#include "support/tiny_bundle.h"

namespace seben {
namespace {

const std::string kDemo = SEBEN_SOURCE_DIR "/bundles/demo-nko";
const std::string kSample = kDemo + "/samples/unseen.wav";
const std::string kListen = "listen --bundle '" + kDemo + "' --threads 1 ";

std::vector<nlohmann::json> events_of(const std::string& lines) {
  std::vector<nlohmann::json> out;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) out.push_back(nlohmann::json::parse(line));
  return out;
}

/// The samples behind the header, as a pipe without one brings them.
std::string raw_samples() { return test::read_file(kSample).substr(44); }

TEST(Listen, ARecordingBecomesALineForEachUtterance) {
  const auto heard = test::run(kListen + "--as-fast-as-possible --input '" + kSample + "'");
  EXPECT_EQ(heard.exit_code, 0) << heard.err;
  EXPECT_EQ(heard.err, "");
  EXPECT_FALSE(heard.out.empty());
  EXPECT_EQ(heard.out.find('\x1b'), std::string::npos);
  std::string finals;
  const auto json = test::run(kListen + "--json --as-fast-as-possible --input '" + kSample + "'");
  for (const auto& event : events_of(json.out)) {
    if (event.at("event") == "final") finals += event.at("text").get<std::string>() + "\n";
  }
  EXPECT_EQ(heard.out, finals);
}

TEST(Listen, JsonHasEveryEventInOrder) {
  const auto heard = test::run(kListen + "--json --as-fast-as-possible --timings --input '" + kSample + "'");
  ASSERT_EQ(heard.exit_code, 0) << heard.err;
  const auto events = events_of(heard.out);
  ASSERT_GE(events.size(), 4U);
  EXPECT_EQ(events.front().at("event"), "speech_start");
  EXPECT_EQ(events.back().at("event"), "final");
  EXPECT_TRUE(events.back().at("words").at(0).contains("confidence"));
  EXPECT_TRUE(events.back().contains("corrections"));
  EXPECT_NE(heard.err.find("utterances"), std::string::npos);
}

TEST(Listen, APipeIsHeardAsTheRecordingIs) {
  const test::TempDir dir;
  test::write_file(dir / "raw", raw_samples());
  const auto recording = test::run(kListen + "--json --as-fast-as-possible --input '" + kSample + "'");
  const std::string fast = kListen + "--json --as-fast-as-possible --input - ";
  EXPECT_EQ(test::run(fast + "<'" + (dir / "raw") + "'").out, recording.out);
  EXPECT_EQ(test::run(fast + "--rate 16000 <'" + (dir / "raw") + "'").out, recording.out);
  EXPECT_EQ(test::run(fast + "<'" + kSample + "'").out, recording.out);
  // A thread of its own reads the pipe; where utterances end and what they are does not depend on when it does.
  const auto live = test::run(kListen + "--json --input - ", "cat '" + (dir / "raw") + "' | ");
  const auto final_of = [](const std::string& out) { return events_of(out).back().at("text"); };
  ASSERT_EQ(live.exit_code, 0) << live.err;
  EXPECT_EQ(final_of(live.out), final_of(recording.out));
  const auto nothing = test::run(kListen + "--input - </dev/null");
  EXPECT_EQ(nothing.exit_code, 0) << nothing.err;
  EXPECT_EQ(nothing.out, "");
}

TEST(Listen, BadPipesAndIdleOptionsAreOneLine) {
  const test::TempDir dir;
  test::write_file(dir / "odd", raw_samples().substr(0, 32001));
  const auto expect = [](const std::string& arguments, int exit_code, const std::string& text) {
    const auto r = test::run(kListen + arguments);
    EXPECT_EQ(r.exit_code, exit_code) << arguments << "\n" << r.err;
    EXPECT_TRUE(r.error_is_one_line()) << r.err;
    EXPECT_NE(r.err.find(text), std::string::npos) << r.err;
  };
  expect("--input - <'" + (dir / "odd") + "'", 65, "1 left over");
  expect("--input - --as-fast-as-possible <'" + (dir / "odd") + "'", 65, "1 left over");
  expect("--input - --rate 44100 <'" + kSample + "'", 64, "16000 Hz, as the WAV says");
  expect("--input - --rate 5 </dev/null", 64, "8000 to 48000 Hz");
  expect("--input no-such-file.wav", 66, "no-such-file.wav");
  expect("--input '" + kSample + "' --rate 16000", 64, "--rate");
  expect("--input - --language fr </dev/null", 64, "--language");
  expect("--input - --vad off --silence 1 </dev/null", 64, "--silence");
  expect("--input - --step 0 </dev/null", 64, "0.1..10 seconds");
  expect("--input - --vad no-such-weights </dev/null", 66, "no-such-weights");
  expect("--as-fast-as-possible", 64, "a microphone");
}

// No machine that runs tests has a sound card: with PortAudio or without, that is one line.
TEST(Listen, WithoutAMicrophoneIsUnavailable) {
  if (std::filesystem::exists("/dev/snd")) GTEST_SKIP() << "there may be a microphone";
  const auto r = test::run(kListen);
  EXPECT_EQ(r.exit_code, 69);
  EXPECT_TRUE(r.error_is_one_line()) << r.err;
  EXPECT_NE(r.err.find("seben: microphone: expected "), std::string::npos) << r.err;
}

TEST(Listen, ATerminalShowsALineThatLivesAndThenStays) {
  const test::TempDir dir;
  const std::string command = "'" SEBEN_PROGRAM "' " + kListen + "--as-fast-as-possible --input '" + kSample + "'";
  test::write_file(dir / "command", command);
  const int status =
      std::system(("script -qec \"sh '" + (dir / "command") + "'\" /dev/null >'" + (dir / "out") + "'").c_str());
  EXPECT_EQ(status, 0);
  const std::string out = test::read_file(dir / "out");
  EXPECT_NE(out.find("\r\x1b[K\xE2\x81\xA7"), std::string::npos);
  EXPECT_NE(out.find("\x1b[2m"), std::string::npos);  // something was provisional
  EXPECT_EQ(out.substr(out.size() - 5), "\xE2\x81\xA9\r\n");
}

TEST(Listen, CtrlCEndsWithTheFinalText) {
  const test::TempDir dir;
  test::write_file(dir / "raw", raw_samples());
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  const std::string pipe = "'" + (dir / "pipe") + "'";
  test::write_file(dir / "script", "'" SEBEN_PROGRAM "' " + kListen + "--vad off --input - <" + pipe + " >'" +
                                       (dir / "out") + "' 2>'" + (dir / "err") + "' &\nexec 3>" + pipe + "\ncat '" +
                                       (dir / "raw") + "' >&3\nsleep 6\nkill -INT $!\nwait $!\necho $? >'" +
                                       (dir / "code") + "'\n");
  const int status = std::system(("timeout --kill-after=1 60 sh '" + (dir / "script") + "'").c_str());
  EXPECT_EQ(status, 0);
  EXPECT_EQ(test::read_file(dir / "code"), "130\n") << test::read_file(dir / "err");
  const std::string out = test::read_file(dir / "out");
  EXPECT_FALSE(out.empty());
  EXPECT_EQ(out.find('\n'), out.size() - 1) << out;
  EXPECT_EQ(test::read_file(dir / "err"), "seben: interrupted by signal 2\n");
}

}  // namespace
}  // namespace seben
