// SPDX-License-Identifier: Apache-2.0
#include "convert/weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/float16.h"
#include "seben/error.h"

namespace seben::convert {
namespace {

constexpr std::int64_t kPieceElements = std::int64_t{1} << 20;

void require_fp16(const tensor::TensorView& view, std::span<const float> values) {
  float largest = 0.0F;
  for (const float v : values) largest = std::max(largest, std::abs(v));
  // 65520 and more round to infinity.
  if (largest >= 65520.0F) {
    throw Error(ErrorCategory::bad_data, view.source + ": " + view.name, "magnitudes that fp16 holds (65504)",
                std::to_string(largest));
  }
}

void stream_fp16(const tensor::TensorView& view, const mil::ByteSink& sink) {
  std::vector<std::uint16_t> half;
  stream_rows(view, [&](std::span<const float> values) {
    require_fp16(view, values);
    half.resize(values.size());
    base::f32_to_f16(values, half);
    sink(std::as_bytes(std::span(half)));
  });
}

bool all_finite(std::span<const std::byte> floats) {
  std::uint32_t bad = 0;
  for (std::size_t at = 0; at < floats.size(); at += sizeof(std::uint32_t)) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, floats.data() + at, sizeof(bits));
    bad |= (bits & 0x7F800000U) == 0x7F800000U ? 1U : 0U;
  }
  return bad == 0;
}

class TensorPayload final : public mil::Payload {
 public:
  TensorPayload(std::shared_ptr<const tensor::WeightFile> file, const tensor::TensorView& view, mil::DType dtype)
      : file_(std::move(file)), view_(view), dtype_(dtype) {}

  [[nodiscard]] std::size_t size() const override { return mil::bytes_of(dtype_, view_.elements()); }
  [[nodiscard]] std::string origin() const override { return view_.source + ": " + view_.name; }
  [[nodiscard]] const std::byte* data() const override { return as_stored() ? view_.data : nullptr; }
  void stream(const mil::ByteSink& sink) const override {
    if (dtype_ == mil::DType::fp16) {
      stream_fp16(view_, sink);
    } else if (as_stored()) {
      stream_stored(sink);
    } else {
      stream_rows(view_, [&](std::span<const float> values) { sink(std::as_bytes(values)); });
    }
    file_->release(view_);
  }

 private:
  // Straight from the mapping, after a look at the exponents: all ones mean an infinity or no number.
  void stream_stored(const mil::ByteSink& sink) const {
    constexpr std::size_t kPiece = std::size_t{8} << 20;
    const std::span<const std::byte> bytes(view_.data, view_.bytes());
    for (std::size_t at = 0; at < bytes.size(); at += kPiece) {
      const auto piece = bytes.subspan(at, std::min(kPiece, bytes.size() - at));
      if (!all_finite(piece)) static_cast<void>(tensor::to_float(view_));  // says which one is not
      sink(piece);
    }
  }

  [[nodiscard]] bool as_stored() const { return dtype_ == mil::DType::fp32 && view_.dtype == tensor::DType::f32; }

  std::shared_ptr<const tensor::WeightFile> file_;
  tensor::TensorView view_;
  mil::DType dtype_;
};

}  // namespace

void stream_rows(const tensor::TensorView& view, const std::function<void(std::span<const float>)>& take) {
  const std::int64_t rows = view.shape.empty() ? 1 : view.shape[0];
  if (rows == 0) return;
  const std::int64_t width = view.elements() / rows;
  const std::int64_t together = std::max<std::int64_t>(1, kPieceElements / std::max<std::int64_t>(1, width));
  const std::size_t row_bytes = view.bytes() / static_cast<std::size_t>(rows);
  std::vector<float> values;
  for (std::int64_t first = 0; first < rows; first += together) {
    const std::int64_t count = std::min(together, rows - first);
    tensor::TensorView part = view;
    part.shape = {count, width};
    part.data = view.data + static_cast<std::size_t>(first) * row_bytes;
    values.resize(static_cast<std::size_t>(count * width));
    tensor::to_float(part, values);
    take(values);
  }
}

mil::Literal literal(const std::shared_ptr<const tensor::WeightFile>& file, const tensor::TensorView& view,
                     const mil::Shape& shape, mil::DType dtype) {
  const mil::Type type{dtype, shape};
  if (type.elements() != view.elements()) {
    throw Error(ErrorCategory::internal, view.source + ": " + view.name, mil::to_string(shape),
                tensor::to_string(view.shape));
  }
  return {type, std::make_shared<TensorPayload>(file, view, dtype), {}, true};
}

}  // namespace seben::convert
