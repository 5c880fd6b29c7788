// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

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
  for (const std::string& utf16 : {std::string("\xFF\xFE\x31\0", 4), std::string("\xFE\xFF\0\x31", 4)}) {
    write_text(dir / "a", utf16);  // "Unicode", say Notepad and Excel
    EXPECT_TRUE(
        fails_with(ErrorCategory::bad_data, "a: expected UTF-8, found UTF-16", [&] { (void)read_text(dir / "a", 9); }));
  }
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

std::size_t entries(const TempDir& dir) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir.str()), fs::directory_iterator()));
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode;
}

TEST(AtomicFile, FailuresAreInputOutputErrors) {
  const TempDir dir;
  EXPECT_TRUE(fails_with(ErrorCategory::io, "to be created", [&] { AtomicFile file(dir / "no/such/folder"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "to be created", [&] { AtomicFile file(""); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "to be created", [&] { AtomicFile file(dir / std::string(256, 'n')); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "Invalid", [&] { AtomicFile file(std::string("a\0b", 3)); }));
  fs::create_directories(dir / "taken/inside");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "in place", [&] { write_text(dir / "taken", "x"); }));
  EXPECT_EQ(entries(dir), 1U);
}

TEST(AtomicFile, AFullDiskIsAnInputOutputError) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const TempDir dir;
  fs::create_symlink("/dev/full", dir / "a");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "No space left", [&] { write_text(dir / "a", "x"); }));
  EXPECT_TRUE(fs::is_symlink(dir / "a"));
  EXPECT_TRUE(fs::is_character_file("/dev/full"));
}

TEST(AtomicFile, ALinkAtTheFormerPartialNameIsNotOverwritten) {
  const TempDir dir;
  test::write_file(dir / "victim", "precious");
  fs::create_symlink(dir / "victim", (dir / "a") + ".partial-" + std::to_string(::getpid()));
  write_text(dir / "a", "new");
  EXPECT_EQ(test::read_file(dir / "victim"), "precious");
  EXPECT_EQ(test::read_file(dir / "a"), "new");
}

TEST(AtomicFile, TwoOfOneNameDoNotCollide) {
  const TempDir dir;
  const auto write = [&](char c) {
    for (int i = 0; i < 50; ++i) {
      AtomicFile file(dir / "a");
      for (int piece = 0; piece < 10; ++piece) file.write(std::string(1000, c));
      file.commit();
    }
  };
  std::thread other(write, 'b');
  write('a');
  other.join();
  const std::string text = test::read_file(dir / "a");
  EXPECT_TRUE(text == std::string(10'000, 'a') || text == std::string(10'000, 'b'));
  EXPECT_EQ(entries(dir), 1U);
}

TEST(AtomicFile, ALongNameLeavesRoomForThePartialOne) {
  const TempDir dir;
  const std::string name(255, 'n');
  write_text(dir / name, "x");
  EXPECT_EQ(test::read_file(dir / name), "x");
}

TEST(AtomicFile, AReplacedFileKeepsItsPermissions) {
  const TempDir dir;
  for (const mode_t mode : {mode_t{0600}, mode_t{0640}, mode_t{0664}, mode_t{0755}}) {
    test::write_file(dir / "a", "old");
    ASSERT_EQ(::chmod((dir / "a").c_str(), mode), 0);
    write_text(dir / "a", "new");
    EXPECT_EQ(mode_of(dir / "a") & 07777U, mode);
    EXPECT_EQ(test::read_file(dir / "a"), "new");
  }
  const mode_t mask = ::umask(027);
  write_text(dir / "fresh", "x");
  ::umask(mask);
  EXPECT_EQ(mode_of(dir / "fresh") & 07777U, 0640U);
}

TEST(AtomicFile, ALinkStaysAndItsEndIsReplaced) {
  const TempDir dir;
  fs::create_directory(dir / "inner");
  test::write_file(dir / "inner/target", "old");
  fs::create_symlink("inner/second", dir / "first");
  fs::create_symlink("target", dir / "inner/second");
  write_text(dir / "first", "new");
  EXPECT_TRUE(fs::is_symlink(dir / "first"));
  EXPECT_TRUE(fs::is_symlink(dir / "inner/second"));
  EXPECT_EQ(test::read_file(dir / "inner/target"), "new");
  fs::create_symlink("none-yet", dir / "dangling");
  write_text(dir / "dangling", "x");
  EXPECT_EQ(test::read_file(dir / "none-yet"), "x");
  write_text(dir / "first", "own", Links::replaced);
  EXPECT_EQ(test::read_file(dir / "inner/target"), "new");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(dir / "first")));
  fs::create_symlink("circle", dir / "circle");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "to be created", [&] { write_text(dir / "circle", "x"); }));
}

TEST(AtomicFile, APipeIsWrittenThrough) {
  const TempDir dir;
  const std::string pipe = dir / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = test::read_file(pipe); });
  AtomicFile file(pipe);
  file.write("through");
  file.commit();
  reader.join();
  EXPECT_EQ(got, "through");
  EXPECT_TRUE(S_ISFIFO(mode_of(pipe)));
}

TEST(AtomicFile, ADeviceIsWrittenThrough) {
  write_text("/dev/null", "gone");
  EXPECT_TRUE(S_ISCHR(mode_of("/dev/null")));
  EXPECT_EQ(fs::directory_entry("/dev/null").is_character_file(), true);
}

TEST(AtomicFile, ADashIsStandardOutput) {
  for (const char* name : {"-", "/dev/stdout", "/dev/fd/1"}) {
    testing::internal::CaptureStdout();
    std::printf("before ");
    write_text(name, "after");
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "before after") << name;
  }
  EXPECT_FALSE(fs::exists("-"));
}

TEST(RequireWritable, SaysBeforeTheWorkWhatWritingWouldSay) {
  const TempDir dir;
  test::write_file(dir / "there", "old");
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  const std::size_t before = entries(dir);
  for (const std::string& good :
       {dir / "new", dir / "there", dir / "pipe", std::string("/dev/null"), std::string("-")}) {
    EXPECT_NO_THROW(require_writable(good)) << good;
  }
  for (const std::string& bad : {dir / "no/such", dir.str(), dir / std::string(256, 'n'), std::string("/dev/fd/987")}) {
    EXPECT_TRUE(fails_with(ErrorCategory::io, "to be", [&] { require_writable(bad); })) << bad;
  }
  EXPECT_EQ(entries(dir), before);
  EXPECT_EQ(test::read_file(dir / "there"), "old");
}

}  // namespace
}  // namespace seben::base
