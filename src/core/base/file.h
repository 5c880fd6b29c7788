// SPDX-License-Identifier: Apache-2.0
// Files: read-only mappings, small texts, and writing that leaves either the whole new file or nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/interrupt.h"

namespace seben::base {

/// A regular file mapped read-only. Movable, not copyable; threads may read the same mapping.
/// Shrinking the file while it is mapped is the one thing that cannot be survived (SIGBUS), as with every mmap.
class MappedFile {
 public:
  /// Throws Error(no_input) for a missing, unreadable or irregular file, Error(io) when the mapping itself fails.
  [[nodiscard]] static MappedFile open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::string_view text() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Lets the pages of [offset, offset + length) go; reading them again reads the file again. Never fails.
  void release(std::size_t offset, std::size_t length) const noexcept;
  /// Has [offset, offset + length) read from the disk in the background, for use soon. Never fails.
  void prefetch(std::size_t offset, std::size_t length) const noexcept;
  /// Tells the kernel that the whole file will be read once, front to back.
  void advise_sequential() const noexcept;

 private:
  MappedFile() = default;
  void advise(std::size_t offset, std::size_t length, int advice) const noexcept;

  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::string path_;
};

/// The whole of a text file. Throws Error(no_input) as MappedFile does, Error(bad_data) when it is longer than
/// `max_bytes`.
[[nodiscard]] std::string read_text(const std::string& path, std::size_t max_bytes);

/// What a link at the name of a new file means: another place, or something to be replaced.
enum class Links { followed, replaced };

/// Writes `path` by way of a file of an unpredictable name beside it, which takes the place of a regular file at once
/// and keeps its permissions; a link is followed, and its end replaced, unless `links` says otherwise. Without `commit`
/// nothing is left behind, not even after an exception. Pipes, character devices and standard output (`-`) are written
/// to as they are: what reached them before a failure stays there. A full disk, a missing folder and every other
/// failure are Error(io).
class AtomicFile {
 public:
  explicit AtomicFile(std::string path, Links links = Links::followed);
  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Makes the file durable and gives it its name; writing afterwards is Error(internal).
  void commit();
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return written_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  [[nodiscard]] bool in_place() const noexcept { return partial_.empty(); }
  void wait_to_write(int error) const;
  void discard() noexcept;

  std::string path_;
  std::string target_;   ///< where the links end
  std::string partial_;  ///< empty when written in place
  int descriptor_ = -1;
  std::uint64_t written_ = 0;
  MustTidyUp until_named_;
};

/// Writes a whole file through AtomicFile.
void write_text(const std::string& path, std::string_view text, Links links = Links::followed);

/// Error(io) when AtomicFile could not begin to write `path`: asked before the work whose result goes there. Nothing
/// is left behind and nothing is written.
void require_writable(const std::string& path);

}  // namespace seben::base
