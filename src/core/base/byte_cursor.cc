// SPDX-License-Identifier: Apache-2.0
#include "base/byte_cursor.h"

#include <utility>

#include "base/bad_data.h"
#include "base/format.h"

namespace seben::base {

std::uint64_t little_endian(std::span<const std::byte> bytes, std::size_t at, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

std::span<const std::byte> ByteCursor::take(std::uint64_t count, std::string_view field) {
  const std::size_t left = bytes_.size() - at_;
  if (count > left) fail(field, base::format("{} bytes", count), base::format("{} (truncated file?)", left));
  const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
  at_ += part.size();
  return part;
}

std::int32_t ByteCursor::integer(std::string_view field, std::int32_t min, std::int32_t max) {
  const auto value = number<std::int32_t>(field);
  if (value < min || value > max) fail(field, base::format("{} to {}", min, max), std::to_string(value));
  return value;
}

std::string_view ByteCursor::text(std::uint64_t count, std::string_view field) {
  const auto part = take(count, field);
  return {reinterpret_cast<const char*>(part.data()), part.size()};
}

void ByteCursor::fail(std::string_view field, std::string expected, std::string found) const {
  bad_data(base::format("{}: {}", source_, field), std::move(expected), std::move(found));
}

}  // namespace seben::base
