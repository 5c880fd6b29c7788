// SPDX-License-Identifier: Apache-2.0
// What a decoder writes when it hears nothing or runs in circles.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace seben::generate {

struct RepetitionOptions {
  std::int64_t max_period = 32;  ///< tokens of what is repeated
  std::int64_t min_repeats = 4;  ///< times in a row
  std::int64_t min_tokens = 12;  ///< of all repeats together
};

/// A run of equal pieces.
struct Repetition {
  std::int64_t first = 0;    ///< where it begins
  std::int64_t period = 0;   ///< tokens of a piece
  std::int64_t repeats = 0;  ///< whole pieces
};

/// The longest run of equal pieces in `tokens`, the first and of the shortest period among equals; nothing when none
/// fulfils the options. Takes max_period * tokens steps.
[[nodiscard]] std::optional<Repetition> find_repetition(std::span<const std::int32_t> tokens,
                                                        const RepetitionOptions& options = {});

/// Whether the last tokens are such a run: the decoder did not find out of it.
[[nodiscard]] bool ends_in_loop(std::span<const std::int32_t> tokens, const RepetitionOptions& options = {});

/// What was found out about one window.
struct WindowVotes {
  bool head_is_blank = false;       ///< the CTC head's frames are blank
  bool detector_is_silent = false;  ///< the speech detector hears no speech
  bool text_is_empty = false;       ///< the text decoder wrote nothing
};

/// Why the window's text is suspect: the head and the decoder do not agree, or they agree on nothing where speech is
/// heard. Nothing when all is well; a detector that hears nothing where both have text is overruled.
[[nodiscard]] std::optional<std::string> disagreement(const WindowVotes& votes);

}  // namespace seben::generate
