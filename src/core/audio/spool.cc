// SPDX-License-Identifier: Apache-2.0
#include "audio/spool.h"

#include <stdlib.h>  // mkstemp is POSIX
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

constexpr std::size_t kHeadBytes = 8;  // size and type of the first box
constexpr std::size_t kCopyBytes = 65536;

// The bytes that were looked at, then the rest.
class HeadedSource final : public ByteSource {
 public:
  HeadedSource(std::vector<std::uint8_t> head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    if (taken_ == head_.size()) return rest_->read(out);
    const std::size_t count = std::min(out.size(), head_.size() - taken_);
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
    taken_ += count;
    return count;
  }
  [[nodiscard]] bool seekable() const noexcept override { return false; }
  void seek(std::int64_t offset) override { rest_->seek(offset); }
  [[nodiscard]] std::optional<std::int64_t> size() const noexcept override { return std::nullopt; }
  [[nodiscard]] const std::string& name() const noexcept override { return rest_->name(); }

 private:
  std::vector<std::uint8_t> head_;
  std::unique_ptr<ByteSource> rest_;
  std::size_t taken_ = 0;
};

std::vector<std::uint8_t> read_head(ByteSource& source) {
  std::vector<std::uint8_t> head(kHeadBytes);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = source.read(std::span<std::uint8_t>(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

bool is_movie(const std::vector<std::uint8_t>& head) {
  if (head.size() < kHeadBytes) return false;
  const std::string_view type(reinterpret_cast<const char*>(head.data()) + 4, 4);
  constexpr std::array<std::string_view, 6> kFirstBoxes = {"ftyp", "moov", "mdat", "wide", "free", "skip"};
  return std::find(kFirstBoxes.begin(), kFirstBoxes.end(), type) != kFirstBoxes.end();
}

class OwnedDescriptor {
 public:
  explicit OwnedDescriptor(int fd) noexcept : fd_(fd) {}
  OwnedDescriptor(const OwnedDescriptor&) = delete;
  OwnedDescriptor& operator=(const OwnedDescriptor&) = delete;
  ~OwnedDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

[[noreturn]] void refuse(const std::string& name) {
  throw Error(ErrorCategory::io, name, "room for a temporary copy (TMPDIR)", std::strerror(errno));
}

int open_unnamed_file(const std::string& name) {
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/seben-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) refuse(name);
  ::unlink(path.c_str());
  return fd;
}

void write_all(int fd, std::span<const std::uint8_t> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) refuse(name);
    if (written < 0) {
      base::throw_if_interrupted();
      continue;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::unique_ptr<ByteSource> spool_if_needed(std::unique_ptr<ByteSource> source) {
  if (source->seekable()) return source;
  std::vector<std::uint8_t> bytes = read_head(*source);
  if (!is_movie(bytes)) return std::make_unique<HeadedSource>(std::move(bytes), std::move(source));
  OwnedDescriptor file(open_unnamed_file(source->name()));
  write_all(file.get(), bytes, source->name());
  bytes.resize(kCopyBytes);
  while (const std::size_t got = source->read(bytes)) {
    write_all(file.get(), std::span<const std::uint8_t>(bytes).first(got), source->name());
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) refuse(source->name());
  return descriptor_byte_source(file.release(), source->name());
}

}  // namespace seben::audio
