// SPDX-License-Identifier: Apache-2.0
// What recordings say of the length of their sound. Who records into a pipe cannot know it and writes a number that
// means so; FFmpeg takes the sound for cut then. What is shorter than it says was cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace seben::audio {

enum class LengthClaim : std::uint8_t {
  none,   ///< another format, or the field does not lie within the head
  open,   ///< the length was not known when the head was written
  known,  ///< a size; what is shorter was cut
};

/// Bytes of a recording from its beginning that are enough for files as recorders write them.
inline constexpr std::size_t kHeadBytes = 65536;

[[nodiscard]] LengthClaim length_claim(std::span<const std::uint8_t> head) noexcept;

/// Seconds that the head of an mp3 claims, by the number of frames that encoders write into the first one ("Xing" or
/// "Info"); nothing for another file, and for an mp3 without it.
[[nodiscard]] std::optional<double> mp3_seconds(std::span<const std::uint8_t> head) noexcept;

/// The same of a WAV or RF64 file of samples that are not compressed, unless it does not know its length.
[[nodiscard]] std::optional<double> wav_seconds(std::span<const std::uint8_t> head) noexcept;

/// "01:02:03.5", as Matroska's muxers write the length of a track; nothing for another text.
[[nodiscard]] std::optional<double> clock_seconds(std::string_view text) noexcept;

}  // namespace seben::audio
