// SPDX-License-Identifier: Apache-2.0
#include "formats/zip_archive.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/bad_data.h"
#include "base/byte_cursor.h"
#include "base/format.h"
#include "seben/error.h"

namespace seben::tensor {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50,
                        kLocator64 = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20;
constexpr std::size_t kMaxComment = 65535;
constexpr std::uint64_t kMaxEntries = 1'000'000;
constexpr std::uint64_t kIn64 = 0xFFFFFFFF;  // the value stands in the zip64 field

using base::bad_data;
using base::little_endian;

bool fits(std::uint64_t offset, std::uint64_t count, std::uint64_t size) {
  return offset <= size && count <= size - offset;
}

struct Directory {
  std::uint64_t entries = 0;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

// From the back, as a comment of any content may follow the record.
std::optional<std::size_t> find_end(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndBytes) return std::nullopt;
  const std::size_t last = bytes.size() - kEndBytes;
  const std::size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (std::size_t at = last + 1; at-- > first;) {
    if (little_endian(bytes, at, 4) == kEnd && little_endian(bytes, at + 20, 2) == bytes.size() - at - kEndBytes)
      return at;
  }
  return std::nullopt;
}

Directory read_end64(std::span<const std::byte> bytes, std::size_t locator, const std::string& source) {
  const std::uint64_t at = little_endian(bytes, locator + 8, 8);
  if (!fits(at, kEnd64Bytes, bytes.size()) || little_endian(bytes, static_cast<std::size_t>(at), 4) != kEnd64) {
    bad_data(source + ": zip64 directory", "a record where its locator says", "none");
  }
  const auto record = bytes.subspan(static_cast<std::size_t>(at), kEnd64Bytes);
  return {little_endian(record, 32, 8), little_endian(record, 48, 8), little_endian(record, 40, 8)};
}

Directory read_end(std::span<const std::byte> bytes, const std::string& source) {
  const auto end = find_end(bytes);
  if (!end) bad_data(source, "a zip archive with its directory at the end", "none (truncated file?)");
  if (little_endian(bytes, *end + 4, 2) != 0 || little_endian(bytes, *end + 6, 2) != 0) {
    bad_data(source, "a zip archive of one part", "one of several");
  }
  Directory directory{little_endian(bytes, *end + 10, 2), little_endian(bytes, *end + 16, 4),
                      little_endian(bytes, *end + 12, 4)};
  if (*end >= kLocatorBytes && little_endian(bytes, *end - kLocatorBytes, 4) == kLocator64) {
    directory = read_end64(bytes, *end - kLocatorBytes, source);
  }
  if (!fits(directory.offset, directory.bytes, *end)) {
    bad_data(source + ": zip directory", base::format("inside of {} bytes", *end),
             base::format("{} bytes at {}", directory.bytes, directory.offset));
  }
  if (directory.entries > kMaxEntries || directory.entries > directory.bytes / kCentralBytes) {
    bad_data(source + ": zip directory", base::format("as many entries as fit in {} bytes", directory.bytes),
             std::to_string(directory.entries));
  }
  return directory;
}

struct Entry {
  std::string name;
  std::uint64_t flags = 0;
  std::uint64_t method = 0;
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  // of its local header
};

// The zip64 field holds those of the three numbers that did not fit, in this order.
void read_extra64(std::span<const std::byte> extra, Entry& entry, const std::string& where) {
  for (std::size_t at = 0; fits(at, 4, extra.size());) {
    const std::uint64_t id = little_endian(extra, at, 2), bytes = little_endian(extra, at + 2, 2);
    at += 4;
    if (!fits(at, bytes, extra.size())) bad_data(where, "extra fields inside of their record", "one beyond it");
    if (id == 1) {
      std::size_t next = at;
      for (std::uint64_t* value : {&entry.size, &entry.compressed, &entry.offset}) {
        if (*value != kIn64) continue;
        if (!fits(next, 8, at + bytes)) bad_data(where, "a zip64 field with its numbers", "a shorter one");
        *value = little_endian(extra, next, 8);
        next += 8;
      }
      return;
    }
    at += static_cast<std::size_t>(bytes);
  }
}

// One record of the directory at `at`, which is moved behind it.
Entry read_central(std::span<const std::byte> directory, std::size_t& at, const std::string& source) {
  if (!fits(at, kCentralBytes, directory.size()) || little_endian(directory, at, 4) != kCentral) {
    bad_data(source + ": zip directory", base::format("an entry at its byte {}", at), "none");
  }
  const auto head = directory.subspan(at, kCentralBytes);
  const auto name_bytes = static_cast<std::size_t>(little_endian(head, 28, 2));
  const auto extra_bytes = static_cast<std::size_t>(little_endian(head, 30, 2));
  const std::size_t bytes =
      kCentralBytes + name_bytes + extra_bytes + static_cast<std::size_t>(little_endian(head, 32, 2));
  if (!fits(at, bytes, directory.size())) bad_data(source + ": zip directory", "whole entries", "one beyond its end");
  const auto name = directory.subspan(at + kCentralBytes, name_bytes);
  Entry entry{std::string(reinterpret_cast<const char*>(name.data()), name.size()),
              little_endian(head, 8, 2),
              little_endian(head, 10, 2),
              little_endian(head, 20, 4),
              little_endian(head, 24, 4),
              little_endian(head, 42, 4)};
  read_extra64(directory.subspan(at + kCentralBytes + name_bytes, extra_bytes), entry, source + ": " + entry.name);
  at += bytes;
  return entry;
}

std::span<const std::byte> data_of(std::span<const std::byte> bytes, const Entry& entry, const std::string& where) {
  if ((entry.flags & 1U) != 0) bad_data(where, "an entry in the clear", "an encrypted one");
  if (entry.method != 0) {
    bad_data(where, "an entry stored without compression", base::format("compression method {}", entry.method));
  }
  if (entry.compressed != entry.size) {
    bad_data(where, base::format("{} stored bytes", entry.size), std::to_string(entry.compressed));
  }
  if (!fits(entry.offset, kLocalBytes, bytes.size()) ||
      little_endian(bytes, static_cast<std::size_t>(entry.offset), 4) != kLocal) {
    bad_data(where, base::format("the entry at byte {}", entry.offset), "none (truncated file?)");
  }
  const auto head = bytes.subspan(static_cast<std::size_t>(entry.offset), kLocalBytes);
  const std::uint64_t at = entry.offset + kLocalBytes + little_endian(head, 26, 2) + little_endian(head, 28, 2);
  if (!fits(at, entry.size, bytes.size())) {
    bad_data(where, base::format("{} bytes at {}", entry.size, at), base::format("an archive of {}", bytes.size()));
  }
  return bytes.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(entry.size));
}

}  // namespace

bool ZipArchive::is_one(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= kEndBytes && (little_endian(bytes, 0, 4) == kLocal || little_endian(bytes, 0, 4) == kEnd);
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes, const std::string& source) : source_(source) {
  const Directory end = read_end(bytes, source);
  const auto directory = bytes.subspan(static_cast<std::size_t>(end.offset), static_cast<std::size_t>(end.bytes));
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    const Entry entry = read_central(directory, at, source);
    const std::string where = source + ": " + entry.name;
    if (!entries_.emplace(entry.name, data_of(bytes, entry, where)).second) {
      bad_data(where, "every entry once", "it twice");
    }
  }
  if (at != directory.size()) {
    bad_data(source + ": zip directory", base::format("{} bytes", at), std::to_string(directory.size()));
  }
}

std::span<const std::byte> ZipArchive::require(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) bad_data(source_ + ": " + std::string(name), "an entry of the archive", "none");
  return found->second;
}

}  // namespace seben::tensor
