// SPDX-License-Identifier: Apache-2.0
// The mutation test: no change of a good proof survives its audit.
#include <gtest/gtest.h>

#include "demo_proof.h"
#include "evidence/text.h"
#include "mutations.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::for_each_mutation;
using test::Json;

class ProofAudit : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = dir_ / "proof";
    ASSERT_TRUE(proof::run(test::demo_options(folder_)).passed);
    const proof::Audit good = proof::audit(folder_);
    ASSERT_TRUE(good.passed()) << (good.problems.empty() ? "" : good.problems.front());
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (entry.is_regular_file()) files_.push_back(entry.path().string());
    }
    ASSERT_GT(files_.size(), 20U);
  }

  // A damaged file makes the audit fail; afterwards it is whole again.
  void damaged(const std::string& path, const std::string& bytes, const std::string& what) {
    const std::string before = test::read_file(path);
    ASSERT_NE(before, bytes) << what;
    test::write_file(path, bytes);
    const proof::Audit audit = proof::audit(folder_);
    EXPECT_FALSE(audit.passed()) << path << ": " << what;
    EXPECT_FALSE(audit.problems.empty()) << path << ": " << what;
    test::write_file(path, before);
    ++mutations_;
  }

  // The same after every digest and the summary were made to fit.
  void forged(const std::string& path, const std::string& bytes, const std::string& what) {
    const fs::path copy = dir_ / "forged";
    fs::remove_all(copy);
    fs::copy(folder_, copy, fs::copy_options::recursive);
    ASSERT_NE(test::read_file(copy / path), bytes) << what;
    test::write_file(copy / path, bytes);
    test::reseal(copy.string());
    EXPECT_FALSE(proof::audit(copy.string()).passed()) << path << ": " << what;
    ++mutations_;
  }

  test::TempDir dir_;
  std::string folder_;
  std::vector<std::string> files_;
  std::size_t mutations_ = 0;
};

TEST_F(ProofAudit, EveryFieldOfEveryJsonCounts) {
  for (const std::string& path : files_) {
    if (!path.ends_with(".json") || path.find("/bundle/") != std::string::npos) continue;
    const std::string text = test::read_file(path);
    const Json json = Json::parse(text);
    ASSERT_EQ(json.dump(2) + "\n", text) << path << ": mutations must change nothing but their field";
    // Of the summary a thousand members more would make the same comparison of bytes fail once more.
    for_each_mutation(json, path.ends_with("proof-summary.json") ? 2 : 9,
                      [&](const Json& mutant, const std::string& what) { damaged(path, mutant.dump(2) + "\n", what); });
  }
  EXPECT_GT(mutations_, 1000U);
  RecordProperty("mutations", static_cast<int>(mutations_));
}

TEST_F(ProofAudit, EveryFileCountsWholeAndNoneMore) {
  for (const std::string& path : files_) {
    const std::string text = test::read_file(path);
    ASSERT_FALSE(text.empty());
    for (const std::size_t at : {std::size_t{0}, text.size() / 2, text.size() - 1}) {
      std::string flipped = text;
      flipped[at] = static_cast<char>(flipped[at] ^ 1);
      damaged(path, flipped, "bit flipped at " + std::to_string(at));
    }
    damaged(path, text.substr(0, text.size() - 1), "last byte gone");
    damaged(path, text.substr(0, text.size() / 2), "half gone");
    damaged(path, "", "emptied");
    damaged(path, text + "\n", "longer");
    fs::rename(path, dir_ / "away");
    EXPECT_FALSE(proof::audit(folder_).passed()) << path << " removed";
    fs::create_symlink(dir_ / "away", path);
    EXPECT_FALSE(proof::audit(folder_).passed()) << path << " a link";
    fs::remove(path);
    fs::rename(dir_ / "away", path);
    const std::string extra = path + ".more";
    test::write_file(extra, text);
    EXPECT_FALSE(proof::audit(folder_).passed()) << extra << " added";
    fs::remove(extra);
  }
  fs::create_directory(folder_ + "/empty");
  EXPECT_FALSE(proof::audit(folder_).passed());
  fs::remove(folder_ + "/empty");
  test::write_file(folder_ + "/UNFINISHED", "begun\n");
  EXPECT_FALSE(proof::audit(folder_).passed());
  fs::remove(folder_ + "/UNFINISHED");
  EXPECT_TRUE(proof::audit(folder_).passed()) << "the test itself left something behind";
}

TEST_F(ProofAudit, AForgerWhoRenewsEveryDigestIsContradictedByTheEvidence) {
  const std::string result = test::read_file(folder_ + "/modes/f32/result.json");
  for_each_mutation(Json::parse(result), 9, [&](const Json& mutant, const std::string& what) {
    forged("modes/f32/result.json", mutant.dump(2) + "\n", what);
  });
  for (const char* file : {"request.json", "preflight.json"}) {
    for_each_mutation(Json::parse(test::read_file(folder_ + "/" + file)), 9,
                      [&](const Json& mutant, const std::string& what) {
                        // The figures and words of the preflight are told, not derived: only their presence and the
                        // guard are judged.
                        if (std::string(file) == "preflight.json" && what.starts_with("altered /") &&
                            what.find("/check") != std::string::npos && !what.ends_with("/check")) {
                          return;
                        }
                        if (std::string(file) == "preflight.json" &&
                            (what == "altered /free_bytes" || what == "altered /min_free_bytes")) {
                          return;
                        }
                        if (std::string(file) == "request.json" && what.starts_with("altered /")) {
                          const std::string field = what.substr(9);
                          if (field == "audio" || field == "model" || field == "runner" || field == "tool")
                            return;  // names, told as well
                        }
                        forged(file, mutant.dump(2) + "\n", what);
                      });
  }
}

TEST_F(ProofAudit, EveryLineOfTheLogCounts) {
  const std::string log = test::read_file(folder_ + "/modes/f32/run.log");
  std::vector<std::string> lines;
  std::string_view rest = log;
  while (!rest.empty()) lines.emplace_back(evidence::next_line(rest));
  ASSERT_GT(lines.size(), 20U);
  for (std::size_t skip = 1; skip < lines.size(); ++skip) {  // the first one is prose
    std::string shorter;
    for (std::size_t i = 0; i < lines.size(); ++i) shorter += i == skip ? "" : lines[i] + "\n";
    forged("modes/f32/run.log", shorter, "without: " + lines[skip].substr(0, 60));
  }
}

TEST_F(ProofAudit, ZeroTestsAreNoProof) {
  std::string log;
  const std::string before = test::read_file(folder_ + "/modes/f32/run.log");
  std::string_view rest = before;
  while (!rest.empty()) {
    const std::string line(evidence::next_line(rest));
    if (line.starts_with("Test Case")) continue;
    log += (line.starts_with("\t Executed")
                ? "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.000) seconds"
                : line) +
           "\n";
  }
  forged("modes/f32/run.log", log, "zero tests");
  const auto verdict = evidence::analyse_runtime_log(log, "run.log", {});
  EXPECT_EQ(verdict.status, evidence::Status::no_tests_executed);
}

TEST_F(ProofAudit, TensorsAreMeasuredAgain) {
  for (const char* file : {"modes/f32/stage-02-3.npy", "modes/f32/features.npy", "modes/f32/head.npy",
                           "modes/f32/logits.npy", "reference/stage-00-convpos.npy", "reference/audio.npy"}) {
    const std::string path = folder_ + "/" + file;
    if (!fs::exists(path)) continue;
    std::string bytes = test::read_file(path);
    bytes[bytes.size() / 2 + 3] = static_cast<char>(bytes[bytes.size() / 2 + 3] ^ 0x41);  // an exponent
    if (std::string(file) == "reference/audio.npy") bytes.resize(bytes.size() - 4);
    forged(file, bytes, "changed value");
  }
  EXPECT_GE(mutations_, 5U);
}

TEST(ProofAuditOfNothing, IsNoInput) {
  EXPECT_THROW((void)proof::audit("/no/such/folder"), Error);
  const test::TempDir dir;
  EXPECT_FALSE(proof::audit(dir.str()).passed());
}

}  // namespace
}  // namespace seben
