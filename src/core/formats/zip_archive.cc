// SPDX-License-Identifier: Apache-2.0
#include "formats/zip_archive.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

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

[[noreturn]] void fail(const std::string& where, std::string expected, std::string found) {
  throw Error(ErrorCategory::bad_data, where, std::move(expected), std::move(found));
}

// An unsigned number of `size` bytes, little end first; the caller has checked that they are there.
std::uint64_t number(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

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
    if (number(bytes, at, 4) == kEnd && number(bytes, at + 20, 2) == bytes.size() - at - kEndBytes) return at;
  }
  return std::nullopt;
}

Directory read_end64(std::span<const std::byte> bytes, std::size_t locator, const std::string& source) {
  const std::uint64_t at = number(bytes, locator + 8, 8);
  if (!fits(at, kEnd64Bytes, bytes.size()) || number(bytes, static_cast<std::size_t>(at), 4) != kEnd64) {
    fail(source + ": zip64 directory", "a record where its locator says", "none");
  }
  const auto record = bytes.subspan(static_cast<std::size_t>(at), kEnd64Bytes);
  return {number(record, 32, 8), number(record, 48, 8), number(record, 40, 8)};
}

Directory read_end(std::span<const std::byte> bytes, const std::string& source) {
  const auto end = find_end(bytes);
  if (!end) fail(source, "a zip archive with its directory at the end", "none (truncated file?)");
  if (number(bytes, *end + 4, 2) != 0 || number(bytes, *end + 6, 2) != 0) {
    fail(source, "a zip archive of one part", "one of several");
  }
  Directory directory{number(bytes, *end + 10, 2), number(bytes, *end + 16, 4), number(bytes, *end + 12, 4)};
  if (*end >= kLocatorBytes && number(bytes, *end - kLocatorBytes, 4) == kLocator64) {
    directory = read_end64(bytes, *end - kLocatorBytes, source);
  }
  if (!fits(directory.offset, directory.bytes, *end)) {
    fail(source + ": zip directory", base::format("inside of {} bytes", *end),
         base::format("{} bytes at {}", directory.bytes, directory.offset));
  }
  if (directory.entries > kMaxEntries || directory.entries > directory.bytes / kCentralBytes) {
    fail(source + ": zip directory", base::format("as many entries as fit in {} bytes", directory.bytes),
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
    const std::uint64_t id = number(extra, at, 2), bytes = number(extra, at + 2, 2);
    at += 4;
    if (!fits(at, bytes, extra.size())) fail(where, "extra fields inside of their record", "one beyond it");
    if (id == 1) {
      std::size_t next = at;
      for (std::uint64_t* value : {&entry.size, &entry.compressed, &entry.offset}) {
        if (*value != kIn64) continue;
        if (!fits(next, 8, at + bytes)) fail(where, "a zip64 field with its numbers", "a shorter one");
        *value = number(extra, next, 8);
        next += 8;
      }
      return;
    }
    at += static_cast<std::size_t>(bytes);
  }
}

// One record of the directory at `at`, which is moved behind it.
Entry read_central(std::span<const std::byte> directory, std::size_t& at, const std::string& source) {
  if (!fits(at, kCentralBytes, directory.size()) || number(directory, at, 4) != kCentral) {
    fail(source + ": zip directory", base::format("an entry at its byte {}", at), "none");
  }
  const auto head = directory.subspan(at, kCentralBytes);
  const auto name_bytes = static_cast<std::size_t>(number(head, 28, 2));
  const auto extra_bytes = static_cast<std::size_t>(number(head, 30, 2));
  const std::size_t bytes = kCentralBytes + name_bytes + extra_bytes + static_cast<std::size_t>(number(head, 32, 2));
  if (!fits(at, bytes, directory.size())) fail(source + ": zip directory", "whole entries", "one beyond its end");
  const auto name = directory.subspan(at + kCentralBytes, name_bytes);
  Entry entry{std::string(reinterpret_cast<const char*>(name.data()), name.size()),
              number(head, 8, 2),
              number(head, 10, 2),
              number(head, 20, 4),
              number(head, 24, 4),
              number(head, 42, 4)};
  read_extra64(directory.subspan(at + kCentralBytes + name_bytes, extra_bytes), entry, source + ": " + entry.name);
  at += bytes;
  return entry;
}

std::span<const std::byte> data_of(std::span<const std::byte> bytes, const Entry& entry, const std::string& where) {
  if ((entry.flags & 1U) != 0) fail(where, "an entry in the clear", "an encrypted one");
  if (entry.method != 0) {
    fail(where, "an entry stored without compression", base::format("compression method {}", entry.method));
  }
  if (entry.compressed != entry.size) {
    fail(where, base::format("{} stored bytes", entry.size), std::to_string(entry.compressed));
  }
  if (!fits(entry.offset, kLocalBytes, bytes.size()) ||
      number(bytes, static_cast<std::size_t>(entry.offset), 4) != kLocal) {
    fail(where, base::format("the entry at byte {}", entry.offset), "none (truncated file?)");
  }
  const auto head = bytes.subspan(static_cast<std::size_t>(entry.offset), kLocalBytes);
  const std::uint64_t at = entry.offset + kLocalBytes + number(head, 26, 2) + number(head, 28, 2);
  if (!fits(at, entry.size, bytes.size())) {
    fail(where, base::format("{} bytes at {}", entry.size, at), base::format("an archive of {}", bytes.size()));
  }
  return bytes.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(entry.size));
}

}  // namespace

bool ZipArchive::is_one(std::span<const std::byte> bytes) noexcept {
  return bytes.size() >= kEndBytes && (number(bytes, 0, 4) == kLocal || number(bytes, 0, 4) == kEnd);
}

ZipArchive::ZipArchive(std::span<const std::byte> bytes, const std::string& source) : source_(source) {
  const Directory end = read_end(bytes, source);
  const auto directory = bytes.subspan(static_cast<std::size_t>(end.offset), static_cast<std::size_t>(end.bytes));
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    const Entry entry = read_central(directory, at, source);
    const std::string where = source + ": " + entry.name;
    if (!entries_.emplace(entry.name, data_of(bytes, entry, where)).second) {
      fail(where, "every entry once", "it twice");
    }
  }
  if (at != directory.size()) {
    fail(source + ": zip directory", base::format("{} bytes", at), std::to_string(directory.size()));
  }
}

std::span<const std::byte> ZipArchive::require(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) fail(source_ + ": " + std::string(name), "an entry of the archive", "none");
  return found->second;
}

}  // namespace seben::tensor
