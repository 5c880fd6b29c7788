// SPDX-License-Identifier: Apache-2.0
// How the log-mel of a window is made of a recording: what stands behind its end, and what a window knows of the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seben::frontend {

/// What fills a window behind the recording's end.
enum class Padding : std::uint8_t {
  samples,  ///< silence, before the log-mel: Hugging Face's way
  log_mel   ///< zeros, after it, from the last whole hop on: openai-whisper's and faster-whisper's way
};

/// What the log-mel is taken of.
enum class Scope : std::uint8_t {
  window,    ///< each window by itself: mirrored at its ends, floored at its own maximum - 8
  recording  ///< the whole recording: a window's first and last frames see their neighbours, the floor is everybody's
};

struct Framing {
  Padding padding = Padding::samples;
  Scope scope = Scope::window;

  [[nodiscard]] bool operator==(const Framing&) const = default;
};

/// What Whisper's own program does (whisper/transcribe.py and audio.py of openai-whisper).
inline constexpr Framing kReferenceFraming{Padding::log_mel, Scope::recording};

[[nodiscard]] constexpr std::string_view to_string(Padding padding) noexcept {
  return padding == Padding::samples ? "samples" : "log_mel";
}
[[nodiscard]] constexpr std::string_view to_string(Scope scope) noexcept {
  return scope == Scope::window ? "window" : "recording";
}
[[nodiscard]] constexpr std::optional<Padding> parse_padding(std::string_view word) noexcept {
  if (word == to_string(Padding::samples)) return Padding::samples;
  if (word == to_string(Padding::log_mel)) return Padding::log_mel;
  return std::nullopt;
}
[[nodiscard]] constexpr std::optional<Scope> parse_scope(std::string_view word) noexcept {
  if (word == to_string(Scope::window)) return Scope::window;
  if (word == to_string(Scope::recording)) return Scope::recording;
  return std::nullopt;
}

}  // namespace seben::frontend
