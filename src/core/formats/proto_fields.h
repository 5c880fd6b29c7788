// SPDX-License-Identifier: Apache-2.0
// Protocol buffers' wire format, field by field, without a schema: what a small reader needs of a large message.
// Source: "Encoding", protobuf.dev.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_cursor.h"

namespace seben::tensor {

enum class ProtoWire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct ProtoField {
  std::uint32_t number = 0;
  ProtoWire wire = ProtoWire::varint;
  std::uint64_t value = 0;           ///< of a varint
  std::span<const std::byte> bytes;  ///< of everything else: a text, a message, packed numbers
};

/// One message front to back. Whatever is cut or not of the format is Error(bad_data) naming the source and the
/// message. Bytes and `source` must outlive it.
class ProtoFields {
 public:
  ProtoFields(std::span<const std::byte> message, const std::string& source, std::string_view name)
      : cursor_(message, source), name_(name) {}

  /// The next field, or nothing behind the last.
  [[nodiscard]] std::optional<ProtoField> next();
  /// A varint where one must stand, as between packed ones.
  [[nodiscard]] std::uint64_t varint();
  [[nodiscard]] bool at_end() const noexcept { return cursor_.at_end(); }

  /// Error(bad_data) unless the field is of this form.
  void require(const ProtoField& field, ProtoWire wire) const;
  [[noreturn]] void fail(std::string expected, std::string found) const;

 private:
  base::ByteCursor cursor_;
  std::string name_;
};

}  // namespace seben::tensor
