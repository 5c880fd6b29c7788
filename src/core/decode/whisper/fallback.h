// SPDX-License-Identifier: Apache-2.0
// When a text is too bad to be kept, and what to do then (openai-whisper, transcribe.py).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "decode/whisper/options.h"

namespace seben::generate {

/// Bytes of the text to bytes of its zlib stream (level 6). Error(usage) for more than 64 MiB.
[[nodiscard]] double compression_ratio(std::string_view text);

/// Why the text is too bad to be kept; empty when it is not.
[[nodiscard]] std::string failure(const DecodeResult& result, const Thresholds& thresholds);

/// Judges the text of a temperature by `failure` and `invented`, which it sets. Whether no other is tried: the text is
/// good enough, was invented, or is the last temperature's.
[[nodiscard]] bool settles(DecodeResult& result, const Thresholds& thresholds, bool is_last);

/// Error(usage) for no temperatures, or one that is negative, above 10 or no number.
void require_temperatures(std::span<const double> temperatures);

}  // namespace seben::generate
