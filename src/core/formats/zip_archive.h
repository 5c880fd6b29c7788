// SPDX-License-Identifier: Apache-2.0
// Zip archives whose entries are stored without compression, as PyTorch writes them; zip64 included. Layout: PKWARE,
// APPNOTE.TXT. Nothing is unpacked: an entry is a part of the bytes.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace seben::tensor {

/// The entries of an archive in memory (usually mapped), which must outlive the object. Archives in several parts,
/// compressed or encrypted entries, names twice and everything beyond the bytes are Error(bad_data) naming the entry.
/// Checksums are not looked at: that would read gigabytes.
class ZipArchive {
 public:
  ZipArchive(std::span<const std::byte> bytes, const std::string& source);

  /// Whether the bytes begin as an archive does.
  [[nodiscard]] static bool is_one(std::span<const std::byte> bytes) noexcept;

  using Entries = std::map<std::string, std::span<const std::byte>, std::less<>>;
  [[nodiscard]] const Entries& entries() const noexcept { return entries_; }
  /// Error(bad_data) when there is none of that name.
  [[nodiscard]] std::span<const std::byte> require(std::string_view name) const;

 private:
  std::string source_;
  Entries entries_;
};

}  // namespace seben::tensor
