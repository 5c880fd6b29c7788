// SPDX-License-Identifier: Apache-2.0
// Where compiled models are kept, without the framework that compiles them.
#include "export/compiled_models.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;

class CompiledModelCache : public testing::Test {
 protected:
  CompiledModelCache() {
    fs::create_directories(dir_ / "p.mlpackage/Data/weights");
    test::write_file(dir_ / "p.mlpackage/Data/model.mlmodel", "program");
    test::write_file(dir_ / "p.mlpackage/Data/weights/weight.bin", "weights");
  }

  // As the framework does: somewhere, and a new one each time.
  std::string compile(const std::string& text) {
    const std::string made = dir_ / ("made-" + std::to_string(++compiled_));
    fs::create_directories(made);
    test::write_file(made + "/model.mil", text);
    return made;
  }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_ / "cache"), {}));
  }

  test::TempDir dir_;
  int compiled_ = 0;
  const CompiledFor here_{"Version 14.5 (Build 23F79)", "arm64", "all"};
};

TEST_F(CompiledModelCache, KeyCoversWeightsSystemHardwareAndUnits) {
  const std::string package = dir_ / "p.mlpackage";
  std::set<std::string> keys{compiled_key(package, here_)};
  EXPECT_EQ(compiled_key(package, here_), *keys.begin());
  keys.insert(compiled_key(package, {"Version 14.6 (Build 23G80)", "arm64", "all"}));
  keys.insert(compiled_key(package, {here_.system, "x86_64", "all"}));
  keys.insert(compiled_key(package, {here_.system, "arm64", "CPU only"}));
  keys.insert(compiled_key(package, {here_.system, "arm6", "4all"}));
  test::write_file(package + "/Data/weights/weight.bin", "other weights");  // the same program
  keys.insert(compiled_key(package, here_));
  fs::rename(package + "/Data/weights/weight.bin", package + "/Data/weights/w.bin");
  keys.insert(compiled_key(package, here_));
  EXPECT_EQ(keys.size(), 7U);
}

TEST_F(CompiledModelCache, IsMadeOnceAndKept) {
  const CompiledModels models(dir_ / "cache");
  const std::string first = models.find_or_make("a", [&] { return compile("one"); });
  EXPECT_EQ(test::read_file(first + "/model.mil"), "one");
  EXPECT_EQ(CompiledModels(dir_ / "cache").find_or_make("a", [&] { return compile("two"); }), first);
  EXPECT_EQ(compiled_, 1);
  EXPECT_FALSE(fs::exists(dir_ / "made-1"));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(CompiledModelCache, AnotherProcessMayBeFirst) {
  const CompiledModels models(dir_ / "cache");
  const std::string path = models.find_or_make("a", [&] {
    static_cast<void>(models.find_or_make("a", [&] { return compile("first"); }));
    return compile("second");
  });
  EXPECT_EQ(test::read_file(path + "/model.mil"), "first");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(CompiledModelCache, FailureLeavesNothing) {
  const CompiledModels models(dir_ / "cache");
  EXPECT_THROW(static_cast<void>(models.find_or_make("a", []() -> std::string { throw std::runtime_error("no"); })),
               std::runtime_error);
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "can be moved",
                               [&] { static_cast<void>(models.find_or_make("a", [&] { return dir_ / "nowhere"; })); }));
  EXPECT_EQ(entries(), 0U);
}

TEST_F(CompiledModelCache, FolderIsTheUsersAloneOrRefused) {
  static_cast<void>(CompiledModels(dir_ / "deep/cache"));
  struct stat info = {};
  ASSERT_EQ(::stat((dir_ / "deep/cache").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  const auto refused = [&](const char* folder, const char* says) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::io, says, [&] { CompiledModels{dir_ / folder}; }));
  };
  fs::create_directories(dir_ / "shared");
  fs::permissions(dir_ / "shared", fs::perms::all);
  refused("shared", "one open to others");
  fs::create_directory_symlink(dir_ / "deep/cache", dir_ / "link");
  refused("link", "a link");
  test::write_file(dir_ / "file", "");
  refused("file", "something else");
}

TEST_F(CompiledModelCache, ALinkUnderTheModelsNameIsNotFollowed) {
  const CompiledModels models(dir_ / "cache");
  fs::create_directories(dir_ / "elsewhere");
  fs::create_directory_symlink(dir_ / "elsewhere", dir_ / "cache/a.mlmodelc");
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "a compiled model's folder",
                               [&] { static_cast<void>(models.find_or_make("a", [&] { return compile("one"); })); }));
  EXPECT_EQ(compiled_, 0);
}

}  // namespace
}  // namespace seben::deploy
