// SPDX-License-Identifier: Apache-2.0
#include "swift/export.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <sstream>

#include "base/file.h"
#include "base/sha256.h"
#include "support/errors.h"
#include "support/invented_ranker.h"
#include "swift/embedded.h"

namespace seben::swift {
namespace {

namespace fs = std::filesystem;

class Export : public ::testing::Test {
 protected:
  Export() : folder_(fs::path(::testing::TempDir()) / ("seben_swift_" + std::to_string(::getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~Export() override { fs::remove_all(folder_); }

  fs::path folder_;
  nko::Vocabulary vocabulary_ = nko::Vocabulary::nko_blank_last();
  correction::Ranker ranker_ = test::invented_ranker(vocabulary_);
};

std::vector<nlohmann::json> read_rows(const fs::path& package) {
  std::istringstream lines(base::read_text(package / "Tests/SebenCorrectionTests/Fixtures/rows.jsonl", 1U << 28U));
  std::vector<nlohmann::json> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(nlohmann::json::parse(line));
  return rows;
}

TEST_F(Export, WritesEveryTemplateFileAsItIs) {
  const std::string package = folder_ / "package";
  const ExportSummary summary = export_package({ranker_, vocabulary_, ""}, package, {5, 1});
  std::set<std::string> names;
  for (const EmbeddedFile& file : package_template()) {
    names.insert(std::string(file.path));
    EXPECT_EQ(base::read_text(fs::path(package) / file.path, 1U << 24U), file.text);
    const fs::path source = fs::path(SEBEN_SOURCE_DIR) / "swift/Template" / file.path;
    EXPECT_EQ(base::read_text(source, 1U << 24U), file.text) << "embedded another version of " << file.path;
  }
  EXPECT_EQ(names.count("Package.swift"), 1U);
  EXPECT_EQ(summary.files, static_cast<std::int64_t>(names.size()) + 3);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);  // nothing partial is left
}

TEST_F(Export, FreezesTheModelInTheSource) {
  const std::string package = folder_ / "package";
  export_package({ranker_, vocabulary_, ""}, package, {1, 1});
  const std::string frozen =
      base::read_text(fs::path(package) / "Sources/SebenCorrection/FrozenModel.swift", 1U << 26U);
  EXPECT_NE(frozen.find("#\"\"\"\n" + ranker_.to_text() + "\"\"\"#"), std::string::npos);
  EXPECT_NE(frozen.find("#\"\"\"\n" + vocabulary_.to_json() + "\"\"\"#"), std::string::npos);
}

TEST_F(Export, RowsAreVariedAndTheSameEveryTime) {
  const std::string a = folder_ / "a", b = folder_ / "b", c = folder_ / "c";
  const ExportSummary summary = export_package({ranker_, vocabulary_, ""}, a, {200, 3});
  export_package({ranker_, vocabulary_, ""}, b, {200, 3});
  export_package({ranker_, vocabulary_, ""}, c, {200, 4});
  const auto rows = read_rows(a);
  EXPECT_EQ(rows, read_rows(b));
  EXPECT_NE(rows, read_rows(c));
  ASSERT_EQ(rows.size(), 200U);
  EXPECT_GT(summary.corrected, 20);
  EXPECT_LT(summary.corrected, 190);
  EXPECT_GT(summary.slow_scores, 0);
  EXPECT_GT(summary.candidates, 5000);
  const auto holds = [&](auto&& rule) { return std::ranges::any_of(rows, rule); };
  EXPECT_TRUE(holds([](const auto& row) { return row["hypothesis"].is_null(); }));
  EXPECT_TRUE(holds([](const auto& row) { return !row["aligned"].template get<bool>(); }));
  EXPECT_TRUE(holds(
      [](const auto& row) { return row["corrected"].size() == 4 && row["corrected"][0] != row["corrected"][3]; }));
  EXPECT_TRUE(holds([](const auto& row) {
    return std::ranges::any_of(row["candidates"], [](const auto& candidate) { return candidate[3].is_null(); });
  }));
}

TEST_F(Export, RefusesWhatItCannotExport) {
  fs::create_directories(folder_ / "there");
  EXPECT_TRUE(seben::test::fails_with(ErrorCategory::io, "does not exist yet", [&] {
    export_package({ranker_, vocabulary_, ""}, folder_ / "there", {1, 1});
  }));
  ranker_.language_model = correction::LanguageModelIdentity{5, "ab"};
  EXPECT_TRUE(seben::test::is_bad_data("language_model", [&] {
    export_package({ranker_, vocabulary_, ""}, folder_ / "new", {1, 1});
  }));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1);
}

// Not a test by itself: tests/apple/swift/swift_test.sh has Swift test what this writes.
TEST(SwiftPackage, OfAnInventedRankerIsWritten) {
  const char* directory = std::getenv("SEBEN_SWIFT_PACKAGE");
  if (directory == nullptr) GTEST_SKIP() << "SEBEN_SWIFT_PACKAGE names no folder";
  const auto vocabulary = nko::Vocabulary::nko_blank_first();
  auto ranker = test::invented_ranker(vocabulary, 7);
  const std::string arpa = test::invented_language_model(vocabulary, 7);
  ranker.language_model =
      correction::LanguageModelIdentity{4, base::sha256_hex(std::as_bytes(std::span(arpa.data(), arpa.size())))};
  export_package({ranker, vocabulary, arpa}, directory);
}

TEST(SeededLogProbs, AreTheDocumentedNumbers) {
  // The first outputs of splitmix64 from state 1234567, as its authors' program prints them.
  SplitMix64 random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
}

TEST(SeededLogProbs, AreNormalisedAndPeakWhereTheyShould) {
  const auto vocabulary = nko::Vocabulary::nko_blank_last();
  const ctc::LogProbs log_probs = make_log_probs({5, 12, {10, 20, 30}, 20, 3}, vocabulary);
  ASSERT_EQ(log_probs.frames, 12);
  ctc::require_normalised(log_probs.view(), "seeded");
  EXPECT_TRUE(std::isinf(log_probs.view().at(0, vocabulary.masked()[0])));
  for (const auto& [frame, label] : {std::pair{2, 10}, std::pair{6, 20}, std::pair{10, 30}}) {
    EXPECT_GT(log_probs.view().at(frame, label), -0.8F) << frame;  // a rival may be as probable, not more
  }
}

}  // namespace
}  // namespace seben::swift
