// SPDX-License-Identifier: Apache-2.0
// Protocol buffers' wire format written by hand, for messages that are wrong on purpose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seben::test {

class ProtoWriter {
 public:
  ProtoWriter& raw_varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_ += static_cast<char>(value | 0x80);
    out_ += static_cast<char>(value);
    return *this;
  }
  ProtoWriter& number(std::uint32_t field, std::uint64_t value) {
    return raw_varint(std::uint64_t{field} << 3).raw_varint(value);
  }
  ProtoWriter& bytes(std::uint32_t field, std::string_view value) {
    raw_varint((std::uint64_t{field} << 3) | 2).raw_varint(value.size());
    out_ += value;
    return *this;
  }
  ProtoWriter& message(std::uint32_t field, const ProtoWriter& inner) { return bytes(field, inner.out_); }

  [[nodiscard]] const std::string& text() const { return out_; }
  [[nodiscard]] std::span<const std::byte> view() const { return std::as_bytes(std::span(out_)); }

 private:
  std::string out_;
};

/// An ONNX TensorProto with raw values. Types: 1 f32, 10 f16.
inline ProtoWriter onnx_tensor(std::string_view name, std::span<const std::int64_t> shape, std::int32_t type,
                               std::span<const std::byte> data) {
  ProtoWriter out;
  for (const std::int64_t size : shape) out.number(1, static_cast<std::uint64_t>(size));
  out.number(2, static_cast<std::uint64_t>(type)).bytes(8, name);
  return out.bytes(9, {reinterpret_cast<const char*>(data.data()), data.size()});
}

/// A Constant node of a tensor.
inline ProtoWriter onnx_constant(const ProtoWriter& tensor) {
  return ProtoWriter()
      .bytes(2, "out")
      .bytes(4, "Constant")
      .message(5, ProtoWriter().bytes(1, "value").message(5, tensor).number(20, 4));
}

/// A model around a graph.
inline ProtoWriter onnx_model(const ProtoWriter& graph) {
  return ProtoWriter().number(1, 8).message(7, graph).message(8, ProtoWriter().bytes(1, "").number(2, 16));
}

}  // namespace seben::test
