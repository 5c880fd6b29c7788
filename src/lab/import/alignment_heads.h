// SPDX-License-Identifier: Apache-2.0
// Which heads of OpenAI's text decoders follow the speech.
#pragma once

#include <vector>

#include "model/whisper/decoder_config.h"
#include "model/whisper/incremental_decoder.h"

namespace seben::models {

/// The heads by whose attention openai-whisper times words, told by the decoder's sizes; empty for sizes that are not
/// OpenAI's, and for those of the first two large models, which sizes do not tell apart.
[[nodiscard]] std::vector<whisper::AlignmentHead> known_alignment_heads(const whisper::DecoderConfig& config);

}  // namespace seben::models
