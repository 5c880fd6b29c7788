// SPDX-License-Identifier: Apache-2.0
// Numbers and texts out of bytes that nobody has checked yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace seben::base {

/// An unsigned number of `size` bytes (at most 8) at `at`, little end first; the caller has checked that they are
/// there.
[[nodiscard]] std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t size) noexcept;

/// Front to back through the bytes; whatever would go beyond their end is Error(bad_data) naming the source and field.
/// Both `bytes` and `source` must outlive it.
class ByteCursor {
 public:
  ByteCursor(std::span<const std::byte> bytes, const std::string& source) : bytes_(bytes), source_(source) {}

  [[nodiscard]] bool at_end() const noexcept { return at_ == bytes_.size(); }
  /// How many bytes were taken.
  [[nodiscard]] std::size_t offset() const noexcept { return at_; }

  std::span<const std::byte> take(std::uint64_t count, std::string_view field);
  /// A number as this machine stores it, which is little end first.
  template <typename T>
  T number(std::string_view field) {
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    std::memcpy(&value, take(sizeof(T), field).data(), sizeof(T));
    return value;
  }
  std::int32_t integer(std::string_view field, std::int32_t min, std::int32_t max);
  std::string_view text(std::uint64_t count, std::string_view field);

  [[noreturn]] void fail(std::string_view field, std::string expected, std::string found) const;

 private:
  std::span<const std::byte> bytes_;
  const std::string& source_;
  std::size_t at_ = 0;
};

}  // namespace seben::base
