// SPDX-License-Identifier: Apache-2.0
// Ctrl-C, SIGTERM and SIGHUP, once, to every kind of command: they end it, and nothing half-written is left.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "program.h"
#include "support/tiny_bundle.h"

namespace seben {
namespace {

namespace fs = std::filesystem;

const std::string kDemo = SEBEN_SOURCE_DIR "/bundles/demo-nko";
const std::vector<std::pair<std::string, int>> kSignals{{"INT", 130}, {"TERM", 143}, {"HUP", 129}};

class Interrupted : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(dir_ / "out");
    ASSERT_EQ(::mkfifo((dir_ / "endless").c_str(), 0600), 0);
  }
  [[nodiscard]] std::string in() const { return "'" + (dir_ / "endless") + "'"; }
  [[nodiscard]] std::string out(const std::string& name) const { return "'" + (dir_ / "out") + "/" + name + "'"; }

  /// Starts the command, sends the signal once `ready` has come to its end, and expects that it ends the command.
  /// Opening a pipe for writing lasts until somebody reads it: then the command is where it should be interrupted.
  void expect_end(const std::string& arguments, const std::string& ready = "") {
    for (const auto& [signal, exit_code] : kSignals) {
      test::write_file(dir_ / "script", "'" SEBEN_PROGRAM "' " + arguments + " &\n" +
                                            (ready.empty() ? "exec 3>" + in() : ready) + "\nkill -" + signal +
                                            " $!\nwait $!\necho $? >'" + (dir_ / "code") + "'\n");
      const std::string command = "timeout --kill-after=1 60 sh '" + (dir_ / "script") + "' 2>'" + (dir_ / "err") +
                                  "' >'" + (dir_ / "said") + "'";
      const int status = std::system(command.c_str());
      const std::string err = test::read_file(dir_ / "err");
      EXPECT_EQ(status, 0) << arguments << " does not end\n" << err;
      EXPECT_EQ(test::read_file(dir_ / "code"), std::to_string(exit_code) + "\n") << arguments << "\n" << err;
      EXPECT_NE(err.find("seben: interrupted by signal " + std::to_string(exit_code - 128) + "\n"), std::string::npos)
          << arguments << "\n"
          << err;
      EXPECT_TRUE(fs::is_empty(dir_ / "out")) << arguments << " left " << fs::directory_iterator(dir_ / "out")->path();
    }
  }
  test::TempDir dir_;
};

TEST_F(Interrupted, WhateverWaitsForItsInputEnds) {
  const std::string bundle = test::make_tiny_bundle(dir_);
  for (const std::string& command :
       std::vector<std::string>{"inspect labels " + in(), "rank lm " + in() + " -o " + out("lm.arpa"),
                                "rank mine " + in() + " -o " + out("maps.json"), "rank check-text " + in(),
                                "eval -b '" + bundle + "' " + in(), "verify agreement '" + bundle + "' " + in(),
                                "import --model nothere --name x --licence MIT --measure " + in() + " " + out("bundle"),
                                "transcribe -b '" + bundle + "' -o " + out("x.txt") + " " + in()}) {
    expect_end(command);
  }
  expect_end("inspect labels - <" + in(), "exec 3>" + in() + "; sleep 0.5");
}

TEST_F(Interrupted, RowsThatStopComingAreNotTakenForAllOfThem) {
  if (!fs::exists(kDemo + "/ranker.json")) GTEST_SKIP() << "needs the demo bundle";
  const std::string correct = "correct -b '" + kDemo + "' -o " + out("corrected.txt") + " --rows ";
  expect_end(correct + in(), "exec 3>" + in() + "; echo >&3; sleep 0.3");
  expect_end(correct + "- <" + in(), "exec 3>" + in() + "; echo >&3; sleep 1");
}

TEST_F(Interrupted, WhateverComputesForLongEnds) {
  std::mt19937 random(1);
  std::string text;  // of the letters U+07CA to U+07DD
  for (int i = 0; i < 400'000; ++i) {
    text += i % 40 == 39 ? "\n" : i % 7 == 6 ? " " : std::string("\xDF") + static_cast<char>(0x8A + random() % 20);
  }
  test::write_file(dir_ / "sentences", text);
  const std::string sentences = "'" + (dir_ / "sentences") + "'";
  expect_end("rank lm " + in() + " --order 8 --held-out " + sentences + " -o " + out("lm.arpa"),
             "cat " + sentences + " >" + in());
}

TEST_F(Interrupted, AFolderThatIsBeingMadeGoesAway) {
  if (!fs::exists(kDemo + "/ranker.json")) GTEST_SKIP() << "needs the demo bundle";
  expect_end("export swift '" + kDemo + "' " + out("package") + " --rows 100000",
             "until ls '" + (dir_ / "out") + "' | grep -q .; do sleep 0.05; done; sleep 0.2");
}

// Its signal reaches a process twice where it is in timeout's group.
TEST_F(Interrupted, TimeoutLeavesNothingEither) {
  if (!fs::exists(kDemo + "/ranker.json")) GTEST_SKIP() << "needs the demo bundle";
  const auto r =
      test::run("export swift '" + kDemo + "' " + out("package") + " --rows 100000", "timeout --preserve-status 1 ");
  EXPECT_EQ(r.exit_code, 143) << r.err;
  EXPECT_TRUE(fs::is_empty(dir_ / "out"));
}

}  // namespace
}  // namespace seben
