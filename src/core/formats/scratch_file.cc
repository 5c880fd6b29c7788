// SPDX-License-Identifier: Apache-2.0
#include "formats/scratch_file.h"

#include <stdlib.h>  // mkstemp is POSIX
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "seben/error.h"

namespace seben::tensor {

ScratchFile::ScratchFile(std::uint64_t bytes, std::string purpose)
    : purpose_(std::move(purpose)), size_(static_cast<std::size_t>(bytes)) {
  if (size_ == 0) return;
  const char* folder = std::getenv("TMPDIR");
  std::string path = std::string(folder != nullptr && *folder != '\0' ? folder : "/tmp") + "/seben-XXXXXX";
  descriptor_ = ::mkstemp(path.data());
  if (descriptor_ < 0) refuse("a temporary file (TMPDIR)");
  ::unlink(path.c_str());
  void* address = MAP_FAILED;
  if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0) {
    address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_, 0);
  }
  if (address == MAP_FAILED) {
    const int error = errno;
    ::close(std::exchange(descriptor_, -1));
    errno = error;
    refuse("a temporary file of its size (TMPDIR)");
  }
  data_ = static_cast<const std::byte*>(address);
}

ScratchFile::~ScratchFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void ScratchFile::refuse(const char* expected) const {
  throw Error(ErrorCategory::io, purpose_, expected, std::strerror(errno));
}

// Never through the mapping: a full disk is an error here and would be a signal there.
void ScratchFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (offset > size_ || bytes.size() > size_ - offset) {
    throw Error(ErrorCategory::internal, purpose_, "to stay within " + std::to_string(size_) + " bytes", "more");
  }
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) refuse("room in the temporary folder (TMPDIR)");
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void ScratchFile::release(std::uint64_t offset, std::uint64_t bytes) const noexcept {
  if (data_ == nullptr || offset >= size_) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = offset / page * page;
  const std::uint64_t end = offset + (bytes < size_ - offset ? bytes : size_ - offset);
  ::madvise(const_cast<std::byte*>(data_) + begin, static_cast<std::size_t>(end - begin), MADV_DONTNEED);
}

}  // namespace seben::tensor
