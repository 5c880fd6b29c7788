// SPDX-License-Identifier: Apache-2.0
// Bytes that may be more than the memory holds: they lie in a temporary file that has no name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/posix.h"

namespace seben::base {

/// Where temporary files go: TMPDIR, else /tmp.
[[nodiscard]] std::string temporary_folder();

/// A file in temporary_folder() that is gone with the process however it ends, and that no child inherits. Not for
/// several threads.
class ScratchFile {
 public:
  /// An empty one, to be written front to back. `purpose` starts error messages; `need`, when given, is what all of
  /// them expect. Error(io) when the file cannot be made.
  explicit ScratchFile(std::string purpose, std::string need = {});
  /// One of a fixed size, mapped read-only; the parts that were never written take no room.
  ScratchFile(std::uint64_t bytes, std::string purpose);
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  /// Behind what was written. Error(io) when the disk is full.
  void append(std::span<const std::byte> bytes);
  /// Within the fixed size.
  void write(std::uint64_t offset, std::span<const std::byte> bytes);
  /// Of the fixed size.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  /// Lets the pages go; reading them again reads the file again.
  void release(std::uint64_t offset, std::uint64_t bytes) const noexcept;
  /// The descriptor, at the beginning of the file, for the caller to own.
  [[nodiscard]] Descriptor take();

 private:
  void put(std::uint64_t offset, std::span<const std::byte> bytes);
  [[noreturn]] void refuse(const char* expected, int error) const;

  std::string purpose_, need_;
  Descriptor descriptor_;
  std::uint64_t end_ = 0;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace seben::base
