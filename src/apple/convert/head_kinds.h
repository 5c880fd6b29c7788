// SPDX-License-Identifier: Apache-2.0
// One converter for each kind of head; head.cc chooses.
#pragma once

#include "convert/head.h"

namespace seben::convert {

[[nodiscard]] mil::Value transformer_head(Graph& graph, const HeadSource& source, const mil::Value& features);
[[nodiscard]] mil::Value bilstm_head(Graph& graph, const HeadSource& source, const mil::Value& features);

}  // namespace seben::convert
