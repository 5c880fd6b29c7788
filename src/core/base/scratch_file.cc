// SPDX-License-Identifier: Apache-2.0
#include "base/scratch_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/interrupt.h"
#include "base/partial_name.h"
#include "seben/error.h"

namespace seben::base {
namespace {

constexpr const char* kRoom = "room in the temporary folder (TMPDIR)";

}  // namespace

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

ScratchFile::ScratchFile(std::string purpose, std::string need) : purpose_(std::move(purpose)), need_(std::move(need)) {
  std::string path;
  descriptor_ = create_partial_file(temporary_folder() + "/seben", 0600, path);
  if (!descriptor_) refuse("a temporary file (TMPDIR)", errno);
  ::unlink(path.c_str());
}

ScratchFile::ScratchFile(std::uint64_t bytes, std::string purpose) : ScratchFile(std::move(purpose)) {
  size_ = static_cast<std::size_t>(bytes);
  if (size_ == 0) return;
  void* address = MAP_FAILED;
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(bytes)) == 0) {
    address = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, descriptor_.get(), 0);
  }
  if (address == MAP_FAILED) refuse("a temporary file of its size (TMPDIR)", errno);
  data_ = static_cast<const std::byte*>(address);
}

ScratchFile::~ScratchFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

void ScratchFile::refuse(const char* expected, int error) const {
  throw Error(ErrorCategory::io, purpose_, need_.empty() ? expected : need_, reason(error));
}

// Never through the mapping: a full disk is an error here and would be a signal there.
void ScratchFile::put(std::uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno != EINTR) refuse(kRoom, errno);
    if (count < 0) {
      throw_if_interrupted();
      continue;
    }
    offset += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void ScratchFile::append(std::span<const std::byte> bytes) {
  put(end_, bytes);
  end_ += bytes.size();
}

void ScratchFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
  if (offset > size_ || bytes.size() > size_ - offset) {
    throw Error(ErrorCategory::internal, purpose_, "to stay within " + std::to_string(size_) + " bytes", "more");
  }
  put(offset, bytes);
}

void ScratchFile::release(std::uint64_t offset, std::uint64_t bytes) const noexcept {
  if (data_ == nullptr || offset >= size_) return;
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::uint64_t begin = offset / page * page;
  const std::uint64_t end = offset + (bytes < size_ - offset ? bytes : size_ - offset);
  ::madvise(const_cast<std::byte*>(data_) + begin, static_cast<std::size_t>(end - begin), MADV_DONTNEED);
}

Descriptor ScratchFile::take() {
  if (::lseek(descriptor_.get(), 0, SEEK_SET) != 0) refuse(kRoom, errno);
  return std::move(descriptor_);
}

}  // namespace seben::base
