// SPDX-License-Identifier: Apache-2.0
#include "interpreter/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "interpreter/call.h"
#include "interpreter/softmax.h"
#include "kernels/attention.h"
#include "kernels/gemm.h"
#include "kernels/linear.h"
#include "kernels/threads.h"

namespace seben::interpreter {
namespace {

using kernels::kBlockRows;

struct Sizes {
  std::int64_t heads = 1, queries = 0, keys = 0, width = 0, value_width = 0;
};

Sizes sizes_of(const AttentionHeads& a) {
  const mil::Shape &q = a.q->shape(), &v = a.v->shape();
  Sizes s;
  for (std::size_t i = 0; i + 2 < q.size(); ++i) s.heads *= q[i];
  s.queries = q[q.size() - 2];
  s.width = q[q.size() - 1];
  s.keys = v[v.size() - 2];
  s.value_width = v[v.size() - 1];
  return s;
}

void turn(const float* from, std::int64_t rows, std::int64_t columns, float* to) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  }
}

// The engine's own attention: plain f32, one width for keys and values.
void attend_fast(const AttentionHeads& a, const Sizes& s, Array& out, int threads) {
  const kernels::AttentionOps& ops = kernels::attention_ops();
  const kernels::AttentionShape shape{s.keys, s.width};
  constexpr std::int64_t kTile = 125;
  const std::int64_t tiles = (s.queries + kTile - 1) / kTile;
  const auto floats = [](std::int64_t n) { return kernels::Buffer(static_cast<std::size_t>(n) * sizeof(float)); };
  kernels::parallel_for(threads, s.heads, [&](std::int64_t h) {
    kernels::Buffer keys = floats(ops.packed_keys(shape)), values = floats(ops.packed_values(shape)),
                    scratch = floats(ops.scratch_floats(shape));
    std::vector<float> rows;
    const float* k = a.k->f() + h * s.keys * s.width;
    if (a.k_turned) {
      rows.resize(static_cast<std::size_t>(s.keys * s.width));
      turn(k, s.width, s.keys, rows.data());
      k = rows.data();
    }
    ops.pack_f32(k, a.v->f() + h * s.keys * s.width, s.width, shape, keys.as<float>(), values.as<float>());
    for (std::int64_t tile = 0; tile < tiles; ++tile) {
      const std::int64_t first = h * s.queries + tile * kTile;
      kernels::AttentionQueries<float> queries;
      queries.q = a.q->f() + first * s.width;
      queries.q_stride = s.width;
      queries.count = std::min(kTile, s.queries - tile * kTile);
      queries.out = out.f() + first * s.width;
      queries.out_stride = s.width;
      ops.run_f32(queries, shape, keys.as<float>(), values.as<float>(), scratch.as<float>());
    }
  });
}

// Offset of a mask's row for head h and query l, and 0 or 1 for its last axis.
struct MaskView {
  MaskView(const Array& mask, const mil::Shape& batch, std::int64_t queries) {
    mil::Shape whole = batch;
    whole.push_back(queries);
    const mil::Shape& m = mask.shape();
    std::int64_t step = m.empty() || m.back() == 1 ? 1 : m.back();
    strides.assign(whole.size(), 0);
    for (std::size_t i = 1; i < m.size(); ++i) {
      const std::int64_t size = m[m.size() - 1 - i];
      if (size != 1) strides[whole.size() - i] = step;
      step *= size;
    }
    sizes = whole;
    last = m.empty() || m.back() == 1 ? 0 : 1;
  }
  [[nodiscard]] std::int64_t row(std::int64_t at) const {
    std::int64_t offset = 0;
    for (std::size_t i = sizes.size(); i-- > 0;) {
      offset += at % sizes[i] * strides[i];
      at /= sizes[i];
    }
    return offset;
  }
  mil::Shape sizes;
  std::vector<std::int64_t> strides;
  std::int64_t last = 1;
};

void add_mask(const Array& mask, const MaskView& view, std::int64_t row, float* scores, std::int64_t keys) {
  const std::int64_t at = view.row(row);
  for (std::int64_t i = 0; i < keys; ++i) {
    const std::int64_t place = at + i * view.last;
    if (mask.is_float()) {
      scores[i] += mask.f()[place];
    } else if (mask.i()[place] == 0) {
      scores[i] = -std::numeric_limits<float>::infinity();
    }
  }
}

void round_row(float* x, std::int64_t n) { round_to_fp16({x, static_cast<std::size_t>(n)}); }

void attend_head(const AttentionHeads& a, const Sizes& s, std::int64_t h, const MaskView* mask, Array& out) {
  const float* k = a.k->f() + h * s.keys * s.width;
  const float* v = a.v->f() + h * s.keys * s.value_width;
  std::vector<float> rows, values(static_cast<std::size_t>(s.keys * s.value_width));
  if (a.k_turned) {
    rows.resize(static_cast<std::size_t>(s.keys * s.width));
    turn(k, s.width, s.keys, rows.data());
    k = rows.data();
  }
  turn(v, s.keys, s.value_width, values.data());
  const std::int64_t block = std::min(kBlockRows, s.queries);
  const auto by_key = kernels::pack_gemm(kernels::GemmKind::f32, s.keys, s.width, k, block);
  const auto by_value = kernels::pack_gemm(kernels::GemmKind::f32, s.value_width, s.keys, values.data(), block);
  std::vector<float> scores(static_cast<std::size_t>(block * s.keys));
  for (std::int64_t first = 0; first < s.queries; first += block) {
    const std::int64_t count = std::min(block, s.queries - first), at = h * s.queries + first;
    by_key->multiply(a.q->f() + at * s.width, count, scores.data());
    for (std::int64_t r = 0; r < count; ++r) {
      float* row = scores.data() + r * s.keys;
      if (a.scale != 1.0F) std::for_each_n(row, s.keys, [&a](float& x) { x *= a.scale; });
      if (mask != nullptr) add_mask(*a.mask, *mask, at + r, row, s.keys);
      if (a.round) round_row(row, s.keys);
      softmax_row(row, s.keys);
      if (a.round) round_row(row, s.keys);
    }
    by_value->multiply(scores.data(), count, out.f() + at * s.value_width);
  }
}

void scaled_dot_product_attention(Call& call) {
  AttentionHeads heads;
  heads.q = &call.in("query");
  heads.k = &call.in("key");
  heads.v = &call.in("value");
  heads.mask = call.find("attn_mask");
  heads.scale = 1.0F / std::sqrt(static_cast<float>(heads.q->shape().back()));
  attend(heads, call.out(), call.threads);
}

}  // namespace

void attend(const AttentionHeads& a, Array& out, int threads) {
  const Sizes s = sizes_of(a);
  if (!a.round && a.mask == nullptr && a.scale == 1.0F && s.width == s.value_width) {
    return attend_fast(a, s, out, threads);
  }
  const mil::Shape& q = a.q->shape();
  std::unique_ptr<MaskView> mask;
  if (a.mask != nullptr) mask = std::make_unique<MaskView>(*a.mask, mil::Shape(q.begin(), q.end() - 2), s.queries);
  kernels::parallel_for(threads, s.heads, [&](std::int64_t h) { attend_head(a, s, h, mask.get(), out); });
}

void add_attention_code(std::vector<OperatorCode>& all) {
  all.push_back({"scaled_dot_product_attention", scaled_dot_product_attention});
}

}  // namespace seben::interpreter
