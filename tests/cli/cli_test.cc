// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "program.h"
#include "support/tiny_bundle.h"
#include "wav.h"

namespace seben {
namespace {

using test::run;
using test::wav;

class Cli : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    bundle = test::make_tiny_bundle(*dir);
    recording = *dir / "speech.wav";
    test::write_file(recording, wav(test::bursts(3.0)));
  }
  static void TearDownTestSuite() { dir.reset(); }
  static std::string with_bundle() { return " --bundle '" + bundle + "' "; }

  static std::unique_ptr<test::TempDir> dir;
  static std::string bundle, recording;
};

std::unique_ptr<test::TempDir> Cli::dir;
std::string Cli::bundle, Cli::recording;

TEST_F(Cli, HelpShowsAnExampleForEverySubcommand) {
  for (const char* command : {"transcribe", "inspect", "import", "eval", "bench", "verify digests", "verify precision",
                              "verify skew", "verify stages"}) {
    const auto r = run(std::string(command) + " --help");
    EXPECT_EQ(r.exit_code, 0) << command;
    EXPECT_NE(r.out.find("Example: seben "), std::string::npos) << command;
  }
  EXPECT_EQ(run("--version").out, "seben 0.1.0\n");
}

TEST_F(Cli, ImpossibleFlagsAre64AndOneLine) {
  for (const std::string& arguments : std::vector<std::string>{
           "", "nonsense", "transcribe", "transcribe x.wav", "transcribe --format docx" + with_bundle() + "x.wav",
           "transcribe" + with_bundle(), "transcribe --threads -3" + with_bundle() + recording,
           "transcribe --json --format srt" + with_bundle() + recording, "bench --rounds 0" + with_bundle()}) {
    const auto r = run(arguments);
    EXPECT_EQ(r.exit_code, 64) << arguments << r.err;
    EXPECT_TRUE(r.error_is_one_line()) << r.err;
    EXPECT_TRUE(r.out.empty());
  }
}

TEST_F(Cli, TranscribesAFileAndStandardInputAlike) {
  const auto file = run("transcribe" + with_bundle() + recording);
  ASSERT_EQ(file.exit_code, 0) << file.err;
  EXPECT_FALSE(file.out.empty());
  const auto piped = run("transcribe" + with_bundle() + "- <'" + recording + "'");
  EXPECT_EQ(piped.exit_code, 0) << piped.err;
  EXPECT_EQ(piped.out, file.out);
}

TEST_F(Cli, JsonIsForMachines) {
  const auto r = run("transcribe --json" + with_bundle() + recording);
  ASSERT_EQ(r.exit_code, 0) << r.err;
  const auto json = nlohmann::json::parse(r.out);
  EXPECT_EQ(json.at("windows"), 1);
  EXPECT_EQ(json.at("precision"), "f32");
  EXPECT_NEAR(json.at("audio_seconds").get<double>(), 3.0, 0.001);
}

TEST_F(Cli, OutputGoesToAFileOrAFolder) {
  const std::string file = *dir / "talk.srt", folder = *dir / "results";
  EXPECT_EQ(run("transcribe --format srt -o '" + file + "'" + with_bundle() + recording).exit_code, 0);
  EXPECT_TRUE(test::read_file(file).starts_with("1\n00:00:"));
  EXPECT_EQ(run("transcribe -o '" + folder + "'" + with_bundle() + recording + " " + recording).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder + "/speech.wav.txt"));
}

TEST_F(Cli, OneBadRecordingDoesNotStopTheOthers) {
  const auto r = run("transcribe" + with_bundle() + "/no/such.wav " + recording);
  EXPECT_EQ(r.exit_code, 66);
  EXPECT_TRUE(r.error_is_one_line()) << r.err;
  EXPECT_FALSE(r.out.empty());
}

TEST_F(Cli, BadInputsAreOneLineWithTheirCode) {
  test::write_file(*dir / "text.wav", "no sound");
  EXPECT_EQ(run("transcribe" + with_bundle() + (*dir / "text.wav")).exit_code, 65);
  EXPECT_EQ(run("transcribe --bundle /no/bundle " + recording).exit_code, 66);
  EXPECT_EQ(run("inspect /no/bundle").exit_code, 66);
  EXPECT_EQ(run("transcribe -p int8" + with_bundle() + recording).exit_code, 78);
  EXPECT_EQ(run("transcribe -o /no/folder/x.txt" + with_bundle() + recording).exit_code, 74);
  for (const std::string& arguments :
       std::vector<std::string>{"transcribe" + with_bundle() + (*dir / "text.wav"), "inspect /no/bundle",
                                "transcribe -p int8" + with_bundle() + recording,
                                "transcribe -o /no/folder/x.txt" + with_bundle() + recording}) {
    EXPECT_TRUE(run(arguments).error_is_one_line()) << run(arguments).err;
  }
}

TEST_F(Cli, AFullDeviceIsAnError) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "SKIPPED LOUDLY: no /dev/full";
  const int status =
      std::system(("'" SEBEN_PROGRAM "' transcribe" + with_bundle() + recording + " >/dev/full 2>/dev/null").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 74);
}

TEST_F(Cli, NoResultAndNoRecordingIsOverwritten) {
  const std::string folder = *dir / "same-names", twin = *dir / "twin";
  std::filesystem::create_directories(twin);
  std::filesystem::copy_file(recording, twin + "/speech.wav");
  const auto r = run("transcribe -o '" + folder + "'" + with_bundle() + recording + " " + twin + "/speech.wav");
  EXPECT_EQ(r.exit_code, 64) << r.err;
  EXPECT_TRUE(r.error_is_one_line()) << r.err;
  const std::string before = test::read_file(recording);
  EXPECT_EQ(run("transcribe -o '" + recording + "'" + with_bundle() + recording).exit_code, 64);
  EXPECT_EQ(test::read_file(recording), before);
  EXPECT_EQ(run("transcribe -o '" + recording + "/'" + with_bundle() + recording).exit_code, 74);
}

TEST_F(Cli, ANameCannotBreakTheLine) {
  const auto r = run("transcribe" + with_bundle() + "\"$(printf 'a\\nb\\033[31m.wav')\" " + recording);
  EXPECT_EQ(r.exit_code, 66);
  EXPECT_TRUE(r.error_is_one_line()) << r.err;
  EXPECT_EQ(r.err.find('\x1b'), std::string::npos);
}

// Recordings that never end: the work can only stop by the signal, while it reads and while it computes.
TEST_F(Cli, CtrlCLeavesNoPartialFile) {
  const std::string folder = *dir / "interrupted", talk = *dir / "minute.wav";
  std::filesystem::create_directories(folder);
  test::write_file(talk, wav(test::bursts(60.0)));
  // --foreground: once, to the program alone; a second one would kill it.
  const std::string interrupt = "timeout --foreground --preserve-status --signal=INT 2 ";
  for (const std::string& source : {std::string("sleep 4"), "{ head -c 44 '" + talk + "'; while tail -c +45 '" + talk +
                                                                "' 2>/dev/null; do :; done; }"}) {
    const auto r = run("transcribe -t 1 -o '" + folder + "/x.txt'" + with_bundle() + "-", source + " | " + interrupt);
    EXPECT_EQ(r.exit_code, 130) << source << r.err;
    EXPECT_NE(r.err.find("seben: interrupted"), std::string::npos) << r.err;
    EXPECT_TRUE(std::filesystem::is_empty(folder)) << source;
  }
}

TEST_F(Cli, InspectAndVerifyAndEval) {
  const auto text = run("inspect '" + bundle + "'");
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.out.find("stride 2"), std::string::npos);
  EXPECT_EQ(nlohmann::json::parse(run("inspect --json '" + bundle + "'").out).at("kind"), "bundle");
  const auto manifest = *dir / "test.tsv";
  test::write_file(manifest, "speech.wav\t" + nko::Vocabulary::nko_blank_last().text(10) + "\tclean\n");
  const auto eval = run("eval --json" + with_bundle() + manifest);
  ASSERT_EQ(eval.exit_code, 0) << eval.err;
  EXPECT_EQ(nlohmann::json::parse(eval.out).at("utterances").size(), 1U);
  test::write_file(manifest, "speech.wav\n");
  EXPECT_EQ(run("eval" + with_bundle() + manifest).exit_code, 65);
  test::write_file(manifest, "gone.wav\t" + nko::Vocabulary::nko_blank_last().text(10) + "\n");
  EXPECT_EQ(run("eval" + with_bundle() + manifest).exit_code, 66);
}

TEST_F(Cli, VerifyDigestsSeesOneChangedByte) {
  const std::string copy = *dir / "copy";
  std::filesystem::copy(bundle, copy, std::filesystem::copy_options::recursive);
  std::string bytes = test::read_file(copy + "/encoder.safetensors");
  bytes[bytes.size() - 3] = static_cast<char>(bytes[bytes.size() - 3] ^ 1);
  test::write_file(copy + "/encoder.safetensors", bytes);
  const auto r = run("verify digests '" + copy + "'");
  EXPECT_EQ(r.exit_code, 65);
  EXPECT_NE(r.err.find("encoder.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace seben
