// SPDX-License-Identifier: Apache-2.0
// seben fetch and --model, as a user would, against a hub of this machine.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "program.h"
#include "support/fake_hub.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::Outcome;

const std::string kSpoken = SEBEN_SOURCE_DIR "/bundles/demo-nko/samples/seen-1.wav";

class FetchCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    whisper::DecoderConfig config = test::tiny_decoder_config(test::product_sizes(), test::kSmallTokens);
    config.positions = test::kTinyTokens;
    test::write_tiny_whisper(dir_ / "source", test::product_sizes(), config);
    nlohmann::json files = nlohmann::json::array();
    for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"}) {
      hub_.files[name] = test::read_file(dir_ / "source/" + name);
      files.push_back({{"path", name}, {"sha256", base::sha256_hex(hub_.files[name])}});
    }
    write_catalogue(files);
  }

  void write_catalogue(const nlohmann::json& files) const {
    const nlohmann::json model{{"name", "thing"},         {"about", "a small thing"}, {"repository", hub_.repository()},
                               {"revision", hub_.commit}, {"licence", "MIT"},         {"files", files}};
    const nlohmann::json catalogue{{"schema", "seben.catalogue"}, {"version", 1}, {"models", {model}}};
    test::write_file(dir_ / "catalogue.json", catalogue.dump());
  }

  // No proxy, no login and no folder of whoever runs the tests.
  [[nodiscard]] std::string environment() const {
    return "env -u SEBEN_MODELS -u HF_TOKEN -u HF_HUB_CACHE -u HUGGINGFACE_HUB_CACHE -u HF_HUB_OFFLINE -u http_proxy "
           "-u "
           "all_proxy -u SEBEN_BUNDLE HOME='" +
           dir_.str() + "' XDG_DATA_HOME='" + (dir_ / "data") + "' HF_HOME='" + (dir_ / "hf") +
           "' HF_ENDPOINT=" + hub_.url() + " ";
  }
  [[nodiscard]] Outcome run(const std::string& arguments, const std::string& before = "") const {
    return test::run(arguments, before + environment());
  }
  [[nodiscard]] Outcome fetch(const std::string& arguments, const std::string& before = "") const {
    return run("fetch --catalogue '" + (dir_ / "catalogue.json") + "' " + arguments, before);
  }
  [[nodiscard]] std::string model() const { return dir_ / "data/seben/models/thing"; }
  [[nodiscard]] std::string incomplete() const {
    return dir_ / "hf/hub/models--someone--whisper-small-thing/blobs/" + hub_.tag("model.safetensors") + ".incomplete";
  }

  test::TempDir dir_;
  test::FakeHub hub_;
};

TEST_F(FetchCommand, WhatIsFetchedIsFoundByItsName) {
  const Outcome fetched = fetch("thing");
  ASSERT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_EQ(fetched.out, model() + "\n");
  EXPECT_EQ(fetched.err, "");

  const Outcome again = fetch("thing");
  EXPECT_EQ(again.exit_code, 0);
  EXPECT_EQ(again.out, model() + "\n");
  EXPECT_EQ(again.err, "seben: thing is there already\n");

  const Outcome list = fetch("--list");
  EXPECT_NE(list.out.find("* thing"), std::string::npos) << list.out;

  if (!fs::exists(kSpoken)) GTEST_SKIP() << "needs the demo bundle's sample";
  const std::string rest = " --language en --temperature 0 --no-timestamps --max-tokens 4 -t 1 '" + kSpoken + "'";
  const Outcome by_name = run("transcribe --model thing" + rest),
                by_path = run("transcribe --model '" + model() + "'" + rest);
  EXPECT_EQ(by_name.exit_code, 0) << by_name.err;
  EXPECT_EQ(by_name.out, by_path.out);
  EXPECT_EQ(by_name.out, run("transcribe -b '" + model() + "'" + rest).out);
}

TEST_F(FetchCommand, AModelThatIsNotThereSaysHowToGetIt) {
  ASSERT_EQ(fetch("thing").exit_code, 0);
  Outcome missing = run("transcribe --model base talk.wav");
  EXPECT_EQ(missing.exit_code, 66);
  EXPECT_TRUE(missing.error_is_one_line()) << missing.err;
  EXPECT_NE(missing.err.find("thing, found neither (seben fetch base brings it)"), std::string::npos) << missing.err;
  missing = run("bench --model nonsense");
  EXPECT_EQ(missing.exit_code, 66);
  EXPECT_NE(missing.err.find("seben fetch --list"), std::string::npos) << missing.err;
  EXPECT_EQ(run("transcribe --model thing --bundle x talk.wav").exit_code, 64);
  EXPECT_EQ(run("transcribe talk.wav").exit_code, 64);
}

TEST_F(FetchCommand, TheListIsBuiltIn) {
  const Outcome list = run("fetch --list");
  EXPECT_EQ(list.exit_code, 0) << list.err;
  for (const char* name : {" tiny.en ", " base ", " large-v3-turbo ", " faster-whisper-base ", " ggml-base-q5_1 "}) {
    EXPECT_NE(list.out.find(name), std::string::npos) << name;
  }
}

TEST_F(FetchCommand, RefusalsAreOneLineEach) {
  hub_.mischief = [](const test::Asked& asked, test::Answer& answer) {
    if (asked.target.find("gated") != std::string::npos) answer.status = 401;
  };
  struct Case {
    std::string arguments;
    int exit_code;
  };
  for (const Case& one : std::vector<Case>{{"", 64},
                                           {"nonsense", 66},
                                           {"file:///etc/passwd", 64},
                                           {"http://user:word@127.0.0.1/a.bin", 64},
                                           {"thing --as ../x", 64},
                                           {"thing --licence MIT", 64},
                                           {"thing --offline", 66},
                                           {"some/gated", 66},
                                           {"some/missing", 66},
                                           {"--list thing", 64},
                                           {"http://127.0.0.1:1/a.bin --licence MIT", 69}}) {
    const Outcome refused = fetch(one.arguments + (one.exit_code == 69 ? " --timeout 1" : ""));
    EXPECT_EQ(refused.exit_code, one.exit_code) << one.arguments << "\n" << refused.err;
    EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
    EXPECT_EQ(refused.out, "");
    EXPECT_FALSE(fs::exists(model()));
  }
  test::write_file(dir_ / "catalogue.json", "{}");
  EXPECT_EQ(fetch("thing").exit_code, 65);
}

TEST_F(FetchCommand, AFullDiskLeavesNothingHalfPublished) {
  const Outcome full = fetch("thing", "ulimit -f 2; ");  // of 512 or 1024 bytes
  EXPECT_EQ(full.exit_code, 74) << full.err;
  EXPECT_TRUE(full.error_is_one_line()) << full.err;
  EXPECT_FALSE(fs::exists(model()));
  const Outcome fetched = fetch("thing");
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
}

TEST_F(FetchCommand, CtrlCLeavesWhatTheNextCallGoesOnWith) {
  hub_.mischief = [](const test::Asked& asked, test::Answer& answer) {
    if (asked.target.starts_with("/cdn/")) answer.stall = 1000;
  };
  test::write_file(dir_ / "script", environment() + "'" SEBEN_PROGRAM "' fetch --catalogue '" +
                                        (dir_ / "catalogue.json") + "' thing &\nuntil [ -s '" + incomplete() +
                                        "' ]; do sleep 0.1; done\nkill -INT $!\nwait $!\necho $? >'" + (dir_ / "code") +
                                        "'\n");
  const std::string command =
      "timeout 60 bash '" + (dir_ / "script") + "' >'" + (dir_ / "said") + "' 2>'" + (dir_ / "err") + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(test::read_file(dir_ / "code"), "130\n") << test::read_file(dir_ / "err");
  EXPECT_EQ(fs::file_size(incomplete()), 1000U);
  EXPECT_FALSE(fs::exists(model()));
  hub_.mischief = nullptr;
  hub_.server().forget();
  const Outcome fetched = fetch("thing");
  EXPECT_EQ(fetched.exit_code, 0) << fetched.err;
  EXPECT_FALSE(fs::exists(incomplete()));
  for (const test::Asked& asked : hub_.server().asked()) {
    if (asked.target.starts_with("/cdn/")) {
      EXPECT_EQ(asked.header("range"), "bytes=1000-");
    }
  }
}

}  // namespace
}  // namespace seben
