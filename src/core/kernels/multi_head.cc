// SPDX-License-Identifier: Apache-2.0
#include "kernels/multi_head.h"

#include <algorithm>

#include "kernels/linear.h"
#include "kernels/row_ops.h"

namespace seben::kernels {

MultiHead::MultiHead(std::int64_t max_rows, std::int64_t width, std::int64_t heads, Precision precision, int threads)
    : width_(width),
      heads_(heads),
      bf16_(kind_of(precision) != GemmKind::f32 && attention_ops().run_bf16 != nullptr && width / heads % 2 == 0) {
  const AttentionShape shape{max_rows, width / heads};
  const auto bytes = [&](std::int64_t elements) { return static_cast<std::size_t>(elements) * (bf16_ ? 2U : 4U); };
  qkv_ = Buffer(bytes(max_rows * 3 * width));
  keys_ = Buffer(bytes(heads * attention_ops().packed_keys(shape)));
  values_ = Buffer(bytes(heads * attention_ops().packed_values(shape)));
  mixed_ = Buffer(static_cast<std::size_t>(max_rows * width) * sizeof(float));
  for (int i = 0; i < threads; ++i) {
    scratch_.emplace_back(static_cast<std::size_t>(attention_ops().scratch_floats(shape)) * sizeof(float));
  }
}

void MultiHead::set_row(std::int64_t r, const float* qkv) {
  if (bf16_) {
    row_ops().to_bf16(qkv, 3 * width_, qkv_.as<std::uint16_t>() + r * 3 * width_);
  } else {
    std::copy_n(qkv, 3 * width_, qkv_.as<float>() + r * 3 * width_);
  }
}

void MultiHead::run(Team& team, std::int64_t rows, const float* bias) {
  const AttentionShape shape{rows, width_ / heads_};
  if (bf16_) {
    run_as<std::uint16_t>(team, shape, bias);
  } else {
    run_as<float>(team, shape, bias);
  }
}

template <typename Element>
void MultiHead::run_as(Team& team, AttentionShape shape, const float* bias) {
  const AttentionOps& ops = attention_ops();
  const std::int64_t stride = 3 * width_, key_size = ops.packed_keys(shape), value_size = ops.packed_values(shape);
  const Element* qkv = qkv_.as<Element>();
  team.share(heads_, [&](std::int64_t head) {
    const Element* k = qkv + width_ + head * shape.head_dim;
    Element* keys = keys_.as<Element>() + head * key_size;
    Element* values = values_.as<Element>() + head * value_size;
    if constexpr (sizeof(Element) == 2) {
      ops.pack_bf16(k, k + width_, stride, shape, keys, values);
    } else {
      ops.pack_f32(k, k + width_, stride, shape, keys, values);
    }
  });
  // Tiles of one head follow each other, so that its packed keys and values stay in cache.
  const std::int64_t blocks = (shape.keys + kBlockRows - 1) / kBlockRows;
  team.share(heads_ * blocks, [&](std::int64_t task) {
    const std::int64_t head = task / blocks, first = task % blocks * kBlockRows;
    AttentionQueries<Element> queries;
    queries.q = qkv + first * stride + head * shape.head_dim;
    queries.q_stride = stride;
    queries.count = std::min(kBlockRows, shape.keys - first);
    queries.bias = bias == nullptr ? nullptr : bias + (head * shape.keys + first) * shape.keys;
    queries.out = mixed_.as<float>() + first * width_ + head * shape.head_dim;
    queries.out_stride = width_;
    auto* scratch = scratch_[static_cast<std::size_t>(team.thread())].template as<float>();
    const Element* keys = keys_.as<Element>() + head * key_size;
    const Element* values = values_.as<Element>() + head * value_size;
    if constexpr (sizeof(Element) == 2) {
      ops.run_bf16(queries, shape, keys, values, scratch);
    } else {
      ops.run_f32(queries, shape, keys, values, scratch);
    }
  });
}

}  // namespace seben::kernels
