// SPDX-License-Identifier: Apache-2.0
// Core ML packages from the command line, with the demo bundle.
#include <gtest/gtest.h>

#include <filesystem>

#include "program.h"
#include "support/temp_dir.h"
#include "support/tiny_model.h"

namespace seben {
namespace {

namespace fs = std::filesystem;

std::string bundle() { return std::string(SEBEN_SOURCE_DIR) + "/bundles/demo-nko"; }

class CliCoreml : public testing::Test {
 protected:
  [[nodiscard]] test::Outcome run(const std::string& arguments) const { return test::run(arguments); }
  [[nodiscard]] test::Outcome export_to(const std::string& folder, const std::string& flags) const {
    return run("export coreml '" + bundle() + "' '" + (dir_ / folder) + "' " + flags);
  }
  // One line on standard error that holds `says`, nothing on standard output.
  static void refused(const test::Outcome& outcome, int code, const std::string& says) {
    EXPECT_EQ(outcome.exit_code, code) << outcome.err;
    EXPECT_NE(outcome.err.find(says), std::string::npos) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }

  test::TempDir dir_;
};

TEST_F(CliCoreml, ChunksAreWrittenVerifiedAndLookedInto) {
  const auto written = export_to("p", "--stages device-safe");
  ASSERT_EQ(written.exit_code, 0) << written.err;
  for (const char* file : {"plan.json", "stage-00-convpos.mlpackage", "stage-01-0-2.mlpackage", "head.mlpackage"}) {
    EXPECT_TRUE(fs::exists(dir_ / (std::string("p/") + file))) << file;
  }
  const std::string packages = "'" + (dir_ / "p") + "'";
  const auto verified =
      run("verify " + packages + " --against '" + bundle() + "' --json --html '" + (dir_ / "v.html") + "'");
  EXPECT_EQ(verified.exit_code, 0) << verified.err;
  EXPECT_NE(verified.out.find("\"passed\": true"), std::string::npos);
  EXPECT_TRUE(fs::exists(dir_ / "v.html"));
  const std::string head = "'" + (dir_ / "p/head.mlpackage") + "'";
  EXPECT_NE(run("inspect " + head).out.find("digest as stated"), std::string::npos);
  EXPECT_NE(run("inspect --ane " + head).out.find("Static estimate"), std::string::npos);
  EXPECT_NE(run("inspect --text " + head).out.find("func main<ios16>"), std::string::npos);
  EXPECT_EQ(run("inspect --graph '" + (dir_ / "g.html") + "' " + head).exit_code, 0);
}

TEST_F(CliCoreml, WhatDoesNotHoldExitsWith78) {
  ASSERT_EQ(export_to("p", "--weights palette4 --part head").exit_code, 0);
  const auto verified = run("verify '" + (dir_ / "p") + "' --against '" + bundle() + "'");
  EXPECT_EQ(verified.exit_code, 78);
  EXPECT_NE(verified.out.find("FAILS"), std::string::npos);
}

TEST_F(CliCoreml, ImpossibleFlagsAreOneLine) {
  refused(export_to("p", "--stages convpos,0-2,finalnorm"), 64, "layers");
  refused(export_to("p", "--stages 0-4"), 64, "convpos first");
  refused(export_to("p", "--layout sideways"), 64, "sequence or ane");
  refused(export_to("p", "--opset ios14"), 64, "--opset");
  refused(export_to("p", "--weights blockwise4"), 64, "ios18");
  refused(export_to("p", "--lengths 999"), 64, "multiples of 2");
  refused(export_to("p", "--part decoder"), 64, "a text decoder");
  refused(export_to("p", "--part tail"), 64, "--part");
  refused(export_to("p", "--max-chunk 2 --stages device-safe"), 64, "--max-chunk");
  EXPECT_FALSE(fs::exists(dir_ / "p/plan.json"));
  refused(run("export coreml '" + dir_.str() + "' x"), 66, "neither");
  refused(run("verify '" + (dir_ / "none") + "' --against '" + bundle() + "'"), 66, "nothing");
  refused(run("verify --against '" + bundle() + "'"), 64, "packages and --against");
  refused(run("verify x --against '" + bundle() + "' --compute-units cpu"), 76, "CoreML.framework");
}

TEST_F(CliCoreml, PartsThatACheckpointLacksAreOneLine) {
  test::write_tiny_sources(dir_);
  const std::string checkpoint = "'" + (dir_ / "hf") + "'", out = " '" + (dir_ / "out") + "'";
  refused(run("export coreml " + checkpoint + out + " --part head"), 64, "a CTC head, found none");
  refused(run("export coreml " + checkpoint + out + " --part encoder,encoder+head"), 64, "a CTC head, found none");
  refused(run("export coreml " + checkpoint + out + " --part decoder"), 64, "a text decoder, found none");
  EXPECT_FALSE(fs::exists(dir_ / "out"));
  ASSERT_EQ(export_to("p", "--part head").exit_code, 0);
  const std::string against = " --against " + checkpoint + " --audio '" + bundle() + "/samples/seen-1.wav'";
  refused(run("verify '" + (dir_ / "p/head.mlpackage") + "'" + against), 64, "a CTC head, found none");
  refused(run("verify '" + (dir_ / "p") + "'" + against), 64, "a CTC head, found none");
}

TEST_F(CliCoreml, TakenNamesAreNotReplacedUnasked) {
  ASSERT_EQ(export_to("p", "--part head").exit_code, 0);
  refused(export_to("p", "--part head"), 64, "--overwrite");
  EXPECT_EQ(export_to("p", "--part head --overwrite").exit_code, 0);
}

TEST_F(CliCoreml, BisectionWithACommand) {
  // Fails for every chunk of more than one layer: the file of a larger program is larger.
  test::write_file(
      dir_ / "runner.sh",
      "#!/bin/sh\n[ $(stat -c %s \"$1/Data/com.apple.CoreML/weights/weight.bin\") -gt 3000000 ] && exit 1\n"
      "exec '" SEBEN_PROGRAM "' execute \"$1\" \"$2\" \"$3\"\n");
  fs::permissions(dir_ / "runner.sh", fs::perms::owner_all);
  const auto found = run("verify --bisect --against '" + bundle() + "' --runner '" + (dir_ / "runner.sh") + "'");
  EXPECT_EQ(found.exit_code, 0) << found.err;
  EXPECT_NE(found.out.find("safe plan: convpos,0,1,2,3,4,finalnorm"), std::string::npos) << found.out;
  EXPECT_NE(found.out.find("smallest failing chunk: "), std::string::npos) << found.out;
}

TEST_F(CliCoreml, EncodersOfOtherSizesAreToldApartByThem) {
  test::write_tiny_sources(dir_);
  const auto other = run("inspect encoder '" + (dir_ / "hf") + "' '" + bundle() + "'");
  EXPECT_EQ(other.exit_code, 0) << other.err;
  EXPECT_NE(other.out.find("different encoders: mel bins 80 and 128, width 16 and "), std::string::npos) << other.out;
  EXPECT_EQ(other.out.find("tensors"), std::string::npos) << other.out;
}

TEST_F(CliCoreml, SameEncoderIsSaid) {
  const auto same = run("inspect encoder '" + bundle() + "' '" + bundle() + "'");
  EXPECT_EQ(same.exit_code, 0);
  EXPECT_NE(same.out.find("the same encoder: 82 tensors"), std::string::npos) << same.out;
}

}  // namespace
}  // namespace seben
