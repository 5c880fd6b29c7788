// SPDX-License-Identifier: Apache-2.0
// weight.bin, version 2 of Core ML's blob storage: a header of 64 bytes, then for each constant a record of 64 bytes
// and its data, everything aligned to 64 bytes, little end first. Layout: coremltools, MILBlob/Blob/StorageFormat.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/sha256.h"
#include "mil/dtype.h"
#include "mil/literal.h"

namespace seben::coreml {

inline constexpr std::uint64_t kBlobAlignment = 64;

/// One constant in the file.
struct BlobRecord {
  std::uint64_t offset = 0;  ///< of the record, which is what a program refers to
  mil::DType dtype = mil::DType::fp32;
  std::uint64_t bytes = 0;
  std::uint64_t data_offset = 0;
  std::uint64_t unused_bits = 0;  ///< of the last byte, for elements below a byte
};

/// A memory-mapped weight file. Every defect is Error(bad_data) naming the file, the offset and the field; a file of
/// zeros, an AppleDouble file, the older version 1 and a truncated file are called by these names.
class BlobFile {
 public:
  [[nodiscard]] static BlobFile open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object.
  [[nodiscard]] static BlobFile view(std::span<const std::byte> bytes, const std::string& source);

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// The record at `offset`, after checking sentinel, type, alignment and bounds.
  [[nodiscard]] BlobRecord record(std::uint64_t offset) const;
  [[nodiscard]] std::span<const std::byte> data(const BlobRecord& record) const {
    return bytes_.subspan(record.data_offset, record.bytes);
  }
  /// All records, front to back; Error(bad_data) when they are not as many as the header says, overlap, or leave bytes
  /// at the end.
  [[nodiscard]] std::vector<BlobRecord> records() const;

 private:
  BlobFile() = default;
  void check_header();

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  std::uint32_t count_ = 0;
};

/// Writes a weight file front to back in bounded memory, through AtomicFile.
class BlobWriter {
 public:
  BlobWriter(const std::string& path, std::uint32_t count);

  /// Streams `payload` and returns the record's offset.
  std::uint64_t append(mil::DType dtype, std::int64_t elements, const mil::Payload& payload);
  /// Error(internal) unless `count` constants were appended. Returns the file's SHA-256.
  std::string commit();
  [[nodiscard]] std::uint64_t bytes_written() const noexcept { return at_; }

 private:
  void write(std::span<const std::byte> bytes);
  void pad();

  base::AtomicFile file_;
  base::Sha256 digest_;
  std::uint32_t count_, appended_ = 0;
  std::uint64_t at_ = 0;
};

/// Bytes of a file that holds constants of these sizes.
[[nodiscard]] std::uint64_t blob_file_bytes(std::span<const std::uint64_t> sizes);
/// nothing for a dtype that the file cannot hold
[[nodiscard]] std::optional<std::uint32_t> blob_type(mil::DType dtype) noexcept;

}  // namespace seben::coreml
