// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder as MIL models. Three of them: what is made once a window (keys and values of the features),
// one step without state, and one step with its memory in states (iOS18).
#pragma once

#include <cstdint>

#include "convert/graph.h"
#include "convert/model.h"
#include "model/whisper/decoder_config.h"

namespace seben::convert {

struct DecoderSource {
  Weights weights;  ///< below the prefix of the decoder
  whisper::DecoderConfig config;
};

/// features [1, T, d] -> cross_k, cross_v [layers, T, d].
[[nodiscard]] mil::Model decoder_cross_model(const DecoderSource& source, const ConversionOptions& conversion);

/// One step of `tokens` tokens, all memory outside:
///   tokens int32 [1, n], positions int32 [n], self_k and self_v [layers, M, d] (M = max_target_positions; rows not yet
///   written hold anything finite), mask [n, M + n] added to the scores (0: visible, -1e4: not; the last n columns are
///   the new tokens themselves), cross_k, cross_v
///   -> logits [1, n, vocabulary], new_k and new_v [layers, n, d], which the caller writes to rows `positions`.
[[nodiscard]] mil::Model decoder_step_model(const DecoderSource& source, const ConversionOptions& conversion,
                                            std::int64_t tokens);

/// The same for one token with the memory in states self_k and self_v, fp16 [layers, M, d]:
///   tokens int32 [1, 1], positions int32 [1], mask [1, M] -> logits [1, 1, vocabulary]. Needs iOS18.
[[nodiscard]] mil::Model decoder_stateful_model(const DecoderSource& source, const ConversionOptions& conversion);

}  // namespace seben::convert
