// SPDX-License-Identifier: Apache-2.0
// A tensor while a program runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "kernels/buffer.h"
#include "mil/literal.h"

namespace seben::interpreter {

/// Four bytes an element: a float for fp16 and fp32 (fp16 values are floats that fp16 can hold), an int32 for integers
/// of up to 32 bits and for booleans. Copies share their elements, which never change once an operation has made them.
class Array {
 public:
  Array() = default;
  /// Uninitialised. Error(bad_data) for a dtype that no operator computes with, or an unknown dimension.
  explicit Array(mil::Type type);

  [[nodiscard]] static Array from(const mil::Literal& literal);
  [[nodiscard]] static Array floats(std::span<const float> values, mil::Shape shape,
                                    mil::DType dtype = mil::DType::fp32);
  [[nodiscard]] static Array integers(std::span<const std::int32_t> values, mil::Shape shape);

  [[nodiscard]] const mil::Type& type() const noexcept { return type_; }
  [[nodiscard]] const mil::Shape& shape() const noexcept { return type_.shape; }
  [[nodiscard]] mil::DType dtype() const noexcept { return type_.dtype; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return storage_ == nullptr; }
  [[nodiscard]] bool is_float() const noexcept { return mil::is_float(type_.dtype); }

  [[nodiscard]] float* f() noexcept { return storage_->as<float>(); }
  [[nodiscard]] const float* f() const noexcept { return storage_->as<float>(); }
  [[nodiscard]] std::int32_t* i() noexcept { return storage_->as<std::int32_t>(); }
  [[nodiscard]] const std::int32_t* i() const noexcept { return storage_->as<std::int32_t>(); }
  [[nodiscard]] std::span<const float> values() const noexcept { return {f(), static_cast<std::size_t>(size_)}; }

  /// The same elements under another type with as many elements.
  [[nodiscard]] Array as(mil::Type type) const;
  /// As a constant, for the inference of shapes that depend on it; integers of at most 64 elements.
  [[nodiscard]] mil::Literal literal() const;

 private:
  mil::Type type_;
  std::int64_t size_ = 0;
  std::shared_ptr<kernels::Buffer> storage_;
};

/// Rounds to values that fp16 can hold, ties to even; what is beyond becomes infinite, NaN stays NaN.
void round_to_fp16(std::span<float> values);
void round_to_fp16(Array& array, int threads);

}  // namespace seben::interpreter
