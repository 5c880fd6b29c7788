// SPDX-License-Identifier: Apache-2.0
// One converter for each kind of head; head.cc chooses.
#pragma once

#include "convert/head.h"

namespace seben::convert {

/// What kinds begin with: projection, GELU, convolution over time with the head's own stride, GELU. As channels before
/// steps, [1, width, T'] or, in the layout for the Neural Engine, [1, width, 1, T'].
[[nodiscard]] mil::Value head_front(Graph& graph, const HeadSource& source, const mil::Value& features);

[[nodiscard]] mil::Value transformer_head(Graph& graph, const HeadSource& source, const mil::Value& features);
/// bilstm and conv-bilstm.
[[nodiscard]] mil::Value bilstm_head(Graph& graph, const HeadSource& source, const mil::Value& features);

}  // namespace seben::convert
