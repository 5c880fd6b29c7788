// SPDX-License-Identifier: Apache-2.0
// What all ways of choosing tokens work on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "decode/whisper/logit_rules.h"
#include "model/whisper/incremental_decoder.h"

namespace seben::generate {

/// A text that was decoded: tokens after the prompt, without <|endoftext|>.
struct Hypothesis {
  std::vector<std::int32_t> tokens;
  double sum_logprob = 0.0;  ///< of the tokens and of the end, where it was reached
};

/// A window after its prompt. A search leaves the cache with hypotheses of its own; SearchState::rewind makes it ready
/// for the next.
struct SearchState {
  const whisper::IncrementalDecoder& decoder;
  const whisper::CrossCache& cross;
  whisper::TokenCache& cache;
  const LogitRules& rules;
  std::span<const float> first;  ///< scores after the prompt, [vocabulary]
  std::int64_t prompt = 0;       ///< tokens of the prompt
  std::int64_t max_tokens = 0;   ///< of a hypothesis; fewer where the decoder has no more positions
  int threads = 1;

  /// Tokens that a hypothesis can have.
  [[nodiscard]] std::int64_t limit() const noexcept;
  void rewind() const;
};

}  // namespace seben::generate
