// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seben::base {

/// A digest taken piece by piece.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// 64 lowercase hexadecimal digits. The object cannot be used afterwards.
  [[nodiscard]] std::string finish_hex();

 private:
  std::array<std::uint32_t, 8> hash_;
  std::array<std::byte, 64> block_{};  // its first size_ % 64 bytes wait for the rest
  std::uint64_t size_ = 0;
};

[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256_hex(std::string_view text);
/// Of a file's contents, in bounded memory; stops with Interrupted when an interrupt was asked for.
[[nodiscard]] std::string sha256_file(const std::string& path);
/// Whether `text` looks like one: 64 lowercase hexadecimal digits.
[[nodiscard]] bool is_sha256_hex(std::string_view text) noexcept;

}  // namespace seben::base
