// SPDX-License-Identifier: Apache-2.0
// `seben export harness` from the command line, with the demo bundle.
#include <gtest/gtest.h>

#include <filesystem>

#include "program.h"
#include "support/temp_dir.h"

namespace seben {
namespace {

namespace fs = std::filesystem;

class CliHarness : public testing::Test {
 protected:
  [[nodiscard]] test::Outcome harness(const std::string& flags) const {
    return test::run("export harness '" SEBEN_SOURCE_DIR "/bundles/demo-nko' '" + (dir_ / "h") + "' --rows 5 " + flags);
  }
  test::TempDir dir_;
};

TEST_F(CliHarness, WritesAProjectOnce) {
  const auto written = harness("");
  ASSERT_EQ(written.exit_code, 0) << written.err;
  EXPECT_NE(written.out.find("5 stages and a head; plan "), std::string::npos) << written.out;
  EXPECT_EQ(written.err, "");
  for (const char* file : {"project.yml", "run-on-device.sh", "Proof/plan.json", "SebenCorrection/Package.swift"}) {
    EXPECT_TRUE(fs::exists(fs::path(dir_ / "h") / file)) << file;
  }
  const auto again = harness("");
  EXPECT_EQ(again.exit_code, 74);
  EXPECT_TRUE(again.error_is_one_line()) << again.err;
}

TEST_F(CliHarness, RefusesInOneLineAndLeavesNothing) {
  for (const auto& [flags, code] :
       {std::pair{"--io fp16", 64}, std::pair{"--mode bold", 64}, std::pair{"--keep-fp32 auto", 64},
        std::pair{"--stages 0-9", 64}, std::pair{"--audio /nowhere.wav", 66}}) {
    const auto refused = harness(flags);
    EXPECT_EQ(refused.exit_code, code) << flags << ": " << refused.err;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
    EXPECT_TRUE(fs::is_empty(dir_.str())) << flags;
  }
}

}  // namespace
}  // namespace seben
