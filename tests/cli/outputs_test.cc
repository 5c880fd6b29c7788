// SPDX-License-Identifier: Apache-2.0
// Where results go, and what is refused before the work.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "program.h"
#include "support/tiny_bundle.h"
#include "wav.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::run;

class Outputs : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    bundle = test::make_tiny_bundle(*dir);
    recording = *dir / "speech.wav";
    test::write_file(recording, test::wav(test::bursts(3.0)));
    expected = run(transcribe() + quoted(recording)).out;
  }
  static void TearDownTestSuite() { dir.reset(); }
  static std::string quoted(const std::string& word) { return "'" + word + "' "; }
  static std::string transcribe() { return "transcribe --bundle " + quoted(bundle); }
  static std::string to(const std::string& path) { return "-o " + quoted(path); }
  static unsigned mode_of(const std::string& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode;
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string bundle, recording, expected;
};

std::unique_ptr<test::TempDir> Outputs::dir;
std::string Outputs::bundle, Outputs::recording, Outputs::expected;

TEST_F(Outputs, DevicesPipesLinksAndPermissionsStayWhatTheyAre) {
  const test::TempDir here;
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(run(transcribe() + to("/dev/null") + quoted(recording)).exit_code, 0);
  EXPECT_TRUE(S_ISCHR(mode_of("/dev/null")));

  ASSERT_EQ(::mkfifo((here / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(run(transcribe() + to(here / "pipe") + quoted(recording),
                "cat '" + (here / "pipe") + "' >'" + (here / "read") + "' & ")
                .exit_code,
            0);
  for (int i = 0; i < 500 && test::read_file(here / "read") != expected; ++i) ::usleep(10'000);
  EXPECT_EQ(test::read_file(here / "read"), expected);
  EXPECT_TRUE(S_ISFIFO(mode_of(here / "pipe")));

  test::write_file(here / "target", "old");
  ASSERT_EQ(::chmod((here / "target").c_str(), 0600), 0);
  fs::create_symlink("target", here / "link");
  EXPECT_EQ(run(transcribe() + to(here / "link") + quoted(recording)).exit_code, 0);
  EXPECT_TRUE(S_ISLNK(mode_of(here / "link")));
  EXPECT_EQ(test::read_file(here / "target"), expected);
  EXPECT_EQ(mode_of(here / "target") & 07777U, 0600U);
}

TEST_F(Outputs, APipeThatNobodyReadsDoesNotKeepTheProgramAlive) {
  const test::TempDir here;
  ASSERT_EQ(::mkfifo((here / "pipe").c_str(), 0600), 0);
  const auto r = run(transcribe() + to(here / "pipe") + quoted(recording), "timeout -s TERM -k 20 3 ");
  EXPECT_EQ(r.exit_code, 124) << r.err;  // ended by SIGTERM, 137 would be by SIGKILL
}

TEST_F(Outputs, ADashIsStandardOutput) {
  const test::TempDir here;
  for (const std::string name : {"-", "/dev/stdout"}) {
    const auto r = run(transcribe() + to(name) + quoted(recording), "cd '" + here.str() + "' && ");
    EXPECT_EQ(r.exit_code, 0) << r.err;
    EXPECT_EQ(r.out, expected);
  }
  EXPECT_TRUE(fs::is_empty(here.str()));
}

// The bundle does not exist: whoever looks at it first says 66.
TEST_F(Outputs, APlaceThatCannotBeWrittenIsRefusedBeforeTheWork) {
  const test::TempDir here;
  test::write_file(here / "rows", "{}\n");
  for (const std::string& place : {std::string("/proc/x.txt"), here / std::string(256, 'n'), here / "no/such.txt"}) {
    for (const std::string& command :
         {"transcribe --bundle /no/bundle " + quoted(recording) + to(place),
          "rank fit /no/rows --bundle /no/bundle " + to(place), "rank mine /no/rows " + to(place),
          "rank lm /no/text " + to(place), "eval /no/manifest --bundle /no/bundle --report " + quoted(place),
          "execute /no/package /no/inputs " + quoted(place)}) {
      const auto r = run(command);
      EXPECT_EQ(r.exit_code, 74) << command << r.err;
      EXPECT_TRUE(r.error_is_one_line()) << r.err;
    }
  }
  EXPECT_EQ(run("rank lm /no/text -o -").exit_code, 64);
}

TEST_F(Outputs, NamesOf253BytesFit) {
  const test::TempDir here;
  const std::string name = std::string(245, 'a') + ".wav";
  fs::copy_file(recording, here / name);
  fs::create_directory(here / "o");
  EXPECT_EQ(run(transcribe() + "-f srt " + to(here / "o/") + quoted(here / name)).exit_code, 0);
  EXPECT_TRUE(fs::exists(here / ("o/" + name + ".srt")));
}

// `talk.wav` is the recording of another job, or of the second text: neither may be written over.
TEST_F(Outputs, NoRecordingOfAnyJobIsWrittenOver) {
  const test::TempDir here;
  fs::copy_file(recording, here / "a.wav");
  fs::copy_file(recording, here / "a.wav.txt");
  const auto other = run(transcribe() + to(here.str()) + quoted(here / "a.wav") + quoted(here / "a.wav.txt"));
  EXPECT_EQ(other.exit_code, 64) << other.err;
  EXPECT_NE(other.err.find("another file than the recording"), std::string::npos) << other.err;
  fs::copy_file(recording, here / "talk.whisper.wav");
  const auto second = run(transcribe() + "--decoder both " + to(here / "talk.wav") + quoted(here / "talk.whisper.wav"));
  EXPECT_EQ(second.exit_code, 64) << second.err;
  EXPECT_NE(second.err.find("the recording itself"), std::string::npos) << second.err;
  EXPECT_EQ(test::read_file(here / "talk.whisper.wav"), test::read_file(recording));
  EXPECT_FALSE(fs::exists(here / "talk.wav"));
  const auto own = run(transcribe() + to(here / "a.wav") + "- <" + quoted(here / "a.wav"));
  EXPECT_EQ(own.exit_code, 64) << own.err;
  const std::string copy = here / "model";
  fs::copy(bundle, copy, fs::copy_options::recursive);
  const auto model = run("transcribe -b " + quoted(copy) + to(copy + "/bundle.json") + quoted(recording));
  EXPECT_EQ(model.exit_code, 64) << model.err;
  EXPECT_EQ(test::read_file(copy + "/bundle.json"), test::read_file(std::string(bundle) + "/bundle.json"));
  const auto device = run(transcribe() + "--decoder both " + to("/dev/null") + quoted(recording));
  EXPECT_EQ(device.exit_code, 64) << device.err;
}

TEST_F(Outputs, AFileBeyondTheLimitOfSizeIs74AndLeavesNothing) {
  const test::TempDir here;
  std::string text;
  for (unsigned i = 0; i < 20'000; ++i) {
    const unsigned letter = 0x0A + (i * i / 7 + i) % 20;  // U+07CA and the letters behind it
    text += i % 60 == 59 ? std::string("\n") : std::string("\xDF") + static_cast<char>(0x80 + letter);
  }
  test::write_file(here / "text", text);
  const std::string command = "rank lm " + quoted(here / "text") + to(here / "model.arpa");
  const auto r = run(command, "ulimit -f 4; ");
  EXPECT_EQ(r.exit_code, 74) << r.err;
  EXPECT_NE(r.err.find("expected to be written, found File too large"), std::string::npos) << r.err;
  EXPECT_EQ(std::distance(fs::directory_iterator(here.str()), {}), 1);
  EXPECT_EQ(run(command).exit_code, 0);
}

TEST_F(Outputs, FixturesInAPlaceThatCannotBeWrittenAre74) {
  const auto r = run("export fixtures " + quoted(bundle) + "/proc/fixtures --audio " + quoted(recording));
  EXPECT_EQ(r.exit_code, 74) << r.err;
  EXPECT_TRUE(r.error_is_one_line()) << r.err;
}

TEST_F(Outputs, OutOfMemoryIs71) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer takes more addresses than any limit leaves";
#endif
  const auto within = [&](int megabytes) {
    return run(transcribe() + quoted(recording), "ulimit -v " + std::to_string(megabytes * 1024) + "; ");
  };
  int enough = 64;
  while (enough <= 4096 && within(enough).exit_code != 0) enough += 32;
  bool seen = false;
  for (int less = enough - 2; less > enough - 34 && !seen; less -= 2) {
    const auto r = within(less);
    seen = r.exit_code == 71;
    EXPECT_TRUE(!seen || r.error_is_one_line()) << r.err;
    EXPECT_NE(r.exit_code, 70) << r.err;
  }
  EXPECT_TRUE(seen);
}

// GCC's OpenMP ends the process with exit code 1 and words of its own.
TEST_F(Outputs, ThreadsThatTheSystemDoesNotGiveAre71) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizer takes more addresses than any limit leaves";
#endif
  // A thread's stack takes 64 MB of addresses here.
  const std::string limits = "ulimit -s 65536; ulimit -v 4000000; ";
  const auto r = run(transcribe() + "-t 500 " + quoted(recording), limits);
  EXPECT_EQ(r.exit_code, 71) << r.err;
  EXPECT_NE(r.err.find("threads: expected 500 of them, as was asked for, found room for "), std::string::npos) << r.err;
  EXPECT_TRUE(r.error_is_one_line()) << r.err;
  EXPECT_EQ(run(transcribe() + "-t 2 " + quoted(recording), limits).exit_code, 0);
}

// An interrupted or failed command leaves no folder behind that it made, and takes none away that it found.
TEST_F(Outputs, WhatFailsLeavesNoEmptyFolder) {
  const test::TempDir here;
  const std::string made = here / "a/b/packages";
  const auto coreml = run("export coreml " + quoted(bundle) + quoted(made), "ulimit -f 1; ");
  EXPECT_EQ(coreml.exit_code, 74) << coreml.err;
  EXPECT_FALSE(fs::exists(here / "a"));
  EXPECT_EQ(run(transcribe() + "nothere.wav -o " + quoted(here / "t/u") + " nothere2.wav").exit_code, 66);
  EXPECT_FALSE(fs::exists(here / "t"));
  EXPECT_NE(run("quantize nothere --weights w8:g32 -o " + quoted(here / "q/r")).exit_code, 0);
  EXPECT_FALSE(fs::exists(here / "q"));
  fs::create_directory(here / "mine");
  EXPECT_EQ(run(transcribe() + "nothere.wav nothere2.wav -o " + quoted(here / "mine")).exit_code, 66);
  EXPECT_TRUE(fs::exists(here / "mine"));
  EXPECT_EQ(run("export coreml " + quoted(bundle) + quoted(made)).exit_code, 0);
  EXPECT_TRUE(fs::exists(fs::path(made) / "plan.json"));
}

}  // namespace
}  // namespace seben
