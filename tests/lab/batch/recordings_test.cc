// SPDX-License-Identifier: Apache-2.0
#include "batch/recordings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::batch {
namespace {

namespace fs = std::filesystem;

TEST(Recordings, ListsAreLines) {
  EXPECT_EQ(parse_list("\xEF\xBB\xBF# what\na.wav\r\n\n b c.wav \nd", "l"),
            (std::vector<std::string>{"a.wav", " b c.wav ", "d"}));
  EXPECT_TRUE(parse_list("", "l").empty());
  EXPECT_TRUE(test::is_bad_data("l: line 2: expected a path of at most",
                                [] { (void)parse_list("a\n" + std::string(5000, 'x'), "l"); }));
  EXPECT_TRUE(test::is_bad_data("zero byte", [] { (void)parse_list(std::string_view("a\0b", 3), "l"); }));
  std::string many;
  for (std::size_t i = 0; i <= kMostRecordings; ++i) many += "a\n";
  EXPECT_TRUE(test::is_bad_data("at most 1000000 recordings", [&] { (void)parse_list(many, "l"); }));
}

TEST(Recordings, FoldersAreWalkedInOrder) {
  const test::TempDir dir;
  for (const char* folder : {"b", "b/deep", ".hidden", "empty"}) fs::create_directory(dir / folder);
  for (const char* file :
       {"z.wav", "a.MP3", "b/x.opus", "b/deep/y.flac", "b/notes.txt", ".wav", ".hidden/no.wav", "c.json"})
    test::write_file(dir / file, "x");
  fs::create_directory_symlink(dir.str(), dir / "circle");
  std::vector<std::string> names;
  for (const NamedRecording& one : recordings_in(dir.str())) {
    EXPECT_EQ(one.path, dir / one.name);
    names.push_back(one.name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"a.MP3", "b/deep/y.flac", "b/x.opus", "z.wav"}));
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "recordings in the folder",
                               [&] { (void)recordings_in(dir / "empty"); }));
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::no_input, "readable folder", [&] { (void)recordings_in(dir / "nothere"); }));
}

TEST(Recordings, FoldersAndFilesTogether) {
  const test::TempDir dir;
  fs::create_directory(dir / "f");
  test::write_file(dir / "f/a.wav", "x");
  const auto all = expand({"other/q.bin", dir / "f"});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "q.bin");
  EXPECT_EQ(all[1].name, "a.wav");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "each recording once", [&] {
    (void)expand({dir / "f/a.wav", dir / "f"});
  }));
}

}  // namespace
}  // namespace seben::batch
