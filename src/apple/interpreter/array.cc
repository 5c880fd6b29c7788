// SPDX-License-Identifier: Apache-2.0
#include "interpreter/array.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "interpreter/lanes.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

using mil::DType;

bool computable(DType d) {
  return d == DType::fp16 || d == DType::fp32 || d == DType::boolean ||
         (mil::is_integer(d) && mil::bits_of(d) <= 32 && d != DType::uint32);
}

// The nearest half, as a float. Adding and taking away 1.5 * 2^(e + 13), with e the exponent of the value, rounds a
// float to the half's eleven significant bits, ties to even; below 2^-14 the step stays at 2^-24.
float nearest_half(float v) {
  constexpr std::int32_t kInfinity = 0x7F800000, kLeast = 0x38800000, kMost = 0x47800000;  // 2^-14, 2^16
  constexpr std::int32_t kBelowInfinity = 0x477FEFFF;                                      // just below 65520
  const auto bits = std::bit_cast<std::uint32_t>(v);
  const auto size = static_cast<std::int32_t>(bits & 0x7FFFFFFFU), power = size & kInfinity;
  const std::int32_t exponent = choose_above(power, kLeast, choose_above(power, kMost, kMost, power), kLeast);
  const float shift = std::bit_cast<float>(exponent + (13 << 23)) * 1.5F;
  const float rounded = (std::bit_cast<float>(size) + shift) - shift;
  const std::int32_t beyond = choose_above(size, kInfinity, size, kInfinity);  // NaN stays
  const std::int32_t result = choose_above(size, kBelowInfinity, beyond, std::bit_cast<std::int32_t>(rounded));
  return std::bit_cast<float>(static_cast<std::uint32_t>(result) | (bits & 0x80000000U));
}

}  // namespace

Array::Array(mil::Type type) : type_(std::move(type)) {
  if (!computable(type_.dtype) || type_.state) {
    throw Error(ErrorCategory::bad_data, "interpreter", "fp16, fp32, bool or integers of up to 32 bits",
                to_string(type_));
  }
  size_ = type_.elements();
  storage_ = std::make_shared<kernels::Buffer>(std::max<std::size_t>(4, static_cast<std::size_t>(size_) * 4));
}

Array Array::from(const mil::Literal& literal) {
  Array array(literal.type);
  if (array.is_float()) {
    literal.to_float({array.f(), static_cast<std::size_t>(array.size())});
    return array;
  }
  const std::vector<std::int64_t> values = literal.integers();
  std::ranges::transform(values, array.i(), [](std::int64_t v) { return static_cast<std::int32_t>(v); });
  return array;
}

Array Array::floats(std::span<const float> values, mil::Shape shape, DType dtype) {
  Array array(mil::Type{dtype, std::move(shape)});
  if (static_cast<std::int64_t>(values.size()) != array.size() || !array.is_float()) {
    throw Error(ErrorCategory::internal, "array", to_string(array.type()), std::to_string(values.size()) + " floats");
  }
  std::ranges::copy(values, array.f());
  if (dtype == DType::fp16) round_to_fp16(array, 1);
  return array;
}

Array Array::integers(std::span<const std::int32_t> values, mil::Shape shape) {
  Array array(mil::Type{DType::int32, std::move(shape)});
  if (static_cast<std::int64_t>(values.size()) != array.size()) {
    throw Error(ErrorCategory::internal, "array", to_string(array.type()), std::to_string(values.size()) + " integers");
  }
  std::ranges::copy(values, array.i());
  return array;
}

Array Array::as(mil::Type type) const {
  if (type.elements() != size_) throw Error(ErrorCategory::internal, "array", to_string(type_), to_string(type));
  Array other = *this;
  other.type_ = std::move(type);
  return other;
}

mil::Literal Array::literal() const {
  const std::vector<std::int64_t> values(i(), i() + size_);
  mil::Literal literal = mil::Literal::ints(values);
  literal.type.shape = type_.shape;
  return literal;
}

void round_to_fp16(std::span<float> values) {
  for (float& v : values) v = nearest_half(v);
}

void round_to_fp16(Array& array, int threads) {
  constexpr std::int64_t kBlock = 1 << 16;
  float* x = array.f();
  const std::int64_t blocks = (array.size() + kBlock - 1) / kBlock;
  const auto round = [&](std::int64_t block) {
    const std::int64_t first = block * kBlock, count = std::min(array.size() - first, kBlock);
    round_to_fp16({x + first, static_cast<std::size_t>(count)});
  };
  if (blocks == 1) return round(0);
  kernels::parallel_for(threads, blocks, round);
}

}  // namespace seben::interpreter
