// SPDX-License-Identifier: Apache-2.0
// Multi-head self-attention in the two layouts.
#pragma once

#include <cstdint>
#include <string>

#include "convert/graph.h"

namespace seben::convert {

/// Projections of one attention, before q is scaled: each as Graph's layout has activations of `width` channels.
struct Projections {
  mil::Value q, k, v;
};

/// softmax(q k^T / sqrt(width / heads)) v of every head, side by side in the channels.
/// sequence: heads as an axis of their own, [1, H, S, d]. ane: head by head, scores [1, S_k, 1, S_q] with softmax over
/// axis 1 (Apple, "Deploying Transformers on the Apple Neural Engine", 2022), operands in the order of the native
/// einsum.
[[nodiscard]] mil::Value attention(Graph& graph, const std::string& name, const Projections& p, std::int64_t heads);

}  // namespace seben::convert
