// SPDX-License-Identifier: Apache-2.0
// Messages and results that cannot be written.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "program.h"
#include "support/tiny_bundle.h"
#include "wav.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::run;
using test::run_with;

class Output : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<test::TempDir>();
    bundle_ = test::make_tiny_bundle(*dir_);
    recording_ = *dir_ / "speech.wav";
    test::write_file(recording_, test::wav(test::bursts(1.0)));
    std::string odd = test::wav(test::bursts(1.0)) + '\1';  // half a sample more: one warning
    ++odd[4], ++odd[40];
    test::write_file(*dir_ / "odd.wav", odd);
    test::write_file(*dir_ / "sentences.txt", kSentences);
    test::write_file(*dir_ / "labels.txt", "\u07D3\u07FB\u07CA\n");
    test::write_file(*dir_ / "test.tsv", "speech.wav\t" + nko::Vocabulary::nko_blank_last().text(10) + "\n");
  }
  static void TearDownTestSuite() { dir_.reset(); }
  void SetUp() override {
    if (!fs::exists("/dev/full")) GTEST_SKIP() << "SKIPPED LOUDLY: no /dev/full";
  }
  static std::string transcribe(const std::string& rest) { return "transcribe -t 1 -b '" + bundle_ + "' " + rest; }
  static std::string at(const std::string& name) { return "'" + (*dir_ / name) + "'"; }

  static constexpr const char* kSentences = "\u07DE\u07CF \u07E3\u07CC\n\u07E6\u07CB \u07DE\u07CF\n";
  static std::unique_ptr<test::TempDir> dir_;
  static std::string bundle_, recording_;
};
std::unique_ptr<test::TempDir> Output::dir_;
std::string Output::bundle_, Output::recording_;

TEST_F(Output, MessagesThatCannotBeWrittenChangeNoExitCode) {
  for (const std::string streams : {"2>&-", "2>/dev/full"}) {
    EXPECT_EQ(run_with(streams, transcribe("missing.wav")).exit_code, 66) << streams;
    EXPECT_EQ(run_with(streams, "--bad").exit_code, 64) << streams;
    EXPECT_EQ(run_with(streams, "inspect labels " + at("labels.txt")).exit_code, 65) << streams;
    EXPECT_EQ(run_with(streams, transcribe("--timings '" + recording_ + "'")).exit_code, 0) << streams;
  }
}

TEST_F(Output, MessagesThatCannotBeWrittenLoseNoResult) {
  const std::string all = "'" + recording_ + "' " + at("odd.wav") + " missing.wav " + at("speech.wav");
  const auto plain = run(transcribe(all));
  EXPECT_EQ(plain.exit_code, 66) << plain.err;
  EXPECT_NE(plain.err.find("seben: warning: "), std::string::npos) << plain.err;
  for (const std::string streams : {"2>&-", "2>/dev/full"}) {
    const auto r = run_with(streams, transcribe(all));
    EXPECT_EQ(r.exit_code, 66) << streams;
    EXPECT_EQ(r.out, plain.out) << streams;
  }
  // A reader of the messages that went away.
  const test::TempDir results;
  const std::string command = "{ sleep 0.3; '" SEBEN_PROGRAM "' " + transcribe("-o '" + results.str() + "' " + all) +
                              "; echo $? >'" + (results / "code") + "'; } 2>&1 >/dev/null | true";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(test::read_file(results / "code"), "66\n");
  EXPECT_TRUE(fs::exists(results / "odd.wav.txt"));
}

TEST_F(Output, ResultsThatCannotBeWrittenAre74) {
  const std::string bundle = "'" + bundle_ + "'";
  const std::vector<std::string> commands{
      "--help",
      "--version",
      "transcribe --help",
      "inspect " + bundle,
      "inspect --json " + bundle,
      "inspect labels " + at("labels.txt"),
      "inspect encoder " + bundle + " " + bundle,
      "eval -b " + bundle + " " + at("test.tsv"),
      "eval --json -b " + bundle + " " + at("test.tsv"),
      "bench -n 1 -b " + bundle,
      "quantize '" SEBEN_SOURCE_DIR "/bundles/demo-nko' --weights w8:g32 -o " + at("coded"),
      "export coreml " + bundle + " " + at("packages"),
      "inspect --ane " + at("packages/head.mlpackage"),
      "inspect --text " + at("packages/head.mlpackage"),
      "rank rows -b " + bundle + " " + at("test.tsv") + " -o " + at("rows"),
      "rank mine " + at("rows/rows.jsonl") + " -o " + at("maps.json"),
      "rank lm " + at("sentences.txt") + " --order 2 -o " + at("lm.arpa"),
      transcribe("'" + recording_ + "'"),
      transcribe("--json '" + recording_ + "'")};
  for (const std::string& command : commands) {
    for (const std::string streams : {">/dev/full", ">&-"}) {
      for (const std::string folder : {"coded", "packages", "rows"}) {
        if (command.ends_with(at(folder))) fs::remove_all(*dir_ / folder);
      }
      const auto r = run_with(streams, command);
      EXPECT_EQ(r.exit_code, 74) << command << " " << streams << r.err;
      EXPECT_NE(r.err.find("seben: standard output: expected room for "), std::string::npos) << command << r.err;
      EXPECT_EQ(r.err.find("standard output"), r.err.rfind("standard output")) << "said once: " << r.err;
    }
  }
  // The work was done nevertheless.
  EXPECT_EQ(run("inspect " + at("coded")).exit_code, 0);
  EXPECT_TRUE(fs::exists(*dir_ / "rows/rows.jsonl"));
  EXPECT_TRUE(fs::exists(*dir_ / "maps.json"));
}

TEST_F(Output, WhatFailedBeforeKeepsItsCode) {
  EXPECT_EQ(run_with(">/dev/full", transcribe("missing.wav '" + recording_ + "' '" + recording_ + "'")).exit_code, 66);
  EXPECT_EQ(run_with(">/dev/full", "proof analyse log " + at("sentences.txt")).exit_code, 78);
}

TEST_F(Output, AClosedStreamDoesNotBecomeTheNextFile) {
  ASSERT_EQ(run("rank lm " + at("sentences.txt") + " --order 2 -o " + at("right.arpa")).exit_code, 0);
  for (const std::string streams : {">&-", "<&- >&-", "<&- >&- 2>&-"}) {
    EXPECT_EQ(run_with(streams, "rank lm " + at("sentences.txt") + " --order 2 -o " + at("lm.arpa")).exit_code, 74);
    EXPECT_EQ(test::read_file(*dir_ / "lm.arpa"), test::read_file(*dir_ / "right.arpa")) << streams;
  }
  // Nothing was to be written there.
  EXPECT_EQ(run_with("<&- >&- 2>&-", transcribe("-o " + at("talk.txt") + " '" + recording_ + "'")).exit_code, 0);
  EXPECT_EQ(test::read_file(*dir_ / "talk.txt"), run(transcribe("'" + recording_ + "'")).out);
  EXPECT_TRUE(run_with("<&-", transcribe("-")).error_is_one_line());
}

TEST_F(Output, AReaderThatHasEnoughEndsTheProgramQuietly) {
  const test::TempDir folder;
  std::string labels;
  for (int i = 0; i < 50'000; ++i) labels += "\u07D3\u07FB\u07CA\n";
  test::write_file(folder / "labels.txt", labels);
  const std::string command = "{ '" SEBEN_PROGRAM "' inspect labels '" + (folder / "labels.txt") + "' 2>'" +
                              (folder / "err") + "'; echo $? >'" + (folder / "code") + "'; } | head -n 1 >/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(test::read_file(folder / "code"), "141\n");
  EXPECT_EQ(test::read_file(folder / "err"), "");
}

TEST_F(Output, NoNameTurnsTheTextAroundIt) {
  const std::string name = *dir_ / "a\u202Egpj\u2066b\u009Bc";
  const auto missing = run("inspect '" + name + "'");
  EXPECT_NE(missing.err.find("a<U+202E>gpj<U+2066>b c"), std::string::npos) << missing.err;
  fs::copy(bundle_, name, fs::copy_options::recursive);
  std::string manifest = test::read_file(name + "/bundle.json");
  const auto at = manifest.find("\"name\": \"") + 9;
  manifest.insert(at, "evil\u202E");
  test::write_file(name + "/bundle.json", manifest);
  const auto text = run("inspect '" + name + "'"), json = run("inspect --json '" + name + "'");
  ASSERT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("evil<U+202E>"), std::string::npos) << text.out;
  EXPECT_EQ((text.out + json.out).find("\u202E"), std::string::npos);
  EXPECT_NE(json.out.find("evil\\u202e"), std::string::npos) << json.out;
  const auto digests = run("verify digests '" + name + "'");
  EXPECT_EQ((digests.out + digests.err).find("\u202E"), std::string::npos);
}

}  // namespace
}  // namespace seben
