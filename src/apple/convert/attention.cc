// SPDX-License-Identifier: Apache-2.0
#include "convert/attention.h"

#include <cmath>

namespace seben::convert {
namespace {

using mil::Value;

std::int64_t or_rest(std::int64_t dimension) { return dimension == mil::kUnknown ? -1 : dimension; }

Value in_sequence(Graph& g, const std::string& name, const Projections& p, std::int64_t heads) {
  const std::int64_t steps = or_rest(p.q.type.shape[1]), width = p.q.type.shape[2];
  const auto by_head = [&](const char* which, const Value& x) {
    const Value split = g.reshape(name + which + "_heads", x, {1, steps, heads, width / heads});
    return g.transpose(name + which + "_by_head", split, {0, 2, 1, 3});
  };
  const Value q = by_head("_q", p.q);
  const Value k = by_head("_k", p.k);
  const Value v = by_head("_v", p.v);
  const Value weights = g.softmax(name + "_weights", g.matmul(name + "_scores", q, k, true), -1);
  const Value mixed = g.transpose(name + "_by_step", g.matmul(name + "_mixed", weights, v, false), {0, 2, 1, 3});
  return g.reshape(name + "_joined", mixed, {1, steps, width});
}

Value head_by_head(Graph& g, const std::string& name, const Projections& p, std::int64_t heads) {
  const std::vector<Value> q = g.split(name + "_q_heads", p.q, heads, 1);
  const std::vector<Value> k = g.split(name + "_k_heads", g.transpose(name + "_k_steps", p.k, {0, 3, 2, 1}), heads, 3);
  const std::vector<Value> v = g.split(name + "_v_heads", p.v, heads, 1);
  std::vector<Value> mixed;
  for (std::size_t h = 0; h < q.size(); ++h) {
    const std::string head = name + "_head_" + std::to_string(h);
    const Value weights = g.softmax(head + "_weights", g.einsum(head + "_scores", k[h], q[h]), 1);
    mixed.push_back(g.einsum(head + "_mixed", v[h], weights));
  }
  return heads == 1 ? mixed.front() : g.concat(name + "_joined", mixed, 1);
}

}  // namespace

Value attention(Graph& graph, const std::string& name, const Projections& p, std::int64_t heads) {
  const std::int64_t width = p.q.type.shape[graph.ane() ? 1 : 2];
  const float factor = 1.0F / std::sqrt(static_cast<float>(width / heads));
  const Projections scaled{graph.scale(name + "_q_scaled", p.q, factor), p.k, p.v};
  return graph.ane() ? head_by_head(graph, name, scaled, heads) : in_sequence(graph, name, scaled, heads);
}

}  // namespace seben::convert
