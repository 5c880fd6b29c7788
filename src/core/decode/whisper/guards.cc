// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/guards.h"

#include <algorithm>

namespace seben::generate {
namespace {

// The longest run whose period it is and that ends anywhere, or only at the end.
std::optional<Repetition> search(std::span<const std::int32_t> tokens, const RepetitionOptions& options, bool at_end) {
  std::optional<Repetition> found;
  std::int64_t found_length = 0;
  const auto n = static_cast<std::int64_t>(tokens.size());
  const auto at = [&](std::int64_t i) { return tokens[static_cast<std::size_t>(i)]; };
  for (std::int64_t period = 1; period <= std::min(options.max_period, n / 2); ++period) {
    std::int64_t same = 0;  // tokens up to here that are those of one period before
    for (std::int64_t i = period; i < n; ++i) {
      same = at(i) == at(i - period) ? same + 1 : 0;
      const std::int64_t length = same + period, repeats = length / period;
      if (same == 0 || (at_end && i + 1 < n) || repeats < options.min_repeats || length < options.min_tokens) continue;
      if (length > found_length) {
        found = Repetition{i + 1 - length, period, repeats};
        found_length = length;
      }
    }
  }
  return found;
}

}  // namespace

std::optional<Repetition> find_repetition(std::span<const std::int32_t> tokens, const RepetitionOptions& options) {
  return search(tokens, options, false);
}

bool ends_in_loop(std::span<const std::int32_t> tokens, const RepetitionOptions& options) {
  return search(tokens, options, true).has_value();
}

std::optional<std::string> disagreement(const WindowVotes& votes) {
  if (votes.head_is_blank && !votes.text_is_empty) {
    return votes.detector_is_silent
               ? "text without speech: the head reads nothing and the speech detector hears none"
               : "text without support: the head reads nothing where the speech detector hears some";
  }
  if (!votes.head_is_blank && votes.text_is_empty) {
    return votes.detector_is_silent ? "the head reads text where the decoder writes none and no speech is heard"
                                    : "no text: the head reads some where speech is heard";
  }
  if (votes.head_is_blank && !votes.detector_is_silent) {
    return "no text: neither head nor decoder reads any where speech is heard";
  }
  return std::nullopt;
}

}  // namespace seben::generate
