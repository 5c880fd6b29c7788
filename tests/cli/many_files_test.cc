// SPDX-License-Identifier: Apache-2.0
// seben transcribe over many recordings: a journal, runs that were killed, recordings that fail.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "program.h"
#include "support/channels_wav.h"
#include "support/tiny_bundle.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::run;

class ManyFilesCommand : public ::testing::Test {
 protected:
  ManyFilesCommand() : bundle_(test::make_tiny_bundle(dir_)) {
    fs::create_directories(dir_ / "in/sub");
    for (int i = 0; i < kFiles; ++i) {
      test::write_file(dir_ / name_of(i), test::channels_wav({test::bursts(1.0 + 0.7 * i)}));
    }
  }
  static std::string name_of(int i) {
    return (i % 2 == 0 ? "in/sub/" : "in/") + std::string("r") + std::to_string(10 + i) + ".wav";
  }
  [[nodiscard]] std::string command(const std::string& flags) const {
    return "transcribe -b '" + bundle_ + "' -t 1 -f tsv " + flags + " ";
  }
  [[nodiscard]] std::string in() const { return "'" + (dir_ / "in") + "' "; }
  [[nodiscard]] std::string quoted(const std::string& name) const { return "'" + (dir_ / name) + "' "; }
  [[nodiscard]] std::vector<nlohmann::json> journal(const std::string& name = "j") const {
    std::istringstream lines(test::read_file(dir_ / name));
    std::vector<nlohmann::json> out;
    std::string line;
    std::getline(lines, line);  // the header
    while (std::getline(lines, line)) out.push_back(nlohmann::json::parse(line));
    return out;
  }
  [[nodiscard]] std::map<std::string, std::string> results(const std::string& folder) const {
    std::map<std::string, std::string> out;
    for (const auto& file : fs::recursive_directory_iterator(dir_ / folder)) {
      if (file.is_regular_file()) {
        out[file.path().lexically_relative(dir_ / folder).string()] = test::read_file(file.path().string());
      }
    }
    return out;
  }

  static constexpr int kFiles = 12;
  test::TempDir dir_;
  std::string bundle_;
};

TEST_F(ManyFilesCommand, ResultsDoNotDependOnTheNumberOfJobs) {
  const auto one = run(command("--jobs 1") + in()), three = run(command("--jobs 3") + in());
  ASSERT_EQ(one.exit_code, 0) << one.err;
  EXPECT_EQ(one.out, three.out);
  EXPECT_NE(one.err.find("12 recordings: 12 written, 0 skipped, 0 failed"), std::string::npos) << one.err;
  ASSERT_EQ(run(command("--jobs 1 -o ") + quoted("a") + in()).exit_code, 0);
  ASSERT_EQ(run(command("--jobs 4 -o ") + quoted("b") + in()).exit_code, 0);
  EXPECT_EQ(results("a").size(), 12U);
  EXPECT_EQ(results("a"), results("b"));
  EXPECT_EQ(results("a").begin()->first, "r11.wav.tsv");
  EXPECT_TRUE(results("a").contains("sub/r10.wav.tsv"));
}

TEST_F(ManyFilesCommand, ListsFromFilesAndPipes) {
  std::string list = "# of two\n";
  for (const int i : {3, 1}) list += dir_ / name_of(i) + "\n";
  test::write_file(dir_ / "list", list);
  const auto from_file = run(command("--list ") + quoted("list"));
  const auto piped = run(command("--list - --jobs 2"), "cat " + quoted("list") + " | ");
  const auto named = run(command("") + quoted(name_of(3)) + quoted(name_of(1)));
  ASSERT_EQ(from_file.exit_code, 0) << from_file.err;
  EXPECT_EQ(from_file.out, named.out);
  EXPECT_EQ(piped.out, named.out);
}

TEST_F(ManyFilesCommand, KilledInTheMiddleItGoesOn) {
  ASSERT_EQ(run(command("--jobs 2 -o ") + quoted("whole") + in()).exit_code, 0);
  // Killed as soon as the journal has so many lines, three times over.
  const std::string going = command("--jobs 2 --journal ") + quoted("j") + "-o " + quoted("out") + in();
  std::vector<nlohmann::json> before;
  for (const int lines : {3, 5, 9}) {
    test::write_file(dir_ / "script",
                     "'" SEBEN_PROGRAM "' " + going + " 2>/dev/null &\n" +
                         "while kill -0 $! 2>/dev/null && [ \"$(cat " + quoted("j") + " 2>/dev/null | wc -l)\" -le " +
                         std::to_string(lines) +
                         " ]; do sleep 0.01; done\nkill -9 $! 2>/dev/null\nwait $! 2>/dev/null\nexit 0\n");
    ASSERT_EQ(std::system(("timeout 120 sh " + quoted("script")).c_str()), 0);
    const auto now = journal();
    ASSERT_GE(now.size(), before.size());
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(now[i], before[i]);
    before = now;
    const auto whole = results("whole");
    for (const auto& entry : now) {  // what has a line is there, whole
      const std::string output =
          fs::path(entry.at("output").get<std::string>()).lexically_relative(dir_ / "out").string();
      EXPECT_EQ(results("out").at(output), whole.at(output));
    }
  }
  const auto rest = run(going);
  EXPECT_EQ(rest.exit_code, 0) << rest.err;
  std::map<std::string, int> times;
  for (const auto& entry : journal()) {
    EXPECT_EQ(entry.at("status"), "done");
    ++times[entry.at("path").get<std::string>()];
  }
  EXPECT_EQ(times.size(), 12U);
  for (const auto& [path, count] : times) EXPECT_EQ(count, 1) << path;
  auto found = results("out");
  // A kill may leave the file that was being written, under its own name; never half a result.
  std::erase_if(found, [](const auto& file) { return file.first.find(".partial-") != std::string::npos; });
  EXPECT_EQ(found, results("whole"));
  const auto again = run(going);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.err.find("0 written, 12 skipped, 0 failed"), std::string::npos) << again.err;
  EXPECT_EQ(journal().size(), 12U);
}

TEST_F(ManyFilesCommand, WhatChangedIsDoneAgain) {
  const std::string going = command("--jobs 2 --journal ") + quoted("j") + "-o " + quoted("out") + in();
  ASSERT_EQ(run(going).exit_code, 0);
  test::write_file(dir_ / name_of(1), test::channels_wav({test::bursts(2.5)}));
  fs::remove(dir_ / "out/sub/r12.wav.tsv");
  EXPECT_NE(run(going).err.find("2 written, 10 skipped"), std::string::npos);
  EXPECT_NE(run(going + "--overlap 3").err.find("12 written, 0 skipped"), std::string::npos);
  const std::string otherwise =
      command("--jobs 4 --timings --overlap 3 --journal ") + quoted("j") + "-o " + quoted("out") + in();
  EXPECT_NE(run(otherwise).err.find("0 written, 12 skipped"), std::string::npos);
}

TEST_F(ManyFilesCommand, CutLastLineOfTheJournal) {
  const std::string going = command("--journal ") + quoted("j") + "-o " + quoted("out") + in();
  ASSERT_EQ(run(going).exit_code, 0);
  const std::string whole = test::read_file(dir_ / "j");
  test::write_file(dir_ / "j", whole.substr(0, whole.size() - 30));
  const auto again = run(going);
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_NE(again.err.find("last line was cut"), std::string::npos) << again.err;
  EXPECT_NE(again.err.find("1 written, 11 skipped"), std::string::npos) << again.err;
  EXPECT_EQ(journal().size(), 12U);
}

TEST_F(ManyFilesCommand, PoisonIsTriedTwiceToldAndPassed) {
  test::write_file(dir_ / "in/poison.wav", "no recording at all");
  ASSERT_EQ(::mkfifo((dir_ / "in/pipe.wav").c_str(), 0600), 0);  // a folder's pipes are no recordings
  const auto done = run(command("--jobs 2 --journal ") + quoted("j") + "-o " + quoted("out") + in());
  EXPECT_EQ(done.exit_code, 65) << done.err;
  EXPECT_NE(done.err.find("poison.wav: expected"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("12 written, 0 skipped, 1 failed"), std::string::npos) << done.err;
  EXPECT_EQ(results("out").size(), 12U);
  for (const auto& entry : journal()) {
    const bool poison = entry.at("path").get<std::string>().ends_with("poison.wav");
    EXPECT_EQ(entry.at("status"), poison ? "failed" : "done");
    EXPECT_EQ(entry.at("attempts"), poison ? 2 : 1);
    EXPECT_EQ(entry.contains("error"), poison);
  }
  const auto again = run(command("--jobs 2 --journal ") + quoted("j") + "-o " + quoted("out") + in());
  EXPECT_EQ(again.exit_code, 65);
  EXPECT_NE(again.err.find("0 written, 12 skipped, 1 failed"), std::string::npos) << again.err;
  // Named itself, it does not wait for a writer.
  const auto pipe = run(command("--jobs 1") + quoted("in/pipe.wav"));
  EXPECT_EQ(pipe.exit_code, 66);
  EXPECT_NE(pipe.err.find("a regular file"), std::string::npos) << pipe.err;
}

TEST_F(ManyFilesCommand, TheFirstFailureInOrderIsTheExitCode) {
  test::write_file(dir_ / "poison.wav", "no recording at all");
  const std::string gone = quoted("gone.wav"), poison = quoted("poison.wav"), good = quoted(name_of(0));
  EXPECT_EQ(run(command("--jobs 3") + good + gone + poison).exit_code, 66);
  EXPECT_EQ(run(command("--jobs 3") + good + poison + gone).exit_code, 65);
}

TEST_F(ManyFilesCommand, TooLongIsAFailureOfItsOwn) {
  const auto late = run(command("--timeout 0.000001") + quoted(name_of(0)));
  EXPECT_EQ(late.exit_code, 78);
  EXPECT_EQ(late.out, "");
  EXPECT_NE(late.err.find("--timeout"), std::string::npos) << late.err;
  EXPECT_EQ(run(command("--timeout 600") + quoted(name_of(0))).exit_code, 0);
}

TEST_F(ManyFilesCommand, SkipsWhatIsThere) {
  ASSERT_EQ(run(command("--skip-existing -o ") + quoted("out") + quoted(name_of(1))).exit_code, 0);
  test::write_file(dir_ / "out/r11.wav.tsv", "kept\n");
  const auto again = run(command("--skip-existing -o ") + quoted("out") + quoted(name_of(1)) + quoted(name_of(3)));
  EXPECT_NE(again.err.find("1 written, 1 skipped"), std::string::npos) << again.err;
  EXPECT_EQ(test::read_file(dir_ / "out/r11.wav.tsv"), "kept\n");
}

TEST_F(ManyFilesCommand, OneRunOfAJournal) {
  test::write_file(dir_ / "j", "");
  const int file = ::open((dir_ / "j").c_str(), O_RDWR);
  ASSERT_EQ(::flock(file, LOCK_EX), 0);
  const auto second = run(command("--journal ") + quoted("j") + "-o " + quoted("out") + in());
  ::close(file);
  EXPECT_EQ(second.exit_code, 74);
  EXPECT_TRUE(second.error_is_one_line()) << second.err;
  EXPECT_FALSE(fs::exists(dir_ / "out"));
}

TEST_F(ManyFilesCommand, CtrlCLeavesWholeFilesAndLines) {
  const std::string going = command("--jobs 2 --journal ") + quoted("j") + "-o " + quoted("out") + in();
  test::write_file(dir_ / "script", "'" SEBEN_PROGRAM "' " + going + " 2>" + quoted("err") +
                                        "&\nwhile kill -0 $! && [ \"$(cat " + quoted("j") +
                                        " 2>/dev/null | wc -l)\" -le 2 ]; do sleep 0.01; done 2>/dev/null\n" +
                                        "kill -TERM $!\nwait $!\necho $? >" + quoted("code"));
  ASSERT_EQ(std::system(("timeout 120 sh " + quoted("script")).c_str()), 0);
  EXPECT_EQ(test::read_file(dir_ / "code"), "143\n") << test::read_file(dir_ / "err");
  const auto done = journal();
  const auto found = results("out");
  EXPECT_EQ(found.size(), done.size());  // a result and its line come together
  for (const auto& [name, text] : found) EXPECT_TRUE(name.ends_with(".wav.tsv")) << name;
}

TEST_F(ManyFilesCommand, OptionsThatDoNotGoTogetherAreOneLine) {
  const std::string file = quoted(name_of(0));
  for (const std::string& wrong :
       {"--journal " + quoted("j") + file, "--skip-existing " + file, "--jobs 0 " + file, "--jobs 1000 " + file,
        "--timeout 0 " + file, "--timeout nan " + file, std::string("--jobs 2 -"), "--jobs 2 " + file + file,
        "--jobs 2 -f srt " + file + quoted(name_of(1)), "--list " + quoted("nothere"), std::string("--jobs 2")}) {
    const auto refused = run(command("") + wrong);
    EXPECT_TRUE(refused.exit_code == 64 || refused.exit_code == 66) << wrong << refused.err;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
    EXPECT_TRUE(refused.out.empty());
  }
  test::write_file(dir_ / "not-a-journal", "RIFF");
  const auto other = run(command("--journal ") + quoted("not-a-journal") + "-o " + quoted("out") + file);
  EXPECT_EQ(other.exit_code, 65);
  EXPECT_EQ(test::read_file(dir_ / "not-a-journal"), "RIFF");
}

}  // namespace
}  // namespace seben
