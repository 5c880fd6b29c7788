// SPDX-License-Identifier: Apache-2.0
// The encoder as a list of stages that can be run, dumped, compared and shipped alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/whisper/config.h"

namespace seben::whisper {

enum class StageKind : std::uint8_t {
  convpos,    ///< mel [n_mels, 2 T] -> two convolutions, GELU, positions -> [T, d_model]
  layers,     ///< [T, d_model] -> transformer layers first..last -> [T, d_model]
  finalnorm,  ///< [T, d_model] -> layer norm -> [T, d_model]
};

struct Stage {
  StageKind kind = StageKind::convpos;
  std::int64_t first = 0;  ///< layers only
  std::int64_t last = 0;   ///< layers only, inclusive

  [[nodiscard]] bool operator==(const Stage&) const = default;
};

/// "convpos", "3", "0-2", "finalnorm"
[[nodiscard]] std::string to_string(const Stage& stage);

/// One stage of that encoder; nothing for another word or layers that it does not have.
[[nodiscard]] std::optional<Stage> parse_stage(std::string_view word, const EncoderConfig& config);

/// Reads a comma-separated list such as "convpos,0-2,3,finalnorm" that must cover the whole encoder in order, each
/// layer once; Error(usage) says where it does not.
[[nodiscard]] std::vector<Stage> parse_stages(std::string_view list, const EncoderConfig& config);

/// convpos, every layer alone, finalnorm
[[nodiscard]] std::vector<Stage> single_stages(const EncoderConfig& config);

}  // namespace seben::whisper
