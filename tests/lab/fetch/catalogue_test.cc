// SPDX-License-Identifier: Apache-2.0
#include "fetch/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fetch/names.h"
#include "fetch/sha1.h"
#include "support/errors.h"

namespace seben::fetch {
namespace {

using test::is_bad_data;

std::string catalogue_of(const std::string& model) {
  return R"({"schema": "seben.catalogue", "version": 1, "models": [)" + model + "]}";
}
std::string model_of(const std::string& name, const std::string& files = R"([{"path": "a.bin"}])") {
  return R"({"name": ")" + name +
         R"(", "about": "a", "repository": "o/n", "revision": "main", "licence": "MIT", "files": )" + files + "}";
}
auto parsing(const std::string& text) {
  return [text] { (void)parse_catalogue(text, "c.json"); };
}

TEST(Catalogue, TheBuiltInOneHasOpenAisModelsAndTheirTwoOtherForms) {
  const Catalogue catalogue = load_catalogue("");
  for (const char* name : {"tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en", "large-v1",
                           "large-v2", "large-v3", "large-v3-turbo"}) {
    for (const char* form : {"", "faster-whisper-", "ggml-"}) {
      const CatalogueModel* model = catalogue.find(std::string(form) + name);
      ASSERT_NE(model, nullptr) << form << name;
      EXPECT_TRUE(is_sha1_hex(model->revision)) << "not a commit, so it may change: " << model->name;
    }
  }
  EXPECT_EQ(catalogue.find("turbo")->name, "large-v3-turbo");
  EXPECT_EQ(catalogue.find("large")->name, "large-v3");
  EXPECT_EQ(catalogue.find("huge"), nullptr);
}

TEST(Catalogue, WeightsOfTheBuiltInOneAreKnownByTheirDigest) {
  for (const CatalogueModel& model : load_catalogue("").models) {
    for (const CatalogueFile& file : model.files) {
      if (file.path.ends_with(".json") || file.path.ends_with(".txt")) continue;
      EXPECT_EQ(file.expected.sha256.size(), 64U) << model.name << " " << file.path;
      EXPECT_TRUE(file.expected.bytes) << model.name << " " << file.path;
    }
  }
}

TEST(Catalogue, SaysWhatIsNotKnownBeforehand) {
  const Catalogue catalogue =
      parse_catalogue(catalogue_of(model_of("a") + "," + model_of("b", R"([{"path": "b", "bytes": 3, "git":
        "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f"}])")),
                      "c.json");
  EXPECT_FALSE(catalogue.find("a")->is_pinned());
  EXPECT_FALSE(catalogue.find("a")->bytes());
  EXPECT_TRUE(catalogue.find("b")->is_pinned());
  EXPECT_EQ(catalogue.find("b")->bytes(), 3U);
}

TEST(Catalogue, RefusesNamesThatWouldLeaveTheirFolder) {
  for (const char* name : {"../x", "a/b", ".hidden", "", "-x", "a b"}) {
    EXPECT_TRUE(is_bad_data("name", parsing(catalogue_of(model_of(name))))) << name;
  }
  for (const char* path : {"../a", "/a", "a/../b", "a//b", ".git/config", "a/.b", "a\\\\b", "a\\u0001b", ""}) {
    EXPECT_TRUE(
        is_bad_data("path", parsing(catalogue_of(model_of("a", R"([{"path": ")" + std::string(path) + R"("}])")))))
        << path;
  }
}

TEST(Catalogue, RefusesWhatIsNoCatalogue) {
  EXPECT_TRUE(is_bad_data("schema", parsing(R"({"schema": "x", "version": 1, "models": []})")));
  EXPECT_TRUE(is_bad_data("version", parsing(R"({"schema": "seben.catalogue", "version": 2, "models": []})")));
  EXPECT_TRUE(is_bad_data("every name and alias once", parsing(catalogue_of(model_of("a") + "," + model_of("a")))));
  EXPECT_TRUE(
      is_bad_data("every path once", parsing(catalogue_of(model_of("a", R"([{"path": "x"}, {"path": "x"}])")))));
  EXPECT_TRUE(is_bad_data("sha256", parsing(catalogue_of(model_of("a", R"([{"path": "x", "sha256": "12"}])")))));
  EXPECT_TRUE(is_bad_data("git", parsing(catalogue_of(model_of("a", R"([{"path": "x", "git": "ABC"}])")))));
  EXPECT_TRUE(is_bad_data("bytes", parsing(catalogue_of(model_of("a", R"([{"path": "x", "bytes": -1}])")))));
  EXPECT_TRUE(is_bad_data("files", parsing(catalogue_of(model_of("a", "[]")))));
  EXPECT_TRUE(is_bad_data("c.json", parsing("{")));
}

TEST(Names, RepositoriesAreTwoPlainParts) {
  for (const char* good : {"openai/whisper-base", "Systran/faster-whisper-tiny.en", "a/b"})
    EXPECT_TRUE(is_repository(good));
  for (const char* bad : {"a", "a/b/c", "../b", "a/..", "a/b--c", "a/", "/b", "a/b c", ".a/b", "a/-b", "a/b\n"}) {
    EXPECT_FALSE(is_repository(bad)) << bad;
  }
}

TEST(Names, RevisionsAndFilesStayInside) {
  EXPECT_TRUE(is_revision("refs/pr/3"));
  EXPECT_TRUE(is_revision("v1.0"));
  for (const char* bad : {"", "..", "a/../b", "/a", "a/", "a b", "-x"}) EXPECT_FALSE(is_revision(bad)) << bad;
  EXPECT_TRUE(is_repository_file("sub/model.bin"));
  EXPECT_FALSE(is_repository_file("sub/.model"));
}

TEST(Sha1, OfTheStandardsExamplesAndAGitBlob) {
  const auto of = [](std::string_view text) {
    Sha1 hash;
    hash.update(text);
    return hash.finish_hex();
  };
  EXPECT_EQ(of(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(of("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(of(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
  EXPECT_EQ(of(std::string("blob 3\0abc", 10)), "f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f");
}

}  // namespace
}  // namespace seben::fetch
