// SPDX-License-Identifier: Apache-2.0
// Temporary files and folders: gone afterwards, and no child's business.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "base/partial_name.h"
#include "base/scratch_file.h"
#include "base/scratch_folder.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::base {
namespace {

namespace fs = std::filesystem;
using test::fails_with;

std::span<const std::byte> written_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// TMPDIR for as long as the test takes.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& path) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { before_ ? ::setenv("TMPDIR", before_->c_str(), 1) : ::unsetenv("TMPDIR"); }

 private:
  std::optional<std::string> before_;
};

TEST(ScratchFile, NoChildInheritsItAndItHasNoName) {
  const test::TempDir dir;
  const TemporaryFolder there(dir.str());
  ScratchFile file("words");
  file.append(written_bytes("one "));
  file.append(written_bytes("two"));
  EXPECT_TRUE(fs::is_empty(dir.str()));
  const Descriptor descriptor = file.take();
  EXPECT_NE(::fcntl(descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
  std::string text(7, ' ');
  EXPECT_EQ(::read(descriptor.get(), text.data(), text.size()), 7);
  EXPECT_EQ(text, "one two");
}

TEST(ScratchFile, OfAFixedSizeIsMappedAndStaysWithinIt) {
  ScratchFile file(std::uint64_t{1} << 20, "numbers");
  file.write(5, written_bytes("words"));
  file.release(0, file.bytes().size());
  EXPECT_EQ(static_cast<char>(file.bytes()[5]), 'w');
  EXPECT_EQ(static_cast<char>(file.bytes()[4]), '\0');
  EXPECT_TRUE(fails_with(ErrorCategory::internal, "to stay within",
                         [&] { file.write((std::uint64_t{1} << 20) - 1, written_bytes("words")); }));
}

TEST(ScratchFile, WithoutAFolderIsAnInputOutputError) {
  const TemporaryFolder nowhere("/no/such/folder");
  EXPECT_TRUE(
      fails_with(ErrorCategory::io, "words: expected a temporary file (TMPDIR)", [] { ScratchFile f("words"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "a copy", [] { ScratchFile f("words", "a copy"); }));
  EXPECT_TRUE(fails_with(ErrorCategory::io, "a folder for temporary files", [] { ScratchFolder f; }));
}

TEST(ScratchFolder, IsItsOwnersAloneAndGoneAfterwards) {
  const test::TempDir dir;
  const TemporaryFolder there(dir.str());
  {
    const ScratchFolder folder;
    test::write_file(folder.file("a"), "x");
    struct stat status {};
    ASSERT_EQ(::stat(fs::path(folder.file("a")).parent_path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, 0700U);
  }
  EXPECT_TRUE(fs::is_empty(dir.str()));
}

TEST(PartialName, IsNewEachTimeShortAndKnown) {
  EXPECT_NE(partial_name("a"), partial_name("a"));
  EXPECT_TRUE(partial_name("talk.srt").starts_with("talk.srt.partial-"));
  EXPECT_TRUE(is_partial_name(partial_name("talk.srt")));
  EXPECT_TRUE(is_partial_name(partial_name("")));
  for (const char* other :
       {"", "talk.srt", "a.partial-1234", "a.partial-0123456789abcdeX", "a-partial-0123456789abcdef"}) {
    EXPECT_FALSE(is_partial_name(other)) << other;
  }
  std::string nko;
  for (int i = 0; i < 100; ++i) nko += "\xDF\x92";  // U+07D2: cut where a character begins
  const std::string name = partial_name("x" + nko);
  EXPECT_LE(name.size(), 143U);
  EXPECT_EQ((name.find(".partial-") - 1) % 2, 0U);
}

}  // namespace
}  // namespace seben::base
