// SPDX-License-Identifier: Apache-2.0
#include "tensor/view.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/float16.h"
#include "base/format.h"
#include "seben/error.h"

namespace seben::tensor {
namespace {

template <class T>
void copy_elements(const std::byte* data, std::span<float> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, data + i * sizeof(T), sizeof(T));  // the bytes need not be aligned
    out[i] = static_cast<float>(value);
  }
}

// Infinities and NaNs are the values whose exponent bits are all ones; a sum of that test vectorises, unlike a float
// sum.
bool all_finite(std::span<const float> values) {
  std::uint32_t bad = 0;
  for (const float value : values) {
    bad |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(value) & 0x7F800000U) == 0x7F800000U);
  }
  return bad == 0;
}

void require_finite(const TensorView& view, std::span<const float> values) {
  if (all_finite(values)) return;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw Error(ErrorCategory::bad_data, view.source + ": " + view.name, "finite values",
                base::format("{} at element {}", values[i], i));
  }
}

}  // namespace

std::int64_t TensorView::elements() const noexcept {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

CodedRows::~CodedRows() = default;

std::size_t TensorView::bytes() const noexcept {
  return coded != nullptr ? coded->bytes() : static_cast<std::size_t>(elements()) * size_of(dtype);
}

std::string to_string(const Shape& shape) { return base::format("[{}]", base::join(shape, ", ")); }

void require_shape(const TensorView& view, const Shape& expected) {
  if (view.shape == expected) return;
  throw Error(ErrorCategory::bad_data, view.source + ": " + view.name, "shape " + to_string(expected),
              "shape " + to_string(view.shape));
}

TensorView row_of(const TensorView& view, std::int64_t i) {
  TensorView row = view;
  row.shape.assign(view.shape.begin() + 1, view.shape.end());
  if (row.coded != nullptr) {
    row.first_row += i;
  } else {
    row.data += static_cast<std::size_t>(i) * row.bytes();
  }
  return row;
}

void read_row(const TensorView& view, std::int64_t i, std::span<float> out) {
  if (view.coded != nullptr) {
    view.coded->read(view.first_row + i, out);
  } else {
    to_float(row_of(view, i), out);
  }
}

void to_float(const TensorView& view, std::span<float> out) {
  if (static_cast<std::int64_t>(out.size()) != view.elements()) {
    throw Error(ErrorCategory::internal, view.source + ": " + view.name, base::format("room for {}", view.elements()),
                std::to_string(out.size()));
  }
  switch (view.dtype) {
    case DType::f32: copy_elements<float>(view.data, out); break;
    case DType::f64: copy_elements<double>(view.data, out); break;
    case DType::f16: base::f16_bytes_to_f32(view.data, out); break;
    case DType::bf16: base::bf16_bytes_to_f32(view.data, out); break;
    case DType::coded: {
      const auto columns = static_cast<std::size_t>(view.coded->columns());
      for (std::size_t r = 0; r * columns < out.size(); ++r) {
        view.coded->read(view.first_row + static_cast<std::int64_t>(r), out.subspan(r * columns, columns));
      }
      break;
    }
    default:
      throw Error(ErrorCategory::bad_data, view.source + ": " + view.name, "F16, BF16, F32 or F64",
                  std::string(to_string(view.dtype)));
  }
  require_finite(view, out);
}

std::vector<float> to_float(const TensorView& view) {
  std::vector<float> values(static_cast<std::size_t>(view.elements()));
  to_float(view, values);
  return values;
}

}  // namespace seben::tensor
