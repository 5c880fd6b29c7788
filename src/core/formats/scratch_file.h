// SPDX-License-Identifier: Apache-2.0
// Numbers that had to be computed and may be larger than the memory: they lie in an unnamed temporary file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace seben::tensor {

/// A file of a fixed size in TMPDIR, else /tmp, that is gone with the process however it ends. Its bytes are mapped
/// read-only; the parts that were never written take no room. Not for several threads.
class ScratchFile {
 public:
  /// `purpose` starts error messages. Error(io) when the file cannot be made.
  ScratchFile(std::uint64_t bytes, std::string purpose);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  /// Error(io) when the disk is full.
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// Lets the pages go; reading them again reads the file again.
  void release(std::uint64_t offset, std::uint64_t bytes) const noexcept;

 private:
  [[noreturn]] void refuse(const char* expected) const;

  std::string purpose_;
  int descriptor_ = -1;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace seben::tensor
