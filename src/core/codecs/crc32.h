// SPDX-License-Identifier: Apache-2.0
// The checksum of packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace seben::quant {

/// CRC-32 of IEEE 802.3 (reflected, polynomial 0xEDB88320): "123456789" gives 0xCBF43926.
[[nodiscard]] std::uint32_t crc32(std::span<const std::byte> bytes) noexcept;

}  // namespace seben::quant
