// SPDX-License-Identifier: Apache-2.0
// How many bytes zlib's compress() would make of a text, without compressing it.
#pragma once

#include <cstddef>
#include <string_view>

namespace seben::generate {

/// The longest text that `deflated_size` takes: what zlib's window holds without sliding.
inline constexpr std::size_t kMaxDeflateText = 65274;

/// Bytes of zlib's stream (RFC 1950, 1951) at its default level, exactly: Whisper's fallback compares text with it, so
/// one byte may decide whether a window is decoded again. It follows zlib's choices (chains of 128, lazy matches up to
/// 16, blocks of 16,383 symbols), which the format leaves open. Error(usage) for a longer text.
[[nodiscard]] std::size_t deflated_size(std::string_view text);

}  // namespace seben::generate
