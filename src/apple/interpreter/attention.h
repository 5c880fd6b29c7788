// SPDX-License-Identifier: Apache-2.0
// Attention in tiles, for scaled_dot_product_attention and for matmul, softmax, matmul in a row: the whole score matrix
// (90 MB a layer at Whisper's sizes) is never stored.
#pragma once

#include <cstdint>

#include "interpreter/array.h"

namespace seben::interpreter {

struct AttentionHeads {
  const Array* q = nullptr;  ///< [B…, L, E]
  const Array* k = nullptr;  ///< [B…, S, E], or [B…, E, S]
  const Array* v = nullptr;  ///< [B…, S, V]
  bool k_turned = false;     ///< k lies as [B…, E, S]
  float scale = 1.0F;
  /// Added to the scores, or null; broadcast from the front ([…, S]).
  const Array* mask = nullptr;
  /// Scores and weights are rounded to fp16 as three operators would.
  bool round = false;
};

/// out: [B…, L, V]
void attend(const AttentionHeads& heads, Array& out, int threads);

}  // namespace seben::interpreter
