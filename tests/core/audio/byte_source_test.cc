// SPDX-License-Identifier: Apache-2.0
// Where bytes of recordings come from: files, pipes, memory; and the copy that a movie in a pipe needs.
#include "audio/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "audio/spool.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::audio {
namespace {

using test::fails_with;

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

// Everything that is left, in reads of `step` bytes.
std::string rest_of(ByteSource& source, std::size_t step = 7) {
  std::string all;
  std::vector<std::uint8_t> piece(step);
  while (const std::size_t got = source.read(piece)) {
    all.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
  }
  return all;
}

// A pipe that `text` is written into while the test reads.
class Pipe {
 public:
  explicit Pipe(std::string text) {
    EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
    writer_ = std::thread([text = std::move(text), fd = ends_[1]] {
      for (std::size_t at = 0; at < text.size();) {
        const ssize_t written = ::write(fd, text.data() + at, text.size() - at);
        if (written <= 0) break;
        at += static_cast<std::size_t>(written);
      }
      ::close(fd);
    });
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() { writer_.join(); }
  [[nodiscard]] std::unique_ptr<ByteSource> source() const { return descriptor_byte_source(ends_[0], "the pipe"); }

 private:
  std::array<int, 2> ends_{};
  std::thread writer_;
};

TEST(ByteSource, AFileIsReadAndSought) {
  const test::TempDir dir;
  test::write_file(dir / "f", "0123456789");
  const auto source = open_byte_source(dir / "f");
  EXPECT_TRUE(source->seekable());
  EXPECT_EQ(source->size(), 10);
  EXPECT_EQ(source->name(), dir / "f");
  EXPECT_EQ(rest_of(*source, 3), "0123456789");
  source->seek(4);
  EXPECT_EQ(rest_of(*source), "456789");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "byte -1", [&] { source->seek(-1); }));
}

TEST(ByteSource, ADescriptorBeginsWhereItStands) {
  const test::TempDir dir;
  test::write_file(dir / "f", "0123456789");
  const int fd = ::open((dir / "f").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::lseek(fd, 4, SEEK_SET), 4);
  const auto source = descriptor_byte_source(fd, "d");
  EXPECT_EQ(source->size(), 6);
  EXPECT_EQ(rest_of(*source), "456789");
  source->seek(1);
  EXPECT_EQ(rest_of(*source), "56789");
}

TEST(ByteSource, APipeHasNeitherSizeNorPlaces) {
  const Pipe pipe("abcdefghij");
  const auto source = pipe.source();
  EXPECT_FALSE(source->seekable());
  EXPECT_EQ(source->size(), std::nullopt);
  EXPECT_TRUE(fails_with(ErrorCategory::io, "the pipe", [&] { source->seek(0); }));
  EXPECT_EQ(rest_of(*source), "abcdefghij");
}

TEST(ByteSource, MemoryWithAndWithoutPlaces) {
  const auto source = memory_byte_source(bytes_of("0123456789"), "m");
  EXPECT_EQ(source->size(), 10);
  source->seek(8);
  EXPECT_EQ(rest_of(*source), "89");
  source->seek(100);
  EXPECT_EQ(rest_of(*source), "");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "m", [&] { source->seek(-1); }));
  const auto stream = memory_byte_source(bytes_of("01"), "s", false);
  EXPECT_EQ(stream->size(), std::nullopt);
  EXPECT_TRUE(fails_with(ErrorCategory::io, "s", [&] { stream->seek(0); }));
  EXPECT_EQ(rest_of(*stream), "01");
}

TEST(ByteSource, WhatIsNoFileIsNoInput) {
  const test::TempDir dir;
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "No such file", [&] { (void)open_byte_source(dir / "none"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "a folder", [&] { (void)open_byte_source(dir.str()); }));
}

TEST(Spool, WhatCanBeSoughtStaysAsItIs) {
  auto source = memory_byte_source(bytes_of("....ftyp"), "m");
  const ByteSource* before = source.get();
  EXPECT_EQ(spool_if_needed(std::move(source)).get(), before);
}

TEST(Spool, OtherStreamsGoThroughWithoutACopy) {
  for (const std::string text : {"RIFF....WAVEfmt and so on", "short", ""}) {
    const auto source = spool_if_needed(memory_byte_source(bytes_of(text), "s", false));
    EXPECT_FALSE(source->seekable()) << text;
    EXPECT_EQ(source->size(), std::nullopt);
    EXPECT_EQ(source->name(), "s");
    EXPECT_EQ(rest_of(*source, 3), text);
  }
}

TEST(Spool, MoviesAreCopiedWholeWhateverTheirFirstBox) {
  for (const char* box : {"ftyp", "moov", "mdat", "wide", "free", "skip"}) {
    std::string text = std::string("\0\0\0\x18", 4) + box;
    for (int i = 0; i < 200'000; ++i) text += static_cast<char>(i * 31 % 251);
    const Pipe pipe(text);
    const auto source = spool_if_needed(pipe.source());
    EXPECT_TRUE(source->seekable()) << box;
    EXPECT_EQ(source->size(), static_cast<std::int64_t>(text.size()));
    EXPECT_EQ(rest_of(*source, 65536), text) << box;
    source->seek(4);
    EXPECT_EQ(rest_of(*source, 65536), text.substr(4));
  }
}

// The copy has no name: nothing is left in TMPDIR, also while it is used.
TEST(Spool, LeavesNothingBehindAndNeedsAFolder) {
  const test::TempDir dir;
  const char* before = std::getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  const std::string movie = std::string("\0\0\0\x18", 4) + "ftyp and more";
  ASSERT_EQ(::setenv("TMPDIR", dir.str().c_str(), 1), 0);
  {
    const auto source = spool_if_needed(memory_byte_source(bytes_of(movie), "s", false));
    EXPECT_EQ(rest_of(*source), movie);
    EXPECT_TRUE(std::filesystem::is_empty(dir.str()));
  }
  ASSERT_EQ(::setenv("TMPDIR", (dir / "none").c_str(), 1), 0);
  EXPECT_TRUE(fails_with(ErrorCategory::io, "TMPDIR",
                         [&] { (void)spool_if_needed(memory_byte_source(bytes_of(movie), "s", false)); }));
  if (before == nullptr) {
    ::unsetenv("TMPDIR");
  } else {
    ::setenv("TMPDIR", kept.c_str(), 1);
  }
}

}  // namespace
}  // namespace seben::audio
