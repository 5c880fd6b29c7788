// SPDX-License-Identifier: Apache-2.0
// The containers and codecs that are let in. Everything else that FFmpeg may have been built with (playlists, scripts,
// image sequences, games' formats, video decoders) is kept away from untrusted bytes.
#pragma once

namespace seben::audio {

/// FFmpeg's names, separated by commas, as its whitelists take them.
[[nodiscard]] const char* allowed_containers() noexcept;
[[nodiscard]] const char* allowed_codecs() noexcept;

/// Whether a demuxer's name (which may itself be a list, like "mov,mp4,m4a") is in the list; the same for a decoder's.
[[nodiscard]] bool is_allowed_container(const char* name) noexcept;
[[nodiscard]] bool is_allowed_codec(const char* name) noexcept;

}  // namespace seben::audio
