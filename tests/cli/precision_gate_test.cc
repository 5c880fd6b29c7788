// SPDX-License-Identifier: Apache-2.0
// Fault 17: what a gate may rest on, as a user meets it.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "program.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::run;

const std::string kDemo = SEBEN_SOURCE_DIR "/bundles/demo-nko";
// U+07DE U+07CF U+07D8: any text will do.
const std::string kText = "\u07DE\u07CF \u07D8\u07DE\u07CF \u07DE\u07CF \u07D8\u07DE\u07CF \u07DE\u07CF \u07D8\u07DE";

class PrecisionGate : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kDemo + "/bundle.json")) GTEST_SKIP() << "needs the demo bundle";
    fs::copy(kDemo, dir_ / "demo", fs::copy_options::recursive);
  }
  // A second of zeros, 16 bits at 16 kHz.
  std::string silence(const std::string& name) const {
    std::string wav(
        "RIFF\x24\x7d\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00"
        "\x10\x00"
        "data\x00\x7d\x00\x00",
        44);
    wav.append(32000, '\0');
    test::write_file(dir_ / name, wav);
    return name;
  }
  [[nodiscard]] std::string verify(const std::string& manifest, const std::string& flags) const {
    return "verify precision '" + (dir_ / "demo") + "' --precision affine2:g64 -t 1 --manifest '" + (dir_ / manifest) +
           "' " + flags;
  }
  [[nodiscard]] std::string listing() const { return test::read_file(dir_ / "demo/bundle.json"); }
  test::TempDir dir_;
};

TEST_F(PrecisionGate, OneSecondOfSilenceAdmitsNothing) {
  const std::string before = listing();
  test::write_file(dir_ / "one.tsv", silence("one.wav") + "\t" + kText + "\n");
  const auto one = run(verify("one.tsv", ""));
  EXPECT_EQ(one.exit_code, 78) << one.err;
  EXPECT_TRUE(one.error_is_one_line()) << one.err;
  EXPECT_NE(one.err.find("at least 30 recordings with 1000 characters"), std::string::npos) << one.err;
  EXPECT_EQ(listing(), before) << "nothing was measured, so nothing is kept";

  const auto looser = run(verify("one.tsv", "--min-recordings 1 --min-characters 1"));
  EXPECT_EQ(looser.exit_code, 64) << looser.err;
  EXPECT_EQ(listing(), before);
}

TEST_F(PrecisionGate, SilenceIsNoReadingHoweverOftenItIsRead) {
  std::string manifest;
  for (int i = 0; i < 8; ++i) manifest += silence(std::to_string(i) + ".wav") + "\t" + kText + "\n";
  test::write_file(dir_ / "eight.tsv", manifest);
  const auto eight = run(verify("eight.tsv", "--min-recordings 5 --min-characters 100"));
  EXPECT_EQ(eight.exit_code, 78) << eight.err;
  EXPECT_NE(eight.out.find("reference_cer"), std::string::npos) << eight.out;
  EXPECT_NE(eight.out.find("1.000000 <= 0.5        FAILS"), std::string::npos) << eight.out;
  const auto inspected = nlohmann::json::parse(run("inspect --json '" + (dir_ / "demo") + "'").out);
  for (const auto& record : inspected.at("precisions")) {
    if (record.at("precision") != "affine2:g64") continue;
    EXPECT_FALSE(record.at("admitted").get<bool>());
  }
}

TEST_F(PrecisionGate, ARecordingCountsOnceHoweverOftenItIsListed) {
  std::string manifest;
  for (int i = 0; i < 40; ++i) manifest += silence("same.wav") + "\t" + kText + "\n";
  test::write_file(dir_ / "forty.tsv", manifest);
  const auto forty = run(verify("forty.tsv", "--min-recordings 5 --min-characters 100"));
  EXPECT_EQ(forty.exit_code, 78) << forty.err;
  EXPECT_NE(forty.err.find("found 1 with"), std::string::npos) << forty.err;
}

TEST_F(PrecisionGate, SkewHasTheSameMinima) {
  test::write_file(dir_ / "one.tsv", silence("one.wav") + "\t" + kText + "\n");
  const auto one =
      run("verify skew '" + (dir_ / "demo") + "' --extractor '" + kDemo + "' --manifest '" + (dir_ / "one.tsv") + "'");
  EXPECT_EQ(one.exit_code, 78) << one.err;
  EXPECT_NE(one.err.find("at least 30 recordings"), std::string::npos) << one.err;
}

}  // namespace
}  // namespace seben
