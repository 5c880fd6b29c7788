// SPDX-License-Identifier: Apache-2.0
#include "convert/compress.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "base/float16.h"
#include "convert/palette.h"
#include "convert/weights.h"
#include "seben/error.h"

namespace seben::convert {
namespace {

using mil::ByteSink;
using mil::DType;
using mil::Literal;

// A matrix with what its parts have in common: palette and scales are made once, when the first part is streamed.
class Matrix {
 public:
  Matrix(std::shared_ptr<const tensor::WeightFile> file, const tensor::TensorView& view, DType dtype)
      : file_(std::move(file)), view_(view), dtype_(dtype), in_(view.elements() / view.shape.at(0)) {}

  [[nodiscard]] std::int64_t in() const noexcept { return in_; }
  [[nodiscard]] std::int64_t out() const noexcept { return view_.shape[0]; }
  [[nodiscard]] std::int64_t elements() const noexcept { return view_.elements(); }

  // The scales of blocks of `block` inputs, as they will be after rounding to the package's dtype.
  const std::vector<float>& scales(std::int64_t block, int limit) {
    const std::scoped_lock lock(mutex_);
    if (!scales_.empty()) return scales_;
    stream_rows(view_, [&](std::span<const float> values) {
      for (std::size_t at = 0; at < values.size(); at += static_cast<std::size_t>(block)) {
        float largest = 0.0F;
        for (const float v : values.subspan(at, static_cast<std::size_t>(block)))
          largest = std::max(largest, std::abs(v));
        scales_.push_back(largest == 0.0F ? 1.0F : rounded(largest / static_cast<float>(limit)));
      }
    });
    return scales_;
  }

  const Palette& palette(int bits) {
    const std::scoped_lock lock(mutex_);
    if (palette_.values.empty()) {
      palette_ = make_palette([this](const auto& take) { stream_rows(view_, take); }, bits);
      for (float& v : palette_.values) v = rounded(v);
    }
    return palette_;
  }

  void stream(const std::function<void(std::span<const float>)>& take) const { stream_rows(view_, take); }
  void release() const { file_->release(view_); }

 private:
  // The smallest normal half keeps a block of tiny weights from dividing by zero.
  [[nodiscard]] float rounded(float v) const {
    if (dtype_ != DType::fp16) return v;
    const float half = base::f16_to_f32(base::f32_to_f16(v));
    return half == 0.0F && v != 0.0F ? std::copysign(6.103515625e-05F, v) : half;
  }

  std::shared_ptr<const tensor::WeightFile> file_;
  tensor::TensorView view_;
  DType dtype_;
  std::int64_t in_;
  std::mutex mutex_;
  std::vector<float> scales_;
  Palette palette_;
};

using Shared = std::shared_ptr<Matrix>;

void sink_floats(std::span<const float> values, DType dtype, const ByteSink& sink) {
  if (dtype == DType::fp32) return sink(std::as_bytes(values));
  std::vector<std::uint16_t> half(values.size());
  base::f32_to_f16(values, half);
  sink(std::as_bytes(std::span(half)));
}

Literal produced(DType dtype, mil::Shape shape, std::function<void(const ByteSink&)> produce) {
  const mil::Type type{dtype, std::move(shape)};
  return {type, mil::produce_bytes(mil::bytes_of(dtype, type.elements()), std::move(produce)), {}, true};
}

std::int8_t code_of(float value, float scale, int limit) {
  const float bound = static_cast<float>(limit);
  return static_cast<std::int8_t>(std::clamp(std::nearbyint(value / scale), -bound, bound));
}

// Two's complement codes of the whole matrix; four bits are packed low half first, and in_ is even there.
void stream_codes(Matrix& m, std::int64_t block, int limit, const ByteSink& sink) {
  const std::vector<float>& scales = m.scales(block, limit);
  std::size_t at = 0;
  std::vector<std::byte> bytes;
  std::vector<std::uint8_t> codes;
  m.stream([&](std::span<const float> values) {
    codes.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i, ++at) {
      const std::int8_t q = code_of(values[i], scales[at / static_cast<std::size_t>(block)], limit);
      codes[i] = static_cast<std::uint8_t>(limit == 7 ? q & 15 : q);
    }
    if (limit == 7) {
      bytes = mil::pack_bits(codes, 4);
      sink(bytes);
    } else {
      sink(std::as_bytes(std::span(codes)));
    }
  });
  m.release();
}

mil::Value add_affine(mil::FunctionBuilder& b, const std::string& name, const Shared& m, const mil::Shape& shape,
                      DType dtype) {
  const std::int64_t block = m->in();
  constexpr int kLimit = 127;
  Literal data = produced(DType::int8, shape, [m, block](const ByteSink& s) { stream_codes(*m, block, kLimit, s); });
  Literal scale = produced(dtype, {m->out()},
                           [m, block, dtype](const ByteSink& s) { sink_floats(m->scales(block, kLimit), dtype, s); });
  Literal zero{{DType::int8, {}}, mil::own_bytes({std::byte{0}}), {}, false};
  return b.add_constexpr("constexpr_affine_dequantize", name,
                         {{"quantized_data", std::move(data)},
                          {"scale", std::move(scale)},
                          {"zero_point", std::move(zero)},
                          {"axis", Literal::scalar(std::int32_t{0})}});
}

mil::Value add_blockwise(mil::FunctionBuilder& b, const std::string& name, const Shared& m, const mil::Shape& shape,
                         DType dtype, int limit) {
  std::int64_t block = std::min<std::int64_t>(32, m->in());
  while (m->in() % block != 0) --block;
  if (limit == 7 && m->in() % 2 != 0) {
    throw Error(ErrorCategory::usage, "weights blockwise4: " + name, "an even number of inputs",
                std::to_string(m->in()));
  }
  mil::Shape scales = shape;
  scales[1] = m->in() / block;
  Literal data = produced(limit == 7 ? DType::int4 : DType::int8, shape,
                          [m, block, limit](const ByteSink& s) { stream_codes(*m, block, limit, s); });
  Literal scale = produced(
      dtype, scales, [m, block, limit, dtype](const ByteSink& s) { sink_floats(m->scales(block, limit), dtype, s); });
  return b.add_constexpr("constexpr_blockwise_shift_scale", name,
                         {{"data", std::move(data)}, {"scale", std::move(scale)}});
}

void stream_indices(Matrix& m, int bits, const ByteSink& sink) {
  const Palette& palette = m.palette(bits);
  std::vector<std::uint8_t> codes;
  m.stream([&](std::span<const float> values) {
    // A piece is whole rows; an index may only straddle bytes inside of it.
    const std::size_t before = codes.size();
    codes.resize(before + values.size());
    for (std::size_t i = 0; i < values.size(); ++i) codes[before + i] = palette.nearest(values[i]);
    const std::size_t whole = codes.size() / 8 * 8;
    sink(mil::pack_bits(std::span(codes).first(whole), bits));
    codes.erase(codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(whole));
  });
  if (!codes.empty()) sink(mil::pack_bits(codes, bits));
  m.release();
}

mil::Value add_palette(mil::FunctionBuilder& b, const std::string& name, const Shared& m, const mil::Shape& shape,
                       DType dtype, int bits) {
  const std::int64_t entries = std::int64_t{1} << bits;
  const auto lut = [m, bits, dtype](const ByteSink& s) { sink_floats(m->palette(bits).values, dtype, s); };
  const auto indices = [m, bits](const ByteSink& s) { stream_indices(*m, bits, s); };
  if (b.opset() < mil::Opset::ios18) {
    const std::int64_t bytes = (m->elements() * bits + 7) / 8;
    Literal dims = Literal::ints(shape);
    dims.type.dtype = DType::uint32;  // the same four bytes each
    return b.add_constexpr("constexpr_lut_to_dense", name,
                           {{"indices", produced(DType::uint8, {bytes}, indices)},
                            {"lut", produced(dtype, {entries}, lut)},
                            {"shape", std::move(dims)}});
  }
  mil::Shape lut_shape(shape.size(), 1);
  lut_shape.insert(lut_shape.end(), {entries, 1});
  const DType index = bits == 8 ? DType::uint8 : bits == 6 ? DType::uint6 : DType::uint4;
  return b.add_constexpr("constexpr_lut_to_dense", name,
                         {{"indices", produced(index, shape, indices)}, {"lut", produced(dtype, lut_shape, lut)}});
}

}  // namespace

int palette_bits(WeightCode code) noexcept {
  if (code == WeightCode::palette8) return 8;
  if (code == WeightCode::palette6) return 6;
  return code == WeightCode::palette4 ? 4 : 0;
}

mil::Value add_compressed(mil::FunctionBuilder& builder, const std::string& name,
                          const std::shared_ptr<const tensor::WeightFile>& file, const tensor::TensorView& view,
                          const mil::Shape& shape, WeightCode code, mil::DType dtype) {
  const auto matrix = std::make_shared<Matrix>(file, view, dtype);
  switch (code) {
    case WeightCode::full: return builder.constant(name, literal(file, view, shape, dtype));
    case WeightCode::affine8: return add_affine(builder, name, matrix, shape, dtype);
    case WeightCode::blockwise8: return add_blockwise(builder, name, matrix, shape, dtype, 127);
    case WeightCode::blockwise4: return add_blockwise(builder, name, matrix, shape, dtype, 7);
    default: return add_palette(builder, name, matrix, shape, dtype, palette_bits(code));
  }
}

}  // namespace seben::convert
