// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/sha256.h"
#include "bundle/ranker.h"
#include "fit/kneser_ney.h"
#include "program.h"
#include "support/invented_ranker.h"
#include "support/tiny_bundle.h"

namespace seben {
namespace {

class CliExport : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = std::make_unique<test::TempDir>();
    (void)test::make_tiny_bundle(*shared_);
  }
  static void TearDownTestSuite() { shared_.reset(); }
  CliExport() { std::filesystem::copy(*shared_ / "bundle", bundle_, std::filesystem::copy_options::recursive); }

  // The tiny bundle's vocabulary under a ranker that claims its head.
  void install_ranker(bool language_model) {
    const auto opened = bundle::Bundle::open(bundle_);
    correction::Ranker ranker = swift::test::invented_ranker(opened.vocabulary());
    ranker.head = bundle::head_identity(opened);
    const std::string arpa = *shared_ / "model.arpa";
    if (language_model) {
      base::write_text(arpa, lm::train({U"ab", U"ba"}, {2, 1}).model.to_arpa());
      ranker.language_model = correction::LanguageModelIdentity{2, base::sha256_file(arpa)};
    }
    bundle::store_ranker(bundle_, ranker, language_model ? arpa : "");
  }
  [[nodiscard]] test::Outcome export_swift(const std::string& flags = "") const {
    return test::run("export swift " + flags + " '" + bundle_ + "' '" + package_ + "'");
  }

  static inline std::unique_ptr<test::TempDir> shared_;
  test::TempDir dir_;
  std::string bundle_ = dir_ / "bundle";
  std::string package_ = dir_ / "package";
};

TEST_F(CliExport, WritesAPackageAndSaysWhatIsInIt) {
  install_ranker(false);
  const test::Outcome done = export_swift("--rows 20 --seed 3");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(done.out.find("20 rows to agree on"), std::string::npos) << done.out;
  for (const char* file : {"Package.swift", "README.md", "Sources/SebenCorrection/FrozenModel.swift",
                           "Tests/SebenCorrectionTests/Fixtures/rows.jsonl"}) {
    EXPECT_TRUE(std::filesystem::exists(package_ + "/" + file)) << file;
  }
}

TEST_F(CliExport, NeedsARanker) {
  const test::Outcome refused = export_swift();
  EXPECT_EQ(refused.exit_code, 78);
  EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
  EXPECT_NE(refused.err.find("ranker"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(package_));
}

TEST_F(CliExport, NeverWritesIntoAFolderThatIsThere) {
  install_ranker(false);
  std::filesystem::create_directory(package_);
  const test::Outcome refused = export_swift("--rows 1");
  EXPECT_EQ(refused.exit_code, 74);
  EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
  EXPECT_TRUE(std::filesystem::is_empty(package_));
}

TEST_F(CliExport, TakesTheLanguageModelAlong) {
  install_ranker(true);
  const test::Outcome done = export_swift("--rows 5");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(base::read_text(package_ + "/Sources/SebenCorrection/Resources/language-model.arpa", 1U << 20U),
            base::read_text(*shared_ / "model.arpa", 1U << 20U));
}

}  // namespace
}  // namespace seben
