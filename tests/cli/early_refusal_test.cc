// SPDX-License-Identifier: Apache-2.0
// What can be known before the work is refused before it: nothing is written, and no weights are packed.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "program.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"
#include "wav.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::run;

class EarlyRefusal : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<test::TempDir>();
    ctc_ = test::make_tiny_bundle(*dir_);
    whisper_ = test::make_whisper_bundle(*dir_, "whisper", false);
    recording_ = *dir_ / "speech.wav";
    packet_ = *dir_ / "speech.spkt";
    test::write_file(recording_, test::wav(test::bursts(1.0)));
    const auto made = run("export features '" + ctc_ + "' '" + recording_ + "' '" + packet_ + "' --codec affine8:g16");
    ASSERT_EQ(made.exit_code, 0) << made.err;
  }
  static void TearDownTestSuite() { dir_.reset(); }
  static void expect_refused(const std::string& command, int exit_code, const std::string& says) {
    const auto r = run(command);
    EXPECT_EQ(r.exit_code, exit_code) << command << "\n" << r.err;
    EXPECT_TRUE(r.error_is_one_line()) << r.err;
    EXPECT_NE(r.err.find(says), std::string::npos) << command << "\n" << r.err;
    EXPECT_EQ(r.out, "") << command;
  }

  static std::unique_ptr<test::TempDir> dir_;
  static std::string ctc_, whisper_, recording_, packet_;
};
std::unique_ptr<test::TempDir> EarlyRefusal::dir_;
std::string EarlyRefusal::ctc_, EarlyRefusal::whisper_, EarlyRefusal::recording_, EarlyRefusal::packet_;

TEST_F(EarlyRefusal, FeaturesThatWhisperCannotReadComeBeforeTheFirstRecording) {
  const std::string out = *dir_ / "texts";
  expect_refused(
      "transcribe -t 1 -b '" + whisper_ + "' '" + recording_ + "' --features '" + packet_ + "' -o '" + out + "'", 64,
      "speech.spkt: expected a recording for Whisper's decoder");
  EXPECT_TRUE(!fs::exists(out) || fs::is_empty(out));
  expect_refused("transcribe -t 1 -b '" + ctc_ + "' '" + recording_ + "' --features x.bin", 64,
                 "x.bin: expected a .spkt, .safetensors or .npy file");
}

// That many threads are refused when the weights are to be packed.
TEST_F(EarlyRefusal, WhatEvalReadsComesBeforeTheWeights) {
  test::write_file(*dir_ / "test.tsv", "speech.wav\t" + nko::Vocabulary::nko_blank_last().text(10) + "\n");
  const std::string eval = "eval -t 5000 -b '" + ctc_ + "' '" + (*dir_ / "test.tsv") + "' ";
  expect_refused(eval + "--ranker nothere.json", 66, "nothere.json");
  expect_refused(eval + "--codecs agp:nothere.json", 66, "nothere.json");
  expect_refused(eval + "--codecs fp16 --ranker nothere.json", 66, "nothere.json");
  expect_refused(eval + "--search beam --lm nothere.arpa", 66, "nothere.arpa");
}

TEST_F(EarlyRefusal, AFeatureCodecThatDoesNotFitComesBeforeTheWeights) {
  expect_refused("export features -t 5000 '" + ctc_ + "' '" + recording_ + "' x.spkt --codec agp:nothere.json", 66,
                 "nothere.json");
  EXPECT_FALSE(fs::exists("x.spkt"));
}

TEST_F(EarlyRefusal, AHeldOutTextThatIsMissingComesBeforeTheTraining) {
  test::write_file(*dir_ / "text.txt", nko::Vocabulary::nko_blank_last().text(10) + "\n");
  const std::string model = *dir_ / "held.arpa";
  expect_refused("rank lm '" + (*dir_ / "text.txt") + "' -o '" + model + "' --held-out nothere.txt", 66, "nothere.txt");
  EXPECT_FALSE(fs::exists(model));
}

TEST_F(EarlyRefusal, APageThatCannotBeWrittenComesBeforeThePackageIsRun) {
  const std::string page = "'" + (*dir_ / "none/page.html") + "'";
  for (const std::string command : {"verify nothere.mlpackage --against nothere --html ",
                                    "inspect nothere.mlpackage --ane --html ", "inspect nothere.mlpackage --graph "}) {
    expect_refused(command + page, 74, "none/page.html: expected to be created");
    expect_refused(command + "-", 64, "expected the name of a file");
  }
}

TEST_F(EarlyRefusal, AnUnadmittedCodecOfStoredFeaturesRunsWhenThatIsAllowed) {
  const std::string command = "transcribe -t 1 -b '" + ctc_ + "' --features '" + packet_ + "'";
  EXPECT_EQ(run(command).exit_code, 78);
  const auto allowed = run(command + " --allow-unadmitted");
  EXPECT_EQ(allowed.exit_code, 0) << allowed.err;
}

TEST_F(EarlyRefusal, InspectDescribesAPacket) {
  const auto text = run("inspect '" + packet_ + "'"), json = run("inspect --json '" + packet_ + "'");
  EXPECT_EQ(text.exit_code, 0) << text.err;
  for (const char* part : {"packet of features [1,1500,", "affine8:g16", "bits a value", "SHA-256", "extractor"}) {
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  }
  for (const char* part : {"\"kind\": \"packet\"", "\"codec\": \"affine8:g16\"", "\"contract_digest\": \""}) {
    EXPECT_NE(json.out.find(part), std::string::npos) << part << "\n" << json.out;
  }
  const std::string bytes = test::read_file(packet_), cut = *dir_ / "cut.spkt";
  test::write_file(cut, bytes.substr(0, bytes.size() / 2));
  expect_refused("inspect '" + cut + "'", 65, "cut.spkt");
  expect_refused("inspect nothere.spkt", 66, "nothere.spkt");
}

}  // namespace
}  // namespace seben
