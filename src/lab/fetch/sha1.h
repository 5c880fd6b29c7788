// SPDX-License-Identifier: Apache-2.0
// SHA-1 (FIPS 180-4), by which git, and so Hugging Face's hub, names its small files. Not for secrets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seben::fetch {

class Sha1 {
 public:
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }
  /// 40 lowercase hexadecimal digits. The object cannot be used afterwards.
  [[nodiscard]] std::string finish_hex();

 private:
  void take_block();

  std::array<std::uint32_t, 5> hash_{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  std::array<std::byte, 64> block_{};  // its first size_ % 64 bytes wait for the rest
  std::uint64_t size_ = 0;
};

/// Whether `text` looks like one: 40 lowercase hexadecimal digits; so do commits and blobs of git.
[[nodiscard]] bool is_sha1_hex(std::string_view text) noexcept;

}  // namespace seben::fetch
