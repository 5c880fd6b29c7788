// SPDX-License-Identifier: Apache-2.0
#include "fetch/places.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>

#include "fetch/hub_cache.h"
#include "fetch/known_files.h"
#include "fetch/models_folder.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::fetch {
namespace {

using test::fails_with;
using test::is_bad_data;

// An environment of nothing but what a test sets.
class PlacesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kNames) {
      if (const char* value = std::getenv(name)) before_[name] = value;
      unsetenv(name);
    }
    setenv("HOME", dir_.str().c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : kNames) unsetenv(name);
    for (const auto& [name, value] : before_) setenv(name.c_str(), value.c_str(), 1);
  }

  static constexpr const char* kNames[] = {"HOME",
                                           "SEBEN_MODELS",
                                           "XDG_DATA_HOME",
                                           "XDG_CACHE_HOME",
                                           "HF_HOME",
                                           "HF_HUB_CACHE",
                                           "HUGGINGFACE_HUB_CACHE",
                                           "HF_ENDPOINT",
                                           "HF_TOKEN",
                                           "HUGGING_FACE_HUB_TOKEN",
                                           "HF_TOKEN_PATH",
                                           "HF_HUB_OFFLINE",
                                           "HF_HUB_DISABLE_IMPLICIT_TOKEN"};
  test::TempDir dir_;
  std::map<std::string, std::string> before_;
};

TEST_F(PlacesTest, AreBelowTheHomeByDefault) {
  const Places places = Places::of_environment();
  EXPECT_EQ(places.models, dir_ / ".local/share/seben/models");
  EXPECT_EQ(places.hub_cache, dir_ / ".cache/huggingface/hub");
  EXPECT_EQ(places.downloads, dir_ / ".cache/seben/downloads");
  EXPECT_EQ(places.endpoint, "https://huggingface.co");
  EXPECT_EQ(places.token, "");
  EXPECT_FALSE(places.offline);
}

TEST_F(PlacesTest, FollowHuggingFacesVariables) {
  setenv("XDG_CACHE_HOME", "/x", 1);
  EXPECT_EQ(Places::of_environment().hub_cache, "/x/huggingface/hub");
  setenv("HF_HOME", "~/hf", 1);
  EXPECT_EQ(Places::of_environment().hub_cache, dir_ / "hf/hub");
  setenv("HUGGINGFACE_HUB_CACHE", "/old", 1);
  EXPECT_EQ(Places::of_environment().hub_cache, "/old");
  setenv("HF_HUB_CACHE", "/new", 1);
  EXPECT_EQ(Places::of_environment().hub_cache, "/new");
  setenv("SEBEN_MODELS", "/models", 1);
  EXPECT_EQ(Places::of_environment().models, "/models");
  setenv("HF_ENDPOINT", "https://mirror.example/hf/", 1);
  EXPECT_EQ(Places::of_environment().endpoint, "https://mirror.example/hf");
  setenv("HF_HUB_OFFLINE", "yes", 1);
  EXPECT_TRUE(Places::of_environment().offline);
}

TEST_F(PlacesTest, TheTokenIsThatOfTheLogin) {
  setenv("HF_HOME", dir_.str().c_str(), 1);
  test::write_file(dir_ / "token", "hf_stored\n");
  EXPECT_EQ(Places::of_environment().token, "hf_stored");
  setenv("HF_TOKEN", "hf_given", 1);
  EXPECT_EQ(Places::of_environment().token, "hf_given");
  unsetenv("HF_TOKEN");
  setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1", 1);
  EXPECT_EQ(Places::of_environment().token, "");
}

TEST_F(PlacesTest, ATokenIsNotSentOpenly) {
  setenv("HF_TOKEN", "hf_secret", 1);
  setenv("HF_ENDPOINT", "http://mirror.example", 1);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "HF_ENDPOINT", [] { (void)Places::of_environment(); }));
  setenv("HF_ENDPOINT", "http://127.0.0.1:8080", 1);
  EXPECT_EQ(Places::of_environment().token, "hf_secret");
  setenv("HF_TOKEN", "a\r\nHost: evil", 1);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "HF_TOKEN", [] { (void)Places::of_environment(); }));
  unsetenv("HF_TOKEN");
  setenv("HF_ENDPOINT", "file:///etc", 1);
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "HF_ENDPOINT", [] { (void)Places::of_environment(); }));
}

TEST(HubCache, KnowsWhatMayNameABlob) {
  for (const char* good : {"abc", "0123456789abcdef", "a-b_c.d"}) EXPECT_TRUE(is_blob_name(good)) << good;
  for (const char* bad : {"", ".", "..", "a/b", "a b", "a\n", "x.incomplete", "\"a\""})
    EXPECT_FALSE(is_blob_name(bad)) << bad;
}

TEST(HubCache, ReferencesHoldCommits) {
  const test::TempDir dir;
  const HubCache cache(dir.str(), "a/b");
  const std::string commit(40, 'a');
  EXPECT_FALSE(cache.commit_of("main"));
  EXPECT_EQ(cache.commit_of(commit), commit);
  cache.keep_reference("refs/pr/1", commit);
  EXPECT_EQ(cache.commit_of("refs/pr/1"), commit);
  test::write_file(dir / "models--a--b/refs/main", "../../../etc");
  EXPECT_TRUE(is_bad_data("a commit of 40 digits", [&] { (void)cache.commit_of("main"); }));
}

TEST(KnownFiles, RefuseWhatIsNoRecord) {
  const test::TempDir dir;
  const KnownFiles known(dir / "known-files.json");
  EXPECT_EQ(known.find("x"), "");
  known.keep("x", std::string(64, 'a'));
  known.keep("y", std::string(64, 'b'));
  EXPECT_EQ(known.find("x"), std::string(64, 'a'));
  test::write_file(dir / "known-files.json", R"({"schema": "seben.known-files", "version": 1, "sha256": {"x": "1"}})");
  EXPECT_TRUE(is_bad_data("64 lowercase", [&] { (void)known.find("x"); }));
  test::write_file(dir / "known-files.json", "{");
  EXPECT_TRUE(is_bad_data("known-files.json", [&] { (void)known.find("x"); }));
}

TEST(ModelsFolder, HasBundlesByName) {
  const test::TempDir dir;
  const ModelsFolder models(dir.str());
  for (const char* name : {"a", "b.en", ".hidden", "c.partial-0123456789abcdef"}) {
    std::filesystem::create_directories(dir / name);
    test::write_file(dir / name + std::string("/bundle.json"), "{}");
  }
  std::filesystem::create_directories(dir / "no-bundle");
  EXPECT_EQ(models.names(), (std::vector<std::string>{"a", "b.en"}));
  EXPECT_EQ(models.find("a"), dir / "a");
  EXPECT_FALSE(models.find("no-bundle"));
  EXPECT_FALSE(models.find("../" + std::filesystem::path(dir.str()).filename().string() + "/a"));
}

}  // namespace
}  // namespace seben::fetch
