// SPDX-License-Identifier: Apache-2.0
#include "package/blob_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <future>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

using mil::DType;

constexpr std::uint32_t kSentinel = 0xDEADBEEF;
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kHeader = 64, kRecord = 64;

struct TypeCode {
  DType dtype;
  std::uint32_t code;
};
constexpr std::array<TypeCode, 15> kTypes{{{DType::fp16, 1},
                                           {DType::fp32, 2},
                                           {DType::uint8, 3},
                                           {DType::int8, 4},
                                           {DType::bf16, 5},
                                           {DType::int16, 6},
                                           {DType::uint16, 7},
                                           {DType::int4, 8},
                                           {DType::uint1, 9},
                                           {DType::uint2, 10},
                                           {DType::uint4, 11},
                                           {DType::uint3, 12},
                                           {DType::uint6, 13},
                                           {DType::int32, 14},
                                           {DType::uint32, 15}}};

std::optional<DType> dtype_of(std::uint32_t code) {
  const auto it = std::ranges::find(kTypes, code, &TypeCode::code);
  return it == kTypes.end() ? std::nullopt : std::optional(it->dtype);
}

std::uint64_t aligned(std::uint64_t at) { return (at + kBlobAlignment - 1) / kBlobAlignment * kBlobAlignment; }

template <typename T>
T read(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

template <typename T>
void put(std::span<std::byte> bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

}  // namespace

std::optional<std::uint32_t> blob_type(DType dtype) noexcept {
  const auto it = std::ranges::find(kTypes, dtype, &TypeCode::dtype);
  return it == kTypes.end() ? std::nullopt : std::optional(it->code);
}

BlobFile BlobFile::open(const std::string& path) {
  BlobFile blobs;
  blobs.file_ = base::MappedFile::open(path);
  blobs.bytes_ = blobs.file_->bytes();
  blobs.source_ = path;
  blobs.check_header();
  return blobs;
}

BlobFile BlobFile::view(std::span<const std::byte> bytes, const std::string& source) {
  BlobFile blobs;
  blobs.bytes_ = bytes;
  blobs.source_ = source;
  blobs.check_header();
  return blobs;
}

void BlobFile::check_header() {
  const auto fail = [this](const std::string& expected, const std::string& found) {
    throw Error(ErrorCategory::bad_data, source_ + ": header", expected, found);
  };
  if (bytes_.size() < kHeader) fail("64 bytes", std::to_string(bytes_.size()) + " (an empty or truncated file)");
  const auto version = read<std::uint32_t>(bytes_, 4);
  // AppleDouble: what macOS leaves beside a file on foreign disks, "._weight.bin"; 00 05 16 07, big end first.
  if (read<std::uint32_t>(bytes_, 0) == 0x07160500)
    fail("a weight file, version 2", "an AppleDouble file (._weight.bin)");
  if (version == 1) fail("version 2", "version 1, the older Espresso format");
  if (version != kVersion) {
    const bool zeros = std::ranges::all_of(bytes_.first(kHeader), [](std::byte b) { return b == std::byte{0}; });
    fail("version 2", zeros ? "zeros: the file was never written" : std::to_string(version));
  }
  count_ = read<std::uint32_t>(bytes_, 0);
  if (count_ > bytes_.size() / (2 * kBlobAlignment)) {
    fail("at most " + std::to_string(bytes_.size() / (2 * kBlobAlignment)) + " constants in " +
             std::to_string(bytes_.size()) + " bytes",
         std::to_string(count_));
  }
}

BlobRecord BlobFile::record(std::uint64_t offset) const {
  const auto fail = [&](const char* field, const std::string& expected, const std::string& found) {
    throw Error(ErrorCategory::bad_data, source_ + ": record at " + std::to_string(offset) + ": " + field, expected,
                found);
  };
  if (offset < kHeader || offset % kBlobAlignment != 0) fail("offset", "a multiple of 64 from 64 on", "another");
  if (bytes_.size() < kRecord || offset > bytes_.size() - kRecord) {
    fail("offset", "inside of " + std::to_string(bytes_.size()) + " bytes", "beyond the end: the file is truncated");
  }
  if (read<std::uint32_t>(bytes_, offset) != kSentinel)
    fail("sentinel", "0xDEADBEEF", "another: no record begins here");
  BlobRecord r;
  r.offset = offset;
  const auto code = read<std::uint32_t>(bytes_, offset + 4);
  const auto dtype = dtype_of(code);
  if (!dtype) fail("type", "a known type (1..15)", std::to_string(code));
  r.dtype = *dtype;
  r.bytes = read<std::uint64_t>(bytes_, offset + 8);
  r.data_offset = read<std::uint64_t>(bytes_, offset + 16);
  r.unused_bits = read<std::uint64_t>(bytes_, offset + 24);
  if (r.data_offset != offset + kRecord)
    fail("data offset", std::to_string(offset + kRecord), std::to_string(r.data_offset));
  if (r.bytes == 0) fail("size", "at least one byte", "0");
  if (r.bytes > bytes_.size() - r.data_offset) {
    fail("size", "at most the " + std::to_string(bytes_.size() - r.data_offset) + " bytes behind it",
         std::to_string(r.bytes) + ": the file is truncated");
  }
  const auto bits = static_cast<std::uint64_t>(mil::bits_of(r.dtype));
  const bool whole = bits >= 8 ? r.bytes % (bits / 8) == 0 && r.unused_bits == 0 : r.unused_bits < 8;
  if (!whole) fail("size", "whole elements of " + std::string(to_string(r.dtype)), std::to_string(r.bytes));
  return r;
}

std::vector<BlobRecord> BlobFile::records() const {
  std::vector<BlobRecord> all;
  std::uint64_t at = kHeader, end = kHeader;
  for (std::uint32_t i = 0; i < count_; ++i) {
    all.push_back(record(at));
    end = all.back().data_offset + all.back().bytes;
    at = aligned(end);
  }
  if (aligned(end) < bytes_.size()) {
    throw Error(ErrorCategory::bad_data, source_ + ": header",
                std::to_string(count_) + " constants up to byte " + std::to_string(end),
                std::to_string(bytes_.size()) + " bytes");
  }
  return all;
}

BlobWriter::BlobWriter(const std::string& path, std::uint32_t count) : file_(path), count_(count) {
  std::array<std::byte, kHeader> header{};
  put(std::span(header), 0, count);
  put(std::span(header), 4, kVersion);
  write(header);
}

void BlobWriter::write(std::span<const std::byte> bytes) {
  constexpr std::size_t kWorthAThread = std::size_t{1} << 20;
  if (bytes.size() >= kWorthAThread) {
    // Hashing takes as long as writing: it goes on beside it.
    auto hashed = std::async(std::launch::async, [this, bytes] { digest_.update(bytes); });
    file_.write(bytes);
    hashed.get();
  } else {
    file_.write(bytes);
    digest_.update(bytes);
  }
  at_ += bytes.size();
}

void BlobWriter::pad() {
  const std::array<std::byte, kBlobAlignment> zeros{};
  write(std::span(zeros).first(aligned(at_) - at_));
}

std::uint64_t BlobWriter::append(DType dtype, std::int64_t elements, const mil::Payload& payload) {
  const std::optional<std::uint32_t> type = blob_type(dtype);
  const std::size_t size = mil::bytes_of(dtype, elements);
  if (!type || size == 0 || payload.size() != size) {
    throw Error(ErrorCategory::internal, "weight file: constant", std::to_string(size) + " bytes of a storable type",
                std::to_string(payload.size()) + " of " + std::string(to_string(dtype)));
  }
  pad();
  const std::uint64_t offset = at_;
  std::array<std::byte, kRecord> record{};
  put(std::span(record), 0, kSentinel);
  put(std::span(record), 4, *type);
  put(std::span(record), 8, static_cast<std::uint64_t>(size));
  put(std::span(record), 16, offset + kRecord);
  const auto bits = static_cast<std::uint64_t>(mil::bits_of(dtype)) * static_cast<std::uint64_t>(elements);
  put(std::span(record), 24, static_cast<std::uint64_t>(size) * 8 - bits);
  write(record);
  std::size_t written = 0;
  payload.stream([&](std::span<const std::byte> piece) {
    constexpr std::size_t kPiece = std::size_t{8} << 20;
    for (std::size_t i = 0; i < piece.size(); i += kPiece) {
      base::throw_if_interrupted();
      write(piece.subspan(i, std::min(kPiece, piece.size() - i)));
    }
    written += piece.size();
  });
  if (written != size) {
    throw Error(ErrorCategory::internal, "weight file: constant", std::to_string(size) + " bytes",
                std::to_string(written));
  }
  ++appended_;
  return offset;
}

std::string BlobWriter::commit() {
  if (appended_ != count_) {
    throw Error(ErrorCategory::internal, "weight file", std::to_string(count_) + " constants",
                std::to_string(appended_));
  }
  file_.commit();
  return digest_.finish_hex();
}

std::uint64_t blob_file_bytes(std::span<const std::uint64_t> sizes) {
  std::uint64_t at = kHeader;
  for (const std::uint64_t size : sizes) at = aligned(at) + kRecord + size;
  return at;
}

}  // namespace seben::coreml
