// SPDX-License-Identifier: Apache-2.0
// The transformer head (docs/heads.md): projection, convolution over time with the head's own stride, positions,
// post-norm layers, norm, projection.
#include "convert/attention.h"
#include "convert/head_kinds.h"

namespace seben::convert {
namespace {

using mil::Value;

// Through the convolution and with positions, in the layout.
Value embed(Graph& g, const HeadSource& s, const Value& x) {
  const std::int64_t d = s.config.width;
  const Value shorter = head_front(g, s, x);
  const std::vector<float> table = s.weights.values("pos_enc", {1, s.config.positions, d});
  if (!g.ane()) {
    const Value steps = g.transpose("head_shorten_sequence", shorter, {0, 2, 1});
    const Value positions = g.real("head_positions", table, {1, s.config.positions, d});
    return g.add("head_stream", steps, g.positions_for("head_positions_here", steps, positions));
  }
  const std::vector<std::int64_t> flat{2};
  const Value channels =
      g.builder().add("squeeze", "head_shorten_channels", {{"x", shorter}, {"axes", mil::Literal::ints(flat)}});
  std::vector<float> by_channel(table.size());
  for (std::int64_t t = 0; t < s.config.positions; ++t) {
    for (std::int64_t c = 0; c < d; ++c) {
      by_channel[static_cast<std::size_t>(c * s.config.positions + t)] = table[static_cast<std::size_t>(t * d + c)];
    }
  }
  const Value positions = g.real("head_positions", by_channel, {1, d, s.config.positions});
  const Value sum = g.add("head_stream", channels, g.positions_for("head_positions_here", channels, positions));
  return g.builder().add("expand_dims", "head_stream_flat", {{"x", sum}, {"axes", mil::Literal::ints(flat)}});
}

Value layer(Graph& g, const HeadSource& s, std::int64_t i, const Value& x) {
  const std::string name = "head_layer_" + std::to_string(i), tensor = "encoder.layers." + std::to_string(i) + ".";
  const std::int64_t d = s.config.width;
  const auto projection = [&](const char* which, std::int64_t part) {
    const Graph::Rows rows{tensor + "self_attn.in_proj_weight", tensor + "self_attn.in_proj_bias", 3 * d, part * d};
    return g.linear_rows(name + which, x, s.weights, rows, d, d);
  };
  const Value q = projection("_q", 0);
  const Value k = projection("_k", 1);
  const Value v = projection("_v", 2);
  const Value mixed = attention(g, name + "_attention", {q, k, v}, s.config.heads);
  const Value out = g.linear(name + "_out", mixed, s.weights, tensor + "self_attn.out_proj", d, d);
  const Value middle = g.layer_norm(name + "_norm1", g.add(name + "_middle", x, out), s.weights, tensor + "norm1", d);
  const Value up =
      g.gelu(name + "_gelu", g.linear(name + "_up", middle, s.weights, tensor + "linear1", s.config.ffn, d));
  const Value down = g.linear(name + "_down", up, s.weights, tensor + "linear2", d, s.config.ffn);
  return g.layer_norm(name + "_norm2", g.add(name + "_end", middle, down), s.weights, tensor + "norm2", d);
}

}  // namespace

Value transformer_head(Graph& g, const HeadSource& s, const Value& features) {
  Value x = embed(g, s, g.enter("head_enter", features));
  for (std::int64_t i = 0; i < s.config.layers; ++i) x = layer(g, s, i, x);
  x = g.layer_norm("head_norm", x, s.weights, "ln", s.config.width);
  return g.leave("head_leave", g.linear("head_scores", x, s.weights, "output_proj", s.config.classes, s.config.width));
}

}  // namespace seben::convert
