// SPDX-License-Identifier: Apache-2.0
#include "convert/head_kinds.h"

namespace seben::convert {

using mil::Value;

Value head_front(Graph& g, const HeadSource& s, const Value& features) {
  const std::int64_t d = s.config.width;
  const Value projected =
      g.gelu("head_in_gelu", g.linear("head_in", features, s.weights, "input_proj.0", d, s.config.input_dim));
  const Graph::Convolution shorten{"temporal_ds.0", d, d, 5, s.config.stride, 2};
  const Value turned = g.ane() ? projected : g.transpose("head_in_channels", projected, {0, 2, 1});
  return g.gelu("head_shorten_gelu", g.convolve("head_shorten", turned, s.weights, shorten));
}

}  // namespace seben::convert
