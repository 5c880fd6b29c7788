// SPDX-License-Identifier: Apache-2.0
#include "mil/literal.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/float16.h"
#include "seben/error.h"

namespace seben::mil {
namespace {

class OwnedBytes final : public Payload {
 public:
  explicit OwnedBytes(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::size_t size() const override { return bytes_.size(); }
  void stream(const ByteSink& sink) const override { sink(bytes_); }
  [[nodiscard]] const std::byte* data() const override { return bytes_.data(); }

 private:
  std::vector<std::byte> bytes_;
};

class BorrowedBytes final : public Payload {
 public:
  BorrowedBytes(std::span<const std::byte> bytes, std::string origin, std::shared_ptr<const void> owner)
      : bytes_(bytes), origin_(std::move(origin)), owner_(std::move(owner)) {}
  [[nodiscard]] std::size_t size() const override { return bytes_.size(); }
  void stream(const ByteSink& sink) const override { sink(bytes_); }
  [[nodiscard]] const std::byte* data() const override { return bytes_.data(); }
  [[nodiscard]] std::string origin() const override { return origin_; }

 private:
  std::span<const std::byte> bytes_;
  std::string origin_;
  std::shared_ptr<const void> owner_;
};

class ProducedBytes final : public Payload {
 public:
  ProducedBytes(std::size_t size, std::function<void(const ByteSink&)> produce)
      : size_(size), produce_(std::move(produce)) {}
  [[nodiscard]] std::size_t size() const override { return size_; }
  void stream(const ByteSink& sink) const override {
    std::size_t given = 0;
    produce_([&](std::span<const std::byte> piece) {
      given += piece.size();
      sink(piece);
    });
    if (given != size_) {
      throw Error(ErrorCategory::internal, "constant", std::to_string(size_) + " bytes", std::to_string(given));
    }
  }

 private:
  std::size_t size_;
  std::function<void(const ByteSink&)> produce_;
};

template <typename T>
T load(const std::byte* p) {
  T value;
  std::memcpy(&value, p, sizeof(T));
  return value;
}

template <typename T>
Literal of_values(DType dtype, Shape shape, std::span<const T> values) {
  std::vector<std::byte> bytes(values.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return {{dtype, std::move(shape)}, own_bytes(std::move(bytes)), {}, false};
}

int sign_extended(int code, int bits) { return code >= 1 << (bits - 1) ? code - (1 << bits) : code; }

// Elements that take whole bytes.
double whole_element(const std::byte* p, DType dtype) {
  switch (dtype) {
    case DType::fp16: return static_cast<double>(base::f16_to_f32(load<std::uint16_t>(p)));
    case DType::bf16: return static_cast<double>(base::bf16_to_f32(load<std::uint16_t>(p)));
    case DType::fp32: return static_cast<double>(load<float>(p));
    case DType::fp64: return load<double>(p);
    case DType::int8: return load<std::int8_t>(p);
    case DType::int16: return load<std::int16_t>(p);
    case DType::int32: return load<std::int32_t>(p);
    case DType::int64: return static_cast<double>(load<std::int64_t>(p));
    case DType::boolean: return load<std::uint8_t>(p) != 0 ? 1.0 : 0.0;
    case DType::uint8: return load<std::uint8_t>(p);
    case DType::uint16: return load<std::uint16_t>(p);
    case DType::uint32: return load<std::uint32_t>(p);
    case DType::uint64: return static_cast<double>(load<std::uint64_t>(p));
    default: throw Error(ErrorCategory::internal, "constant", "whole bytes", std::string(to_string(dtype)));
  }
}

// Calls take(i, value) for every element of the stream, in order; pieces may end inside an element.
template <typename Take>
void each_element(const Payload& payload, DType dtype, std::size_t count, Take&& take) {
  const auto bits = static_cast<std::size_t>(bits_of(dtype));
  std::vector<std::byte> rest;
  std::size_t next = 0;
  payload.stream([&](std::span<const std::byte> piece) {
    if (!rest.empty()) {
      rest.insert(rest.end(), piece.begin(), piece.end());
      piece = rest;
    }
    // Whole elements; sub-byte ones in groups of eight, which end on a byte, unless these are the last.
    std::size_t here = std::min(count - next, piece.size() * 8 / bits);
    if (next + here < count && bits % 8 != 0) here = here / 8 * 8;
    if (bits % 8 == 0) {
      for (std::size_t i = 0; i < here; ++i) take(next + i, whole_element(piece.data() + i * (bits / 8), dtype));
    } else {
      const std::vector<std::uint8_t> codes = unpack_bits(piece, static_cast<int>(bits), here);
      for (std::size_t i = 0; i < here; ++i) {
        take(next + i, dtype == DType::int4 ? sign_extended(codes[i], 4) : codes[i]);
      }
    }
    next += here;
    const std::size_t used = std::min(piece.size(), (here * bits + 7) / 8);
    rest = std::vector<std::byte>(piece.begin() + static_cast<std::ptrdiff_t>(used), piece.end());
  });
  if (next != count) {
    throw Error(ErrorCategory::bad_data, payload.origin().empty() ? "constant" : payload.origin(),
                std::to_string(count) + " elements", std::to_string(next));
  }
}

const Payload& require_payload(const Literal& literal) {
  if (!literal.payload || literal.type.dtype == DType::string) {
    throw Error(ErrorCategory::bad_data, "constant", "numbers", std::string(to_string(literal.type.dtype)));
  }
  const std::size_t expected = bytes_of(literal.type.dtype, literal.type.elements());
  if (literal.payload->size() != expected) {
    const std::string origin = literal.payload->origin();
    throw Error(ErrorCategory::bad_data, origin.empty() ? "constant " + to_string(literal.type) : origin,
                std::to_string(expected) + " bytes for " + to_string(literal.type),
                std::to_string(literal.payload->size()));
  }
  return *literal.payload;
}

}  // namespace

std::shared_ptr<const Payload> own_bytes(std::vector<std::byte> bytes) {
  return std::make_shared<OwnedBytes>(std::move(bytes));
}

std::shared_ptr<const Payload> borrow_bytes(std::span<const std::byte> bytes, std::string origin,
                                            std::shared_ptr<const void> owner) {
  return std::make_shared<BorrowedBytes>(bytes, std::move(origin), std::move(owner));
}

std::shared_ptr<const Payload> produce_bytes(std::size_t size, std::function<void(const ByteSink&)> produce) {
  return std::make_shared<ProducedBytes>(size, std::move(produce));
}

Literal Literal::scalar(float value, DType dtype) { return floats(std::span(&value, 1), {}, dtype); }
Literal Literal::scalar(std::int32_t value) {
  return of_values<std::int32_t>(DType::int32, {}, std::span<const std::int32_t>(&value, 1));
}
Literal Literal::scalar(bool value) {
  const std::uint8_t byte = value ? 1 : 0;
  return of_values<std::uint8_t>(DType::boolean, {}, std::span(&byte, 1));
}
Literal Literal::text(std::string value) { return {{DType::string, {}}, nullptr, {std::move(value)}, false}; }

Literal Literal::ints(std::span<const std::int64_t> values) {
  std::vector<std::int32_t> narrow;
  for (const std::int64_t v : values) {
    if (v < std::numeric_limits<std::int32_t>::min() || v > std::numeric_limits<std::int32_t>::max()) {
      throw Error(ErrorCategory::internal, "constant", "an int32", std::to_string(v));
    }
    narrow.push_back(static_cast<std::int32_t>(v));
  }
  return of_values<std::int32_t>(DType::int32, {static_cast<std::int64_t>(values.size())}, narrow);
}

Literal Literal::bools(const std::vector<bool>& values) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(values.size());
  for (const bool v : values) bytes.push_back(v ? 1 : 0);
  return of_values<std::uint8_t>(DType::boolean, {static_cast<std::int64_t>(values.size())}, bytes);
}

Literal Literal::floats(std::span<const float> values, Shape shape, DType dtype) {
  if (static_cast<std::int64_t>(values.size()) != Type{dtype, shape}.elements()) {
    throw Error(ErrorCategory::internal, "constant", to_string(shape), std::to_string(values.size()) + " values");
  }
  if (dtype == DType::fp32) return of_values<float>(dtype, std::move(shape), values);
  if (dtype != DType::fp16) {
    throw Error(ErrorCategory::internal, "constant", "fp16 or fp32", std::string(to_string(dtype)));
  }
  std::vector<std::uint16_t> half(values.size());
  base::f32_to_f16(values, half);
  return of_values<std::uint16_t>(dtype, std::move(shape), half);
}

std::vector<double> Literal::numbers() const {
  const Payload& bytes = require_payload(*this);
  std::vector<double> values(static_cast<std::size_t>(type.elements()));
  each_element(bytes, type.dtype, values.size(), [&](std::size_t i, double v) { values[i] = v; });
  return values;
}

std::vector<std::int64_t> Literal::integers() const {
  if (!is_integer(type.dtype) && type.dtype != DType::boolean) {
    throw Error(ErrorCategory::bad_data, "constant", "integers", std::string(to_string(type.dtype)));
  }
  std::vector<std::int64_t> values;
  if (bits_of(type.dtype) < 64) {
    for (const double v : numbers()) values.push_back(static_cast<std::int64_t>(v));
    return values;
  }
  std::vector<std::byte> bytes;  // a double does not hold all of 64 bits
  require_payload(*this).stream(
      [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  for (std::size_t at = 0; at + sizeof(std::int64_t) <= bytes.size(); at += sizeof(std::int64_t)) {
    values.push_back(load<std::int64_t>(bytes.data() + at));
    if (type.dtype == DType::uint64 && values.back() < 0) {
      throw Error(ErrorCategory::bad_data, "constant " + to_string(type), "at most 2^63 - 1",
                  std::to_string(load<std::uint64_t>(bytes.data() + at)));
    }
  }
  return values;
}

void Literal::to_float(std::span<float> out) const {
  const Payload& bytes = require_payload(*this);
  if (out.size() != static_cast<std::size_t>(type.elements())) {
    throw Error(ErrorCategory::internal, "constant", to_string(type), std::to_string(out.size()) + " places");
  }
  if (bytes.data() != nullptr && type.dtype == DType::fp16) {
    base::f16_bytes_to_f32(bytes.data(), out);
  } else if (bytes.data() != nullptr && type.dtype == DType::fp32) {
    if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size_bytes());
  } else {
    each_element(bytes, type.dtype, out.size(), [&](std::size_t i, double v) { out[i] = static_cast<float>(v); });
  }
}

std::vector<std::byte> pack_bits(std::span<const std::uint8_t> codes, int bits) {
  const auto width = static_cast<std::size_t>(bits);
  std::vector<std::byte> bytes((codes.size() * width + 7) / 8);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const std::size_t at = i * width;
    const unsigned shifted = static_cast<unsigned>(codes[i]) << (at % 8);
    bytes[at / 8] |= static_cast<std::byte>(shifted & 0xFFU);
    if (shifted > 0xFFU) bytes[at / 8 + 1] |= static_cast<std::byte>(shifted >> 8U);
  }
  return bytes;
}

std::vector<std::uint8_t> unpack_bits(std::span<const std::byte> bytes, int bits, std::size_t count) {
  const auto width = static_cast<std::size_t>(bits);
  if (count > bytes.size() * 8 / width) {
    throw Error(ErrorCategory::internal, "packed codes", std::to_string(count) + " codes",
                std::to_string(bytes.size()) + " bytes");
  }
  std::vector<std::uint8_t> codes(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = i * width;
    unsigned both = static_cast<unsigned>(bytes[at / 8]);
    if (at % 8 + width > 8) both |= static_cast<unsigned>(bytes[at / 8 + 1]) << 8U;
    codes[i] = static_cast<std::uint8_t>((both >> (at % 8)) & ((1U << width) - 1U));
  }
  return codes;
}

}  // namespace seben::mil
