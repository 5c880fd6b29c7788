// SPDX-License-Identifier: Apache-2.0
#include "formats/proto_fields.h"

#include <utility>

#include "base/format.h"

namespace seben::tensor {
namespace {

constexpr unsigned kVarintBytes = 10;  // 64 bits, seven a byte
constexpr std::uint64_t kMostNumber = (std::uint64_t{1} << 29) - 1;

}  // namespace

std::uint64_t ProtoFields::varint() {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kVarintBytes; ++i) {
    const auto byte = std::to_integer<std::uint64_t>(cursor_.take(1, name_)[0]);
    if (i == kVarintBytes - 1 && byte > 1) break;  // more than 64 bits
    value |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) return value;
  }
  fail("numbers of at most 64 bits", "a longer one");
}

std::optional<ProtoField> ProtoFields::next() {
  if (cursor_.at_end()) return std::nullopt;
  const std::uint64_t key = varint(), number = key >> 3;
  if (number == 0 || number > kMostNumber) fail("numbers of fields from 1 to 2^29 - 1", base::format("{}", number));
  ProtoField out;
  out.number = static_cast<std::uint32_t>(number);
  out.wire = static_cast<ProtoWire>(key & 7);
  switch (out.wire) {
    case ProtoWire::varint: out.value = varint(); return out;
    case ProtoWire::fixed64: out.bytes = cursor_.take(8, name_); return out;
    case ProtoWire::bytes: {
      const std::uint64_t size = varint();
      out.bytes = cursor_.take(size, name_);
      return out;
    }
    case ProtoWire::fixed32: out.bytes = cursor_.take(4, name_); return out;
  }
  fail("fields of the forms 0, 1, 2 and 5", base::format("{} in field {}", key & 7, number));
}

void ProtoFields::require(const ProtoField& field, ProtoWire wire) const {
  if (field.wire == wire) return;
  fail(base::format("field {} in form {}", field.number, static_cast<int>(wire)),
       base::format("form {}", static_cast<int>(field.wire)));
}

void ProtoFields::fail(std::string expected, std::string found) const {
  cursor_.fail(name_, std::move(expected), std::move(found));
}

}  // namespace seben::tensor
