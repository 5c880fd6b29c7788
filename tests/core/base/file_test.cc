// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::base {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::TempDir;

TEST(MappedFile, ShowsTheBytesAndSurvivesMovesAndRelease) {
  const TempDir dir;
  const std::string text(100'000, 'x');
  test::write_file(dir / "a", text + "end");
  MappedFile file = MappedFile::open(dir / "a");
  MappedFile moved = std::move(file);
  EXPECT_EQ(moved.text(), text + "end");
  moved.release(5, moved.size());
  moved.release(moved.size() + 1, 10);
  EXPECT_EQ(moved.text(), text + "end");
  moved = MappedFile::open(dir / "a");
  EXPECT_EQ(moved.size(), text.size() + 3);
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  const TempDir dir;
  test::write_file(dir / "empty", "");
  EXPECT_EQ(MappedFile::open(dir / "empty").size(), 0U);
}

TEST(MappedFile, NamesWhatItCannotOpen) {
  const TempDir dir;
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "none", [&] { (void)MappedFile::open(dir / "none"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "a folder", [&] { (void)MappedFile::open(dir.str()); }));
  ASSERT_EQ(mkfifo((dir / "fifo").c_str(), 0600), 0);
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "Invalid", [&] { (void)MappedFile::open(std::string("a\0b", 3)); }));
}

TEST(ReadText, BoundsWhatItReads) {
  const TempDir dir;
  test::write_file(dir / "a", "12345");
  EXPECT_EQ(read_text(dir / "a", 5), "12345");
  EXPECT_TRUE(fails_with(ErrorCategory::bad_data, "at most 4 bytes", [&] { (void)read_text(dir / "a", 4); }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "a folder", [&] { (void)read_text(dir.str(), 4); }));
}

TEST(AtomicFile, LeavesTheWholeFileOrNothing) {
  const TempDir dir;
  {
    AtomicFile file(dir / "a");
    file.write("half");
    EXPECT_FALSE(fs::exists(dir / "a"));
  }
  EXPECT_TRUE(fs::is_empty(dir.str()));
  AtomicFile file(dir / "a");
  file.write("whole");
  AtomicFile moved = std::move(file);
  moved.write("!");
  EXPECT_EQ(moved.bytes_written(), 6U);
  moved.commit();
  EXPECT_EQ(test::read_file(dir / "a"), "whole!");
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.str()), fs::directory_iterator()), 1);
  EXPECT_TRUE(fails_with(ErrorCategory::internal, "finished", [&] { moved.write("more"); }));
}

TEST(AtomicFile, AnOldFileStaysUntilCommit) {
  const TempDir dir;
  write_text(dir / "a", "old");
  {
    AtomicFile file(dir / "a");
    file.write("new");
  }
  EXPECT_EQ(test::read_file(dir / "a"), "old");
  write_text(dir / "a", "new");
  EXPECT_EQ(test::read_file(dir / "a"), "new");
}

TEST(AtomicFile, FailuresAreInputOutputErrors) {
  const TempDir dir;
  EXPECT_TRUE(fails_with(ErrorCategory::io, "to be created", [&] { AtomicFile file(dir / "no/such/folder"); }));
  fs::create_directories(dir / "taken/inside");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "in place", [&] { write_text(dir / "taken", "x"); }));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.str()), fs::directory_iterator()), 1);
}

TEST(AtomicFile, AFullDiskIsAnInputOutputError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const TempDir dir;
  // The partial name is a link to the full device: writing reaches it as it would reach a full disk.
  fs::create_symlink("/dev/full", (dir / "a") + ".partial-" + std::to_string(getpid()));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "No space left", [&] { write_text(dir / "a", "x"); }));
  EXPECT_FALSE(fs::exists(dir / "a"));
}

}  // namespace
}  // namespace seben::base
