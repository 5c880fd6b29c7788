// SPDX-License-Identifier: Apache-2.0
#include "base/new_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

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

}  // namespace
}  // namespace seben::base
