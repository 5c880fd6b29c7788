// SPDX-License-Identifier: Apache-2.0
#include "audio/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::audio {
namespace {

std::string system_message(int error) { return std::strerror(error); }

// One open file descriptor. Offsets count from where the descriptor stood when it was handed over, so that standard
// input that was partly read by another program before us still begins at 0.
class DescriptorSource final : public ByteSource {
 public:
  DescriptorSource(int fd, bool owned, std::string name) : fd_(fd), owned_(owned), name_(std::move(name)) {
    struct stat status {};
    if (::fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) return;
    origin_ = ::lseek(fd_, 0, SEEK_CUR);
    if (origin_ >= 0 && status.st_size >= origin_) size_ = status.st_size - origin_;
  }
  DescriptorSource(const DescriptorSource&) = delete;
  DescriptorSource& operator=(const DescriptorSource&) = delete;
  ~DescriptorSource() override {
    if (owned_) ::close(fd_);
  }

  std::size_t read(std::span<std::uint8_t> out) override {
    while (true) {
      base::throw_if_interrupted();
      const ssize_t got = ::read(fd_, out.data(), out.size());
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) throw Error(ErrorCategory::io, name_, "readable bytes", system_message(errno));
    }
  }

  [[nodiscard]] bool seekable() const noexcept override { return size_.has_value(); }

  void seek(std::int64_t offset) override {
    if (!seekable() || ::lseek(fd_, origin_ + offset, SEEK_SET) < 0) {
      throw Error(ErrorCategory::io, name_, "to move to byte " + std::to_string(offset), system_message(errno));
    }
  }

  [[nodiscard]] std::optional<std::int64_t> size() const noexcept override { return size_; }
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }

 private:
  int fd_;
  bool owned_;
  std::string name_;
  off_t origin_ = 0;
  std::optional<std::int64_t> size_;
};

class MemorySource final : public ByteSource {
 public:
  MemorySource(std::vector<std::uint8_t> bytes, std::string name, bool seekable)
      : bytes_(std::move(bytes)), name_(std::move(name)), seekable_(seekable) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    base::throw_if_interrupted();
    const std::size_t count = std::min(out.size(), bytes_.size() - position_);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }

  [[nodiscard]] bool seekable() const noexcept override { return seekable_; }

  void seek(std::int64_t offset) override {
    if (!seekable_ || offset < 0) {
      throw Error(ErrorCategory::io, name_, "an offset inside the bytes", std::to_string(offset));
    }
    position_ = std::min(static_cast<std::size_t>(offset), bytes_.size());
  }

  [[nodiscard]] std::optional<std::int64_t> size() const noexcept override {
    if (!seekable_) return std::nullopt;
    return static_cast<std::int64_t>(bytes_.size());
  }
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::string name_;
  bool seekable_;
  std::size_t position_ = 0;
};

class SpanSource final : public ByteSource {
 public:
  SpanSource(std::span<const std::byte> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    base::throw_if_interrupted();
    const std::size_t count = std::min(out.size(), bytes_.size() - position_);
    if (count != 0) std::memcpy(out.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }
  [[nodiscard]] bool seekable() const noexcept override { return true; }
  void seek(std::int64_t offset) override {
    if (offset < 0) throw Error(ErrorCategory::io, name_, "an offset inside the bytes", std::to_string(offset));
    position_ = std::min(static_cast<std::size_t>(offset), bytes_.size());
  }
  [[nodiscard]] std::optional<std::int64_t> size() const noexcept override {
    return static_cast<std::int64_t>(bytes_.size());
  }
  [[nodiscard]] const std::string& name() const noexcept override { return name_; }

 private:
  std::span<const std::byte> bytes_;
  std::string name_;
  std::size_t position_ = 0;
};

class BorrowedSource final : public ByteSource {
 public:
  explicit BorrowedSource(ByteSource& source) : source_(source) { source_.seek(0); }

  std::size_t read(std::span<std::uint8_t> out) override { return source_.read(out); }
  [[nodiscard]] bool seekable() const noexcept override { return source_.seekable(); }
  void seek(std::int64_t offset) override { source_.seek(offset); }
  [[nodiscard]] std::optional<std::int64_t> size() const noexcept override { return source_.size(); }
  [[nodiscard]] const std::string& name() const noexcept override { return source_.name(); }

 private:
  ByteSource& source_;
};

}  // namespace

std::unique_ptr<ByteSource> open_byte_source(const std::string& path) {
  if (path == "-") return std::make_unique<DescriptorSource>(STDIN_FILENO, false, "standard input");
  int fd = -1;
  do {  // opening a named pipe waits for its writer and can be interrupted
    base::throw_if_interrupted();
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) throw Error(ErrorCategory::no_input, path, "a readable recording", system_message(errno));
  auto source = std::make_unique<DescriptorSource>(fd, true, path);
  struct stat status {};
  if (::fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    throw Error(ErrorCategory::no_input, path, "a recording", "a folder");
  }
  return source;
}

std::unique_ptr<ByteSource> descriptor_byte_source(int fd, std::string name) {
  return std::make_unique<DescriptorSource>(fd, true, std::move(name));
}

std::unique_ptr<ByteSource> borrowed_descriptor_source(int fd, std::string name) {
  return std::make_unique<DescriptorSource>(fd, false, std::move(name));
}

std::unique_ptr<ByteSource> span_byte_source(std::span<const std::byte> bytes, std::string name) {
  return std::make_unique<SpanSource>(bytes, std::move(name));
}

std::unique_ptr<ByteSource> from_the_beginning(ByteSource& source) { return std::make_unique<BorrowedSource>(source); }

std::unique_ptr<ByteSource> memory_byte_source(std::vector<std::uint8_t> bytes, std::string name, bool seekable) {
  return std::make_unique<MemorySource>(std::move(bytes), std::move(name), seekable);
}

}  // namespace seben::audio
