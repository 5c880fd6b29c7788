// SPDX-License-Identifier: Apache-2.0
// What a checkpoint says about how it wants to be decoded: Hugging Face's generation_config.json, or config.json.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/incremental_decoder.h"

namespace seben::generate {

/// In a list of suppressed tokens: those of tokenizer::non_speech_tokens, as openai-whisper's option means it.
inline constexpr std::int32_t kNonSpeech = -1;

struct GenerationConfig {
  bool multilingual = true;  ///< is_multilingual; English-only models take neither language nor task
  std::vector<std::int32_t> suppress_tokens;
  std::vector<std::int32_t> begin_suppress_tokens;
  std::vector<whisper::AlignmentHead> alignment_heads;  ///< never empty: all heads of the last half of the layers

  /// What holds without such a file.
  [[nodiscard]] static GenerationConfig defaults(const whisper::DecoderConfig& decoder);
  /// Members that are missing or null get the defaults. Error(bad_data) for tokens and heads that there are not.
  [[nodiscard]] static GenerationConfig from_json(const base::JsonReader& json, const whisper::DecoderConfig& decoder);
};

}  // namespace seben::generate
