// SPDX-License-Identifier: Apache-2.0
#include "kernels/narrow.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::kernels {
namespace {

constexpr std::int64_t kReadRows = 4;  // restored at a time: they stay in the first caches

std::size_t element_bytes(NarrowForm form) {
  switch (form) {
    case NarrowForm::f32: return 4;
    case NarrowForm::bf16:
    case NarrowForm::f16: return 2;
    case NarrowForm::s8: return 1;
    case NarrowForm::reader: break;
  }
  return 0;
}

}  // namespace

NarrowForm form_of(Precision precision) noexcept {
  switch (precision) {
    case Precision::bf16: return NarrowForm::bf16;
    case Precision::int8: return NarrowForm::s8;
    case Precision::f32: break;
  }
  return NarrowForm::f32;
}

NarrowLinear::NarrowLinear(RowReader read, std::span<const float> bias, std::int64_t out, std::int64_t in,
                           NarrowForm form, float scale, const std::string& name, std::size_t stored_bytes, int threads)
    : out_(out),
      in_(in),
      form_(form),
      scale_(scale),
      stored_bytes_(form == NarrowForm::reader ? stored_bytes : 0),
      weights_(static_cast<std::size_t>(out) * static_cast<std::size_t>(in) * element_bytes(form)) {
  take_bias(bias);
  if (form == NarrowForm::reader) {
    read_ = std::move(read);
    return;
  }
  if (form == NarrowForm::s8) row_scale_.resize(static_cast<std::size_t>(out));
  constexpr std::int64_t kRows = 64;
  parallel_for(threads, (out + kRows - 1) / kRows, [&](std::int64_t block) {
    std::vector<float> row(static_cast<std::size_t>(in));
    for (std::int64_t r = block * kRows; r < std::min(out, (block + 1) * kRows); ++r) {
      read(r, row);
      store(r, row, name);
    }
  });
}

NarrowLinear::NarrowLinear(const void* stored, std::span<const float> bias, std::int64_t out, std::int64_t in,
                           NarrowForm form, float scale)
    : out_(out),
      in_(in),
      form_(form),
      scale_(scale),
      stored_bytes_(static_cast<std::size_t>(out) * static_cast<std::size_t>(in) * element_bytes(form)),
      stored_(stored) {
  if (form == NarrowForm::s8 || form == NarrowForm::reader) {
    throw Error(ErrorCategory::internal, "NarrowLinear: stored weights", "f32, bf16 or f16", "another form");
  }
  take_bias(bias);
}

void NarrowLinear::take_bias(std::span<const float> bias) {
  if (!bias.empty() && bias.size() != static_cast<std::size_t>(out_)) {
    throw Error(ErrorCategory::internal, "NarrowLinear: bias", std::to_string(out_) + " values",
                std::to_string(bias.size()));
  }
  bias_.assign(bias.begin(), bias.end());
  for (float& b : bias_) b *= scale_;
}

void NarrowLinear::store(std::int64_t r, std::span<float> row, const std::string& name) {
  switch (form_) {
    case NarrowForm::f32: std::ranges::copy(row, weights_.as<float>() + r * in_); break;
    case NarrowForm::bf16: row_ops().to_bf16(row.data(), in_, weights_.as<std::uint16_t>() + r * in_); break;
    case NarrowForm::f16:
      if (!narrow_ops().to_f16(row.data(), in_, weights_.as<std::uint16_t>() + r * in_)) {
        throw Error(ErrorCategory::bad_data, name + ": row " + std::to_string(r), "numbers that f16 can hold",
                    std::to_string(std::abs(*std::ranges::max_element(row, {}, [](float v) { return std::abs(v); }))));
      }
      break;
    case NarrowForm::s8: {
      std::int32_t sum = 0;
      row_scale_[static_cast<std::size_t>(r)] =
          scale_ * row_ops().quantize_symmetric(row.data(), in_, 127.0F, weights_.as<std::int8_t>() + r * in_, &sum);
      break;
    }
    case NarrowForm::reader: break;
  }
}

std::int64_t NarrowLinear::workspace_floats() const noexcept {
  return form_ == NarrowForm::reader ? kReadRows * in_ : 0;
}

void NarrowLinear::run_read(MatrixRows<float> x, std::int64_t first, std::int64_t count, float* y,
                            std::int64_t y_stride, float* room) const {
  std::vector<float> own(room == nullptr ? static_cast<std::size_t>(workspace_floats()) : 0U);
  if (room == nullptr) room = own.data();
  for (std::int64_t done = 0; done < count; done += kReadRows) {
    const std::int64_t some = std::min(kReadRows, count - done);
    for (std::int64_t r = 0; r < some; ++r) {
      read_(first + done + r, {room + r * in_, static_cast<std::size_t>(in_)});
    }
    narrow_ops().dots_f32({room, in_, some, in_}, x, y + done, y_stride);
  }
}

void NarrowLinear::run(const float* x, std::int64_t rows, std::int64_t first, std::int64_t count, float* y,
                       std::int64_t y_stride, float* room) const {
  const NarrowOps& ops = narrow_ops();
  const MatrixRows<float> inputs{x, in_, rows, in_};
  const auto part = [&]<typename Element>(const Element* weights) {
    return MatrixRows<Element>{weights + first * in_, in_, count, in_};
  };
  switch (form_) {
    case NarrowForm::f32: ops.dots_f32(part(static_cast<const float*>(weights())), inputs, y, y_stride); break;
    case NarrowForm::bf16:
      ops.dots_bf16(part(static_cast<const std::uint16_t*>(weights())), inputs, y, y_stride);
      break;
    case NarrowForm::f16: ops.dots_f16(part(static_cast<const std::uint16_t*>(weights())), inputs, y, y_stride); break;
    case NarrowForm::s8: ops.dots_s8(part(static_cast<const std::int8_t*>(weights())), inputs, y, y_stride); break;
    case NarrowForm::reader: run_read(inputs, first, count, y, y_stride, room); break;
  }
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = y + r * y_stride;
    if (!row_scale_.empty()) {
      const float* scale = row_scale_.data() + first;
      for (std::int64_t o = 0; o < count; ++o) row[o] *= scale[o];
    } else if (scale_ != 1.0F) {
      for (std::int64_t o = 0; o < count; ++o) row[o] *= scale_;
    }
    if (!bias_.empty()) row_ops().add(bias_.data() + first, count, row);
  }
}

}  // namespace seben::kernels
