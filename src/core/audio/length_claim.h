// SPDX-License-Identifier: Apache-2.0
// What the head of a WAV or CAF file says of the size of its sound. Who records into a pipe cannot know it and writes a
// number that means so; FFmpeg takes the sound for cut then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace seben::audio {

enum class LengthClaim : std::uint8_t {
  none,   ///< another format, or the field does not lie within the head
  open,   ///< the length was not known when the head was written
  known,  ///< a size; what is shorter was cut
};

/// Bytes of a recording from its beginning that are enough for files as recorders write them.
inline constexpr std::size_t kHeadBytes = 65536;

[[nodiscard]] LengthClaim length_claim(std::span<const std::uint8_t> head) noexcept;

}  // namespace seben::audio
