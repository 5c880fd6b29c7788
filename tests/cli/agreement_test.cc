// SPDX-License-Identifier: Apache-2.0
// import --measure and verify agreement, as a user meets them.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "program.h"
#include "support/jfk.h"
#include "support/tiny_whisper_bundle.h"
#include "wav.h"

namespace seben {
namespace {

using test::run;

class AgreementCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    bundle_ = test::make_whisper_bundle(dir_, "bundle", false);
    std::filesystem::create_directory(dir_ / "talks");
    test::write_file(dir_ / "talks/long.wav", test::wav(test::jfk_samples(8)));
  }
  [[nodiscard]] std::string import(const std::string& flags) const {
    return "import --model '" + (dir_ / "first") + "' --name tiny --licence MIT " + flags + " '" + (dir_ / "new") + "'";
  }
  [[nodiscard]] std::string in(const std::string& name) const { return "'" + (dir_ / name) + "'"; }
  test::TempDir dir_;
  std::string bundle_;
};

TEST_F(AgreementCommand, AModelThatGuessesStaysAsItWas) {
  const std::string before = test::read_file(bundle_ + "/bundle.json");
  const auto verified = run("verify agreement -t 1 '" + bundle_ + "' " + in("talks"));
  EXPECT_EQ(verified.exit_code, 78) << verified.err;
  EXPECT_TRUE(verified.error_is_one_line()) << verified.err;
  EXPECT_NE(verified.out.find("first: int8: "), std::string::npos) << verified.out;
  EXPECT_NE(verified.out.find(" s of speech in 1 recording"), std::string::npos) << verified.out;
  EXPECT_NE(verified.out.find("not admitted, the bundle is as it was: "), std::string::npos) << verified.out;
  EXPECT_EQ(test::read_file(bundle_ + "/bundle.json"), before);
}

TEST_F(AgreementCommand, AnImportIsThereWhateverIsMeasured) {
  const auto imported = run(import("--measure " + in("talks/long.wav")));
  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_EQ(imported.out, (dir_ / "new") + "\n");
  EXPECT_NE(imported.err.find("not admitted"), std::string::npos) << imported.err;
  EXPECT_EQ(run("inspect '" + (dir_ / "new") + "'").exit_code, 0);
}

TEST_F(AgreementCommand, TooLittleSpeechIsRefusedBeforeAnything) {
  const std::string before = test::read_file(bundle_ + "/bundle.json");
  test::write_file(dir_ / "silence.wav", test::wav(std::vector<float>(std::size_t{90} * 16000)));
  const std::vector<std::pair<std::string, std::string>> cases{{"'" + test::kJfk + "'", " s in 1 recording\n"},
                                                               {in("silence.wav"), "found 0.0 s in 1 recording\n"}};
  for (const auto& [recording, found] : cases) {
    for (const std::string& command :
         {"verify agreement '" + bundle_ + "' " + recording, import("--measure " + recording),
          "fetch base --offline --measure " + recording}) {
      const auto refused = run(command);
      EXPECT_EQ(refused.exit_code, 78) << refused.err;
      EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
      EXPECT_NE(refused.err.find("expected at least 60 s of speech, found "), std::string::npos) << refused.err;
      EXPECT_TRUE(refused.err.ends_with(found)) << refused.err;
    }
  }
  EXPECT_EQ(test::read_file(bundle_ + "/bundle.json"), before);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "new"));
}

TEST_F(AgreementCommand, NothingToMeasureIsRefusedBeforeAnything) {
  const std::string measure = "--measure " + in("talks/long.wav");
  const std::vector<std::pair<std::string, int>> cases{{import("--no-decoder " + measure), 64},
                                                       {"fetch --no-import base --offline " + measure, 64},
                                                       {import("--measure " + in("nothere.wav")), 66},
                                                       {import("--measure " + in("first/config.json")), 65},
                                                       {"verify agreement '" + bundle_ + "'", 64}};
  for (const auto& [command, exit_code] : cases) {
    const auto refused = run(command);
    EXPECT_EQ(refused.exit_code, exit_code) << refused.err;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
    EXPECT_FALSE(std::filesystem::exists(dir_ / "new"));
  }
}

TEST_F(AgreementCommand, InspectShowsADecodersRecord) {
  nlohmann::json listing = nlohmann::json::parse(test::read_file(bundle_ + "/bundle.json"));
  const auto gate = [](const char* name, double value, double limit, const char* sense) {
    return nlohmann::json{{"name", name}, {"value", value}, {"limit", limit}, {"sense", sense}};
  };
  listing["decoders"][0]["precisions"] = {
      {{"precision", "bf16"},
       {"evaluation", "agreement with f32 on 111 s of speech"},
       {"utterances", 9},
       {"outputs_changed", 1},
       {"tool", "seben 0.1.0"},
       {"gates",
        {gate("feature_error", 0.01, 0.05, "at_most"), gate("divergence", 0.001, 0.02, "at_most"),
         gate("token_change", 0.01, 0.05, "at_most"), gate("seconds", 111, 60, "at_least"),
         gate("tokens", 600, 150, "at_least"), gate("reference_log_prob", -1, -2, "at_least")}}}};
  test::write_file(bundle_ + "/bundle.json", listing.dump());
  const auto shown = run("inspect '" + bundle_ + "'");
  EXPECT_NE(shown.out.find("precision record of text decoder first"), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("bf16: admitted on agreement with f32 on 111 s of speech"), std::string::npos) << shown.out;
  EXPECT_EQ(shown.out.find("measure it again"), std::string::npos) << shown.out;
}

}  // namespace
}  // namespace seben
