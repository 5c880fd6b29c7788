// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "seben/error.h"

namespace seben::base {
namespace {

std::string reason(int error) { return std::strerror(error); }

[[noreturn]] void fail_open(const std::string& path, int error) {
  const bool exhausted = error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO;
  throw Error(exhausted ? ErrorCategory::io : ErrorCategory::no_input, path, "a readable file", reason(error));
}

// Closes on the way out of a scope.
class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  [[nodiscard]] int get() const noexcept { return value_; }

 private:
  int value_;
};

int open_for_reading(const std::string& path) {
  if (path.find('\0') != std::string::npos) fail_open(path, EINVAL);
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) fail_open(path, errno);
  return descriptor;
}

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

MappedFile MappedFile::open(const std::string& path) {
  const Descriptor descriptor(open_for_reading(path));
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) fail_open(path, errno);
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorCategory::no_input, path, "a regular file", kind_of(status.st_mode));
  }
  MappedFile file;
  file.path_ = path;
  file.size_ = static_cast<std::size_t>(status.st_size);
  if (file.size_ == 0) return file;  // mmap refuses length 0
  void* address = ::mmap(nullptr, file.size_, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (address == MAP_FAILED) {
    const int error = errno;
    file.size_ = 0;
    throw Error(ErrorCategory::io, path, "to be mapped into memory", reason(error));
  }
  file.data_ = static_cast<const std::byte*>(address);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)), path_(std::move(other.path_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(path_, other.path_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

std::string_view MappedFile::text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }

void MappedFile::advise(std::size_t offset, std::size_t length, int advice) const noexcept {
  if (offset >= size_ || length == 0) return;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t begin = offset / page * page;
  const std::size_t end = offset + std::min(length, size_ - offset);
  ::madvise(const_cast<std::byte*>(data_) + begin, end - begin, advice);
}

void MappedFile::release(std::size_t offset, std::size_t length) const noexcept {
  // Advice only: neighbours that share the border pages are read from the file again when they are needed.
  advise(offset, length, MADV_DONTNEED);
}

void MappedFile::prefetch(std::size_t offset, std::size_t length) const noexcept {
  advise(offset, length, MADV_WILLNEED);
}

void MappedFile::advise_sequential() const noexcept {
  if (data_ != nullptr) ::madvise(const_cast<std::byte*>(data_), size_, MADV_SEQUENTIAL);
}

std::string read_text(const std::string& path, std::size_t max_bytes) {
  const Descriptor descriptor(open_for_reading(path));
  std::string text;
  std::vector<char> buffer(std::size_t{1} << 16);
  for (;;) {
    const ssize_t count = ::read(descriptor.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EISDIR) throw Error(ErrorCategory::no_input, path, "a regular file", "a folder");
    if (count < 0) throw Error(ErrorCategory::io, path, "to be read", reason(errno));
    if (count == 0) return text;
    if (static_cast<std::size_t>(count) > max_bytes - text.size()) {
      throw Error(ErrorCategory::bad_data, path, "at most " + std::to_string(max_bytes) + " bytes", "more");
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)), partial_(path_ + ".partial-" + std::to_string(::getpid())) {
  descriptor_ = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw Error(ErrorCategory::io, path_, "to be created", reason(errno));
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      partial_(std::move(other.partial_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      written_(std::exchange(other.written_, 0)) {}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  ::unlink(partial_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (descriptor_ < 0) throw Error(ErrorCategory::internal, path_, "an open file", "a finished one");
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw Error(ErrorCategory::io, path_, "to be written", reason(errno));
    written_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::commit() {
  if (descriptor_ < 0) throw Error(ErrorCategory::internal, path_, "an open file", "a finished one");
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) {  // EINVAL: the file system cannot
    throw Error(ErrorCategory::io, path_, "to be made durable", reason(errno));
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 || ::rename(partial_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(partial_.c_str());
    throw Error(ErrorCategory::io, path_, "to be put in place", reason(error));
  }
  const Descriptor folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) ::fsync(folder.get());  // the name itself; not every file system can
}

void write_text(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace seben::base
