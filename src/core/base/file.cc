// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/posix.h"
#include "seben/error.h"

namespace seben::base {
namespace {

[[noreturn]] void fail_open(const std::string& path, int error) {
  const bool exhausted = error == EMFILE || error == ENFILE || error == ENOMEM || error == EIO;
  throw Error(exhausted ? ErrorCategory::io : ErrorCategory::no_input, path, "a readable file", reason(error));
}

int open_for_reading(const std::string& path) {
  if (path.find('\0') != std::string::npos) fail_open(path, EINVAL);
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) fail_open(path, errno);
  return descriptor;
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
    if (count == 0) break;
    if (static_cast<std::size_t>(count) > max_bytes - text.size()) {
      throw Error(ErrorCategory::bad_data, path, "at most " + std::to_string(max_bytes) + " bytes", "more");
    }
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  // What some editors of Windows call Unicode. Neither byte can begin a UTF-8 text.
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw Error(ErrorCategory::bad_data, path, "UTF-8", "UTF-16");
  }
  return text;
}

}  // namespace seben::base
