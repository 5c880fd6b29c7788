// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4) through OpenSSL's EVP.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace seben::base {

/// A digest taken piece by piece.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// 64 lowercase hexadecimal digits. The object cannot be used afterwards.
  [[nodiscard]] std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);
[[nodiscard]] std::string sha256_hex(std::string_view text);
/// Of a file's contents, in bounded memory; stops with Interrupted when an interrupt was asked for.
[[nodiscard]] std::string sha256_file(const std::string& path);
/// Whether `text` looks like one: 64 lowercase hexadecimal digits.
[[nodiscard]] bool is_sha256_hex(std::string_view text) noexcept;

}  // namespace seben::base
