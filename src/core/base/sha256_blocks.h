// SPDX-License-Identifier: Apache-2.0
// The compression function of SHA-256, by the processor's own instructions where it has them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace seben::base {

inline constexpr std::size_t kSha256Block = 64;
using Sha256State = std::array<std::uint32_t, 8>;

/// FIPS 180-4, section 6.2.2, over `count` blocks of 64 bytes.
void sha256_blocks(Sha256State& hash, const std::byte* blocks, std::size_t count);
/// The same without special instructions.
void sha256_blocks_plain(Sha256State& hash, const std::byte* blocks, std::size_t count);

}  // namespace seben::base
