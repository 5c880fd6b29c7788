// SPDX-License-Identifier: Apache-2.0
// Where the bytes of a recording come from: a file, standard input or memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace seben::audio {

/// A stream of bytes. Not safe for use by two threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  /// Up to `out.size()` bytes into `out`; 0 at the end. Throws Error(io), or what throw_if_interrupted() throws.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;

  /// Whether seek() works. A pipe is not seekable.
  [[nodiscard]] virtual bool seekable() const noexcept = 0;

  /// Moves to `offset` bytes from the beginning; only for a seekable source. Throws Error(io).
  virtual void seek(std::int64_t offset) = 0;

  /// Length in bytes where it is known.
  [[nodiscard]] virtual std::optional<std::int64_t> size() const noexcept = 0;

  /// What messages call this source: the path, or "standard input".
  [[nodiscard]] virtual const std::string& name() const noexcept = 0;
};

/// A file, or standard input for "-". Throws Error(no_input) for what cannot be opened or is a folder.
/// Standard input is seekable exactly when it is redirected from a regular file.
[[nodiscard]] std::unique_ptr<ByteSource> open_byte_source(const std::string& path);

/// An open file descriptor, closed with the source. Offsets count from where it stands now.
[[nodiscard]] std::unique_ptr<ByteSource> descriptor_byte_source(int fd, std::string name);

/// The same of a descriptor that stays the caller's and open.
[[nodiscard]] std::unique_ptr<ByteSource> borrowed_descriptor_source(int fd, std::string name);

/// Another source, which must be seekable and outlive it, from its beginning on.
[[nodiscard]] std::unique_ptr<ByteSource> from_the_beginning(ByteSource& source);

/// Bytes held in memory, for tests and for callers that received a recording over a socket.
/// `seekable` false makes it behave like a pipe.
[[nodiscard]] std::unique_ptr<ByteSource> memory_byte_source(std::vector<std::uint8_t> bytes, std::string name,
                                                             bool seekable = true);

/// Bytes that stay the caller's, who keeps them as long as the source.
[[nodiscard]] std::unique_ptr<ByteSource> span_byte_source(std::span<const std::byte> bytes, std::string name);

}  // namespace seben::audio
