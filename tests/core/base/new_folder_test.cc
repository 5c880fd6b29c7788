// SPDX-License-Identifier: Apache-2.0
#include "base/new_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/rename.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::base {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const test::TempDir& dir) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir.str()), {}));
}

TEST(NewFolder, GetsItsNameWhenItIsComplete) {
  const test::TempDir dir;
  {
    const NewFolder folder(dir / "new/");  // a slash at the end is no other folder
    folder.write("a/b.txt", "words");
    EXPECT_FALSE(fs::exists(dir / "new"));
    EXPECT_TRUE(fs::exists(folder.partial() / "a/b.txt"));
    folder.commit();
  }
  EXPECT_EQ(test::read_file(dir / "new/a/b.txt"), "words");
  EXPECT_EQ(entries(dir), 1U);
}

TEST(NewFolder, LeavesNothingWithoutCommit) {
  const test::TempDir dir;
  {
    const NewFolder folder(dir / "new");
    folder.write("a", "words");
  }
  EXPECT_EQ(entries(dir), 0U);
}

TEST(NewFolder, RefusesWhatIsThere) {
  const test::TempDir dir;
  fs::create_directory(dir / "there");
  fs::create_symlink(dir / "nowhere", dir / "dangling");
  for (const char* name : {"there", "there/", "dangling"}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::io, "does not exist yet", [&] { const NewFolder f(dir / name); }))
        << name;
  }
  const NewFolder first(dir / "new");
  fs::create_directory(dir / "new");
  test::write_file(dir / "new/other", "taken meanwhile");
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "name", [&] { first.commit(); }));
  EXPECT_EQ(test::read_file(dir / "new/other"), "taken meanwhile");
}

TEST(NewFolder, WhatAKilledRunLeftIsNotPublished) {
  const test::TempDir dir;
  const std::string stale = (dir / "new") + ".partial-" + std::to_string(::getpid());
  fs::create_directories(stale + "/inside");
  test::write_file(stale + "/inside/old", "stale");
  {
    const NewFolder folder(dir / "new");
    folder.write("a", "words");
    folder.commit();
  }
  EXPECT_TRUE(fs::exists(dir / "new/a"));
  EXPECT_FALSE(fs::exists(dir / "new/inside"));
  EXPECT_EQ(test::read_file(stale + "/inside/old"), "stale");  // nor thrown away: it may be somebody's
}

TEST(NewFolder, AnEmptyFolderThatCameMeanwhileIsNotReplaced) {
  const test::TempDir dir;
  const NewFolder folder(dir / "new");
  fs::create_directory(dir / "new");
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "name", [&] { folder.commit(); }));
}

TEST(NewFolder, ReplacesAtOnceWhenItMay) {
  const test::TempDir dir;
  fs::create_directories(dir / "there/old");
  fs::create_directory_symlink("there", dir / "link");
  for (const char* name : {"there", "link"}) {
    {
      const NewFolder folder(dir / name, {true});
      folder.write("a", name);
      EXPECT_FALSE(fs::exists(dir / "there/a") && test::read_file(dir / "there/a") == name);
      folder.commit();
    }
    EXPECT_EQ(test::read_file(dir / "there/a"), name);
    EXPECT_FALSE(fs::exists(dir / "there/old"));
    EXPECT_TRUE(fs::is_symlink(dir / "link"));
    EXPECT_EQ(entries(dir), 2U);
  }
}

TEST(NewFolder, MakesOnlyTheParentsThatItMay) {
  const test::TempDir dir;
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "made so", [&] {
    const NewFolder folder(dir / "a/b", {false, false, "made so"});
  }));
  EXPECT_EQ(entries(dir), 0U);
  const NewFolder folder(dir / "a/b");
  EXPECT_TRUE(fs::is_directory(dir / "a"));
}

TEST(Rename, KeepsItsPromises) {
  const test::TempDir dir;
  test::write_file(dir / "a", "a");
  test::write_file(dir / "b", "b");
  EXPECT_EQ(rename_new(dir / "a", dir / "b"), EEXIST);
  EXPECT_EQ(rename_new(dir / "none", dir / "c"), ENOENT);
  EXPECT_EQ(exchange(dir / "a", dir / "b", dir / "spare"), 0);
  EXPECT_EQ(test::read_file(dir / "a"), "b");
  EXPECT_EQ(rename_new(dir / "a", dir / "c"), 0);
  EXPECT_EQ(test::read_file(dir / "c"), "b");
  EXPECT_EQ(entries(dir), 2U);
}

}  // namespace
}  // namespace seben::base
