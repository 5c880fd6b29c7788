// SPDX-License-Identifier: Apache-2.0
// Constant values: small ones in memory, large ones wherever they lie (a mapped file, or made piece by piece).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mil/type.h"

namespace seben::mil {

/// Takes the next bytes of a stream.
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// The bytes of a constant: little-endian, row-major, sub-byte elements packed from the low bits up; a boolean is one
/// byte. Immutable and shared between copies of a Literal.
class Payload {
 public:
  Payload() = default;
  Payload(const Payload&) = delete;
  Payload& operator=(const Payload&) = delete;
  virtual ~Payload() = default;

  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Gives all bytes in order, in pieces of any length; the same every time.
  virtual void stream(const ByteSink& sink) const = 0;
  /// The bytes where they lie, or nullptr when they exist only as a stream. Not necessarily aligned.
  [[nodiscard]] virtual const std::byte* data() const { return nullptr; }
  /// "weights/weight.bin: offset 64", or "" for what lies in the program itself; for messages.
  [[nodiscard]] virtual std::string origin() const { return {}; }
};

[[nodiscard]] std::shared_ptr<const Payload> own_bytes(std::vector<std::byte> bytes);
/// Bytes that `owner` keeps alive (nullptr: the caller does).
[[nodiscard]] std::shared_ptr<const Payload> borrow_bytes(std::span<const std::byte> bytes, std::string origin,
                                                          std::shared_ptr<const void> owner = nullptr);
/// `size` bytes that `produce` makes on demand, in bounded memory.
[[nodiscard]] std::shared_ptr<const Payload> produce_bytes(std::size_t size,
                                                           std::function<void(const ByteSink&)> produce);

/// A constant tensor, or a list of strings for dtype string (shape [] has one).
struct Literal {
  Type type;
  std::shared_ptr<const Payload> payload;  ///< null for strings
  std::vector<std::string> strings;
  /// Whether it lies, or shall lie, in the package's weight file rather than in the program itself.
  bool in_file = false;

  [[nodiscard]] static Literal scalar(float value, DType dtype = DType::fp32);  ///< fp16 or fp32
  [[nodiscard]] static Literal scalar(std::int32_t value);
  [[nodiscard]] static Literal scalar(bool value);
  [[nodiscard]] static Literal text(std::string value);
  [[nodiscard]] static Literal ints(std::span<const std::int64_t> values);  ///< int32 [n]; Error(internal) beyond int32
  [[nodiscard]] static Literal bools(const std::vector<bool>& values);      ///< bool [n]
  /// Rounds to fp16 where `dtype` says so.
  [[nodiscard]] static Literal floats(std::span<const float> values, Shape shape, DType dtype);

  /// All elements as numbers (integers, floats and booleans of any width up to 64 bits; int64 beyond 2^53 loses its
  /// last bits). Error(bad_data) for strings.
  [[nodiscard]] std::vector<double> numbers() const;
  /// Exactly; Error(bad_data) unless integers (up to 2^63 - 1) or booleans.
  [[nodiscard]] std::vector<std::int64_t> integers() const;
  /// The same as float, for constants of any size; `out` has type.elements() places.
  void to_float(std::span<float> out) const;
};

/// Packs `codes` (each below 2^bits) low bits first, without gaps.
[[nodiscard]] std::vector<std::byte> pack_bits(std::span<const std::uint8_t> codes, int bits);
/// The reverse; `count` codes. int4 codes come back as 0..15.
[[nodiscard]] std::vector<std::uint8_t> unpack_bits(std::span<const std::byte> bytes, int bits, std::size_t count);

}  // namespace seben::mil
