// SPDX-License-Identifier: Apache-2.0
// A recording in pieces that are told nothing of each other, several of which are decoded at a time: a step of the
// decoder reads its weights once for all of them. What is written does not depend on how many there are at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "decode/whisper/windows.h"

namespace seben::generate {

/// A part of the recording, one window long at most and cut where nobody speaks. What the decoder leaves unread of it
/// becomes a window of its own, so that no words are lost.
struct Piece {
  std::int64_t first = 0, frames = 0;  ///< mel frames
  /// Writes the encoder's features [1500, d_model] of the window that begins at mel frame `seek` and has `frames` of
  /// them. False: nobody speaks there, and it is not decoded.
  std::function<bool(std::int64_t seek, std::int64_t frames, std::span<float> features)> hear;
};

struct PieceSource {
  std::function<std::optional<Piece>()> next;  ///< in order; nothing behind the last one
  /// May be empty: everything before that mel frame is written, and will not change.
  std::function<void(std::int64_t frame)> done;
};

/// How many windows may be decoded at a time.
inline constexpr std::int64_t kMostTogether = 64;

/// Error(usage) for options with which pieces depend on each other, besides those of require_possible: conditioning on
/// previous text, an initial prompt that is carried over, hallucination_silence; and for a number of windows at a time
/// that is not 1..kMostTogether.
void require_independent(const TranscribeOptions& options, std::int64_t together);

/// The initial prompt is that of the first window that is decoded, and so is the language, unless it is given. Segments
/// come in order. options.clips is the source's matter. Errors of require_independent and of TextDecoder::decode.
[[nodiscard]] Transcript transcribe_together(TextDecoder& decoder, const PieceSource& source,
                                             const TranscribeOptions& options, std::int64_t together);

}  // namespace seben::generate
