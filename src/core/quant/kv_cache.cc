// SPDX-License-Identifier: Apache-2.0
#include "quant/kv_cache.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/format.h"
#include "kernels/row_ops.h"
#include "quant/affine_layout.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

using kernels::kKeyLanes;

constexpr std::int64_t kWidestHead = 1024, kWidestGroup = 128;
constexpr std::size_t kMostHalves = kWidestHead / 16;

bool coded(KvForm form) noexcept { return form == KvForm::u8 || form == KvForm::u4; }

std::size_t element_bits(KvForm form) noexcept {
  switch (form) {
    case KvForm::f32: return 32;
    case KvForm::bf16: return 16;
    case KvForm::u8: return 8;
    case KvForm::u4: return 4;
  }
  return 0;
}

// The codes of one head of one position, a byte each, and what belongs to its groups.
struct HeadCode {
  std::array<std::uint8_t, kWidestHead> codes;
  std::array<std::uint16_t, kMostHalves> scales, zeros;

  HeadCode(const float* x, std::int64_t head_dim, KvForm form, std::int64_t group) {
    const AffineLayout layout{form == KvForm::u8 ? 8 : 4, static_cast<int>(group), false};
    const std::uint32_t largest = affine_ops().encode(x, head_dim, layout, codes.data(), scales.data(), zeros.data());
    if (largest > kLargestHalfBits) {
      throw Error(ErrorCategory::bad_data, "decoder: keys and values", "finite numbers of at most 65504 to be coded",
                  "another");
    }
    if (form == KvForm::u8) return;
    for (std::int64_t i = head_dim - 2; i >= 0; i -= 2) {  // from behind: the packed ones lie in the same bytes
      const std::uint8_t both = codes[static_cast<std::size_t>(i / 2)];
      codes[static_cast<std::size_t>(i)] = both & 15U;
      codes[static_cast<std::size_t>(i + 1)] = both >> 4U;
    }
  }
};

}  // namespace

std::string_view to_string(KvForm form) noexcept {
  switch (form) {
    case KvForm::f32: return "f32";
    case KvForm::bf16: return "bf16";
    case KvForm::u8: return "affine8";
    case KvForm::u4: return "affine4";
  }
  return "unknown";
}

std::optional<KvForm> parse_kv_form(std::string_view word) noexcept {
  for (const KvForm form : {KvForm::f32, KvForm::bf16, KvForm::u8, KvForm::u4}) {
    if (to_string(form) == word) return form;
  }
  return std::nullopt;
}

KvHeads::KvHeads(const KvShape& shape, KvForm form)
    : shape_(shape), form_(form), blocks_((shape.positions + kKeyLanes - 1) / kKeyLanes) {
  if (coded(form)) {
    if (shape.head_dim % 16 != 0 || shape.head_dim > kWidestHead) {
      throw Error(ErrorCategory::usage, "decoder: cache of " + std::string(to_string(form)),
                  base::format("heads of a multiple of 16, at most {}", kWidestHead), std::to_string(shape.head_dim));
    }
    group_ = shape.head_dim % 32 == 0 ? 32 : 16;
    groups_ = shape.head_dim / group_;
    halves_ = kernels::Buffer(static_cast<std::size_t>(4 * shape.heads * groups_ * lanes()) * sizeof(std::uint16_t));
  }
  head_bytes_ = static_cast<std::size_t>(lanes() * shape.head_dim) * element_bits(form) / 8;
  keys_ = kernels::Buffer(static_cast<std::size_t>(shape.heads) * head_bytes_);
  values_ = kernels::Buffer(static_cast<std::size_t>(shape.heads) * head_bytes_);
}

std::uint16_t* KvHeads::halves(int which, std::int64_t head, std::int64_t g) noexcept {
  return halves_.as<std::uint16_t>() + ((which * shape_.heads + head) * groups_ + g) * lanes();
}

const std::uint16_t* KvHeads::halves(int which, std::int64_t head) const noexcept {
  return halves_.as<std::uint16_t>() + (which * shape_.heads + head) * groups_ * lanes();
}

void KvHeads::set_keys(std::int64_t block, const float* rows) {
  const std::int64_t d = shape_.head_dim, width = shape_.width(), values = d * kKeyLanes;
  const kernels::KvOps& ops = kernels::kv_ops();
  std::vector<float> lanes(form_ == KvForm::bf16 ? static_cast<std::size_t>(values) : 0U);
  for (std::int64_t h = 0; h < shape_.heads; ++h, rows += d) {
    std::byte* head = keys_.data() + static_cast<std::size_t>(h) * head_bytes_;
    switch (form_) {
      case KvForm::f32: ops.gather(rows, width, d, reinterpret_cast<float*>(head) + block * values); break;
      case KvForm::bf16:
        ops.gather(rows, width, d, lanes.data());
        kernels::row_ops().to_bf16(lanes.data(), values, reinterpret_cast<std::uint16_t*>(head) + block * values);
        break;
      case KvForm::u8:
      case KvForm::u4: code_keys(block, h, rows); break;
    }
  }
}

void KvHeads::code_keys(std::int64_t block, std::int64_t head, const float* rows) {
  const std::int64_t d = shape_.head_dim, bytes = d * kKeyLanes / (form_ == KvForm::u4 ? 2 : 1);
  auto* to = keys_.as<std::uint8_t>() + static_cast<std::size_t>(head) * head_bytes_ + block * bytes;
  for (std::int64_t lane = 0; lane < kKeyLanes; ++lane) {
    const HeadCode code(rows + lane * shape_.width(), d, form_, group_);
    std::uint8_t* at = to + lane;
    if (form_ == KvForm::u8) {
      for (std::size_t i = 0; i < static_cast<std::size_t>(d); ++i, at += kKeyLanes) *at = code.codes[i];
    } else {
      for (std::size_t i = 0; i < static_cast<std::size_t>(d); i += 2, at += kKeyLanes) {
        *at = static_cast<std::uint8_t>(code.codes[i] | code.codes[i + 1] << 4U);
      }
    }
    for (std::int64_t g = 0; g < groups_; ++g) {
      halves(0, head, g)[block * kKeyLanes + lane] = code.scales[static_cast<std::size_t>(g)];
      halves(1, head, g)[block * kKeyLanes + lane] = code.zeros[static_cast<std::size_t>(g)];
    }
  }
}

void KvHeads::read(std::int64_t position, float* key, float* value) const {
  if (form_ != KvForm::f32) {
    throw Error(ErrorCategory::internal, "decoder: cache", "f32, to be read", std::string(to_string(form_)));
  }
  const std::int64_t d = shape_.head_dim, block = position / kKeyLanes, lane = position % kKeyLanes;
  for (std::int64_t h = 0; h < shape_.heads; ++h, key += d, value += d) {
    const auto head = static_cast<std::size_t>(h) * head_bytes_;
    const auto* lanes = reinterpret_cast<const float*>(keys_.data() + head) + block * d * kKeyLanes + lane;
    for (std::int64_t i = 0; i < d; ++i) key[i] = lanes[i * kKeyLanes];
    std::copy_n(reinterpret_cast<const float*>(values_.data() + head) + position * d, d, value);
  }
}

void KvHeads::set_value(std::int64_t position, const float* row) {
  const std::int64_t d = shape_.head_dim;
  for (std::int64_t h = 0; h < shape_.heads; ++h, row += d) {
    std::byte* to = values_.data() + static_cast<std::size_t>(h) * head_bytes_ +
                    static_cast<std::size_t>(position * d) * element_bits(form_) / 8;
    switch (form_) {
      case KvForm::f32: std::copy_n(row, d, reinterpret_cast<float*>(to)); break;
      case KvForm::bf16: kernels::row_ops().to_bf16(row, d, reinterpret_cast<std::uint16_t*>(to)); break;
      case KvForm::u8:
      case KvForm::u4: {
        const HeadCode code(row, d, form_, group_);
        auto* bytes = reinterpret_cast<std::uint8_t*>(to);
        if (form_ == KvForm::u8) {
          std::copy_n(code.codes.begin(), d, bytes);
        } else {
          for (std::int64_t g = 0, half = group_ / 2; g < groups_; ++g) {
            const std::uint8_t* from = code.codes.data() + g * group_;
            for (std::int64_t i = 0; i < half; ++i)
              *bytes++ = static_cast<std::uint8_t>(from[i] | from[i + half] << 4U);
          }
        }
        for (std::int64_t g = 0; g < groups_; ++g) {
          halves(2, h, g)[position] = code.scales[static_cast<std::size_t>(g)];
          halves(3, h, g)[position] = code.zeros[static_cast<std::size_t>(g)];
        }
        break;
      }
    }
  }
}

void KvHeads::attend(std::int64_t head, kernels::MatrixRows<float> queries, float* weights, float* room, float* out,
                     std::int64_t out_stride) const {
  const kernels::KvOps& ops = kernels::kv_ops();
  const std::size_t at = static_cast<std::size_t>(head) * head_bytes_;
  kernels::KeyBlocks keys{form_, keys_.data() + at, blocks_, shape_.head_dim, group_, nullptr, nullptr};
  kernels::ValueRows values{form_,
                            values_.data() + at,
                            shape_.head_dim * static_cast<std::int64_t>(element_bits(form_)) / 8,
                            shape_.positions,
                            shape_.head_dim,
                            group_,
                            lanes(),
                            nullptr,
                            nullptr};
  if (coded(form_)) {
    keys.scales = halves(0, head);
    keys.zeros = halves(1, head);
    values.scales = halves(2, head);
    values.zeros = halves(3, head);
  }
  ops.scores(keys, queries, weights, lanes());
  for (std::int64_t m = 0; m < queries.count; ++m) {
    kernels::narrow_ops().softmax(weights + m * lanes(), shape_.positions);
  }
  ops.mix(values, weights, lanes(), queries.count, out, out_stride, room);
}

KvRows::KvRows(const KvShape& shape, KvForm form)
    : shape_(shape),
      form_(form),
      data_(static_cast<std::size_t>(shape.positions * shape.width()) * element_bits(form) / 8) {
  if (form == KvForm::u4) {
    throw Error(ErrorCategory::usage, "decoder: cache of tokens", "f32, bf16 or affine8", "affine4");
  }
  if (form != KvForm::u8) return;
  if (shape.head_dim % 16 != 0 || shape.head_dim > kWidestGroup) {
    throw Error(ErrorCategory::usage, "decoder: cache of affine8",
                base::format("heads of a multiple of 16, at most {}", kWidestGroup), std::to_string(shape.head_dim));
  }
  halves_ = kernels::Buffer(static_cast<std::size_t>(2 * shape.heads * shape.positions) * sizeof(std::uint16_t));
}

void KvRows::set(std::int64_t row, std::int64_t head, const float* values) {
  const std::int64_t d = shape_.head_dim, at = row * shape_.width() + head * d;
  switch (form_) {
    case KvForm::f32: std::copy_n(values, d, data_.as<float>() + at); break;
    case KvForm::bf16: kernels::row_ops().to_bf16(values, d, data_.as<std::uint16_t>() + at); break;
    case KvForm::u8: {
      const HeadCode code(values, d, form_, d);
      std::copy_n(code.codes.begin(), d, data_.as<std::uint8_t>() + at);
      std::uint16_t* scale = halves_.as<std::uint16_t>() + head * shape_.positions + row;
      scale[0] = code.scales[0];
      scale[shape_.heads * shape_.positions] = code.zeros[0];
      break;
    }
    case KvForm::u4: break;
  }
}

void KvRows::scores(std::int64_t head, std::int64_t first, std::int64_t count, const float* query, float* y) const {
  const std::int64_t d = shape_.head_dim, at = first * shape_.width() + head * d;
  const kernels::MatrixRows<float> x{query, d, 1, d};
  const kernels::NarrowOps& ops = kernels::narrow_ops();
  const auto rows = [&]<typename Element>(const Element* data) {
    return kernels::MatrixRows<Element>{data + at, shape_.width(), count, d};
  };
  switch (form_) {
    case KvForm::f32: return ops.dots_f32(rows(data_.as<float>()), x, y, count);
    case KvForm::bf16: return ops.dots_bf16(rows(data_.as<std::uint16_t>()), x, y, count);
    case KvForm::u8: {
      ops.dots_u8(rows(data_.as<std::uint8_t>()), x, y, count);
      float sum = 0.0F;
      for (std::int64_t i = 0; i < d; ++i) sum += query[i];
      const std::uint16_t* scales = halves_.as<std::uint16_t>() + head * shape_.positions + first;
      return kernels::kv_ops().rescale(scales, scales + shape_.heads * shape_.positions, sum, count, y);
    }
    case KvForm::u4: return;
  }
}

void KvRows::mix(std::int64_t head, std::int64_t first, std::int64_t count, const float* p, float* room,
                 float* out) const {
  const std::int64_t d = shape_.head_dim, at = first * shape_.width() + head * d;
  const kernels::NarrowOps& ops = kernels::narrow_ops();
  const auto rows = [&]<typename Element>(const Element* data) {
    return kernels::MatrixRows<Element>{data + at, shape_.width(), count, d};
  };
  switch (form_) {
    case KvForm::f32: return ops.mix_f32(rows(data_.as<float>()), p, count, 1, out, d);
    case KvForm::bf16: return ops.mix_bf16(rows(data_.as<std::uint16_t>()), p, count, 1, out, d);
    case KvForm::u8: {
      const std::uint16_t* scales = halves_.as<std::uint16_t>() + head * shape_.positions + first;
      const float offset = kernels::kv_ops().weigh(p, scales, scales + shape_.heads * shape_.positions, count, room);
      ops.mix_u8(rows(data_.as<std::uint8_t>()), room, count, 1, out, d);
      for (std::int64_t i = 0; i < d; ++i) out[i] += offset;
      return;
    }
    case KvForm::u4: return;
  }
}

}  // namespace seben::quant
