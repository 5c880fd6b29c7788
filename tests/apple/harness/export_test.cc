// SPDX-License-Identifier: Apache-2.0
// The exported project: whole or not at all, the same bytes every time, and consistent with what it says of itself.
#include "harness/export.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/sha256.h"
#include "convert/encoder.h"
#include "export/plan_file.h"
#include "import/import.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "support/tiny_model.h"
#include "swift/embedded.h"

namespace seben::harness {
namespace {

namespace fs = std::filesystem;
using test::fails_with;

class Harness : public testing::Test {
 protected:
  Harness() : source_(deploy::Source::open(SEBEN_SOURCE_DIR "/bundles/demo-nko")) {
    options_.stages = convert::device_safe_stages(source_.encoder().config);
    options_.conversion.opset = mil::Opset::ios16;
    options_.audio = SEBEN_SOURCE_DIR "/bundles/demo-nko/samples/unseen.wav";
    options_.threads = 2;
    options_.rows = {5, 1};
  }

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_.str()), {}));
  }

  test::TempDir dir_;
  deploy::Source source_;
  HarnessOptions options_;
};

std::map<std::string, std::string> digests(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      all[fs::relative(entry.path(), folder).string()] = base::sha256_file(entry.path().string());
    }
  }
  return all;
}

TEST_F(Harness, IsTheSameEveryTimeAndSaysWhatItIs) {
  const HarnessSummary a = export_harness(source_, dir_ / "a", options_);
  export_harness(source_, dir_ / "b", options_);
  const auto files = digests(dir_ / "a");
  EXPECT_EQ(files, digests(dir_ / "b"));
  EXPECT_EQ(entries(), 2U);  // nothing partial is left
  EXPECT_EQ(static_cast<std::size_t>(a.files), files.size());
  for (const swift::EmbeddedFile& file : swift::harness_template()) {
    EXPECT_EQ(files.count(std::string(file.path)), 1U) << file.path;
    const fs::path original = fs::path(SEBEN_SOURCE_DIR) / "swift/Harness" / file.path;
    EXPECT_EQ(base::read_text(original.string(), 1U << 24U), file.text) << "embedded another version";
  }
  for (const char* script : {"run-on-device.sh", "collect.sh"}) {
    EXPECT_NE(fs::status(fs::path(dir_ / "a") / script).permissions() & fs::perms::owner_exec, fs::perms::none);
  }

  const std::string proof = dir_ / "a/Proof/";
  const auto chain = nlohmann::json::parse(base::read_text(proof + "chain.json", 1U << 20U));
  const auto plan = deploy::parse_plan(base::read_text(proof + "plan.json", 1U << 20U), "plan.json");
  EXPECT_EQ(chain["plan_sha256"], base::sha256_file(proof + "plan.json"));
  EXPECT_EQ(chain["plan_sha256"], a.plan_digest);
  EXPECT_EQ(chain["audio_samples"], 480'000);
  EXPECT_EQ(chain["audio"]["shape"], nlohmann::json::array({480'000}));
  EXPECT_EQ(chain["text"], a.text);
  EXPECT_FALSE(a.text.empty());
  ASSERT_EQ(chain["stages"].size(), options_.stages.size());
  ASSERT_EQ(plan.size(), options_.stages.size() + 1);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const auto& part = i < options_.stages.size() ? chain["stages"][i] : chain["head"];
    EXPECT_EQ(part["package"], plan[i].file);
    EXPECT_EQ(part["weights"]["sha256"], plan[i].weight_digest);
    EXPECT_EQ(base::sha256_file(proof + plan[i].file + "/Data/com.apple.CoreML/weights/weight.bin"),
              plan[i].weight_digest);
    EXPECT_EQ(base::sha256_file(proof + std::string(part["expected"]["file"])), part["expected"]["sha256"]);
  }
}

TEST_F(Harness, IsWholeOrNotThere) {
  fs::create_directories(dir_ / "there");
  EXPECT_TRUE(
      fails_with(ErrorCategory::io, "does not exist yet", [&] { export_harness(source_, dir_ / "there", options_); }));
  int steps = 0;
  double last = 0.0;
  options_.progress = [&](const std::string& step, double done, double total) {
    ++steps;
    EXPECT_GE(done, last);
    EXPECT_LE(done, total);
    last = done;
    if (step == "chain.json") throw Error(ErrorCategory::io, "disk", "room", "none");
  };
  EXPECT_TRUE(fails_with(ErrorCategory::io, "room", [&] { export_harness(source_, dir_ / "new", options_); }));
  EXPECT_GT(steps, 3);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Harness, RefusesWhatItCannotProve) {
  const auto refused = [&](ErrorCategory category, const char* says) {
    EXPECT_TRUE(fails_with(category, says, [&] { export_harness(source_, dir_ / "new", options_); }));
    EXPECT_EQ(entries(), 0U);
  };
  options_.ranker_mode = "bold";
  refused(ErrorCategory::usage, "--mode");
  options_.ranker_mode = "balanced";
  options_.conversion.interface = mil::DType::fp16;
  refused(ErrorCategory::usage, "--io");
  options_.conversion.interface = mil::DType::fp32;
  options_.audio = dir_ / "none.wav";
  refused(ErrorCategory::no_input, "none.wav");
}

TEST_F(Harness, RefusesABundleWithoutARanker) {
  bundle::import_bundle(test::write_tiny_sources(dir_, {}));
  const auto source = deploy::Source::open(dir_ / "bundle");
  options_.stages = convert::device_safe_stages(source.encoder().config);
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "ranker", [&] { export_harness(source, dir_ / "new", options_); }));
  EXPECT_FALSE(fs::exists(dir_ / "new"));
}

}  // namespace
}  // namespace seben::harness
