// SPDX-License-Identifier: Apache-2.0
// Compressed constants, expanded.
#include <algorithm>

#include "base/float16.h"
#include "interpreter/call.h"
#include "mil/operators.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

using mil::DType;
using mil::Literal;

std::vector<float> floats(const Literal& literal) {
  std::vector<float> values(static_cast<std::size_t>(literal.type.elements()));
  literal.to_float(values);
  return values;
}

const Literal& operand(const Constants& operands, const char* name) { return *operands.at(name); }

std::vector<std::byte> all_bytes(const Literal& literal) {
  std::vector<std::byte> bytes;
  literal.payload->stream(
      [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

// Which of a coarser tensor's elements belongs to element i of a finer one, by blocks.
class Blocks {
 public:
  Blocks(const mil::Shape& fine, const mil::Shape& coarse) : fine_(fine), coarse_(coarse) {}
  [[nodiscard]] std::size_t of(std::int64_t i) const {
    std::int64_t place = 0, step = 1;
    for (std::size_t axis = fine_.size(); axis-- > 0;) {
      const std::int64_t index = i % fine_[axis];
      i /= fine_[axis];
      place += index / (fine_[axis] / coarse_[axis]) * step;
      step *= coarse_[axis];
    }
    return static_cast<std::size_t>(place);
  }

 private:
  const mil::Shape& fine_;
  mil::Shape coarse_;
};

std::vector<float> affine(const Constants& c) {
  const Literal& data = operand(c, "quantized_data");
  const std::vector<float> scale = floats(operand(c, "scale")), zero = floats(operand(c, "zero_point"));
  std::vector<float> out = floats(data);
  const auto rank = static_cast<std::int64_t>(data.type.shape.size());
  std::int64_t axis = operand(c, "axis").integers().at(0), inner = 1;
  if (axis < 0) axis += rank;
  const std::int64_t size = data.type.shape[static_cast<std::size_t>(axis)];
  for (std::int64_t i = axis + 1; i < rank; ++i) inner *= data.type.shape[static_cast<std::size_t>(i)];
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto channel = static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % size);
    out[i] = scale[scale.size() == 1 ? 0 : channel] * (out[i] - zero[zero.size() == 1 ? 0 : channel]);
  }
  return out;
}

std::vector<float> blockwise(const Constants& c) {
  const Literal& data = operand(c, "data");
  const Literal& scales = operand(c, "scale");
  const std::vector<float> scale = floats(scales);
  const auto it = c.find("offset");
  const std::vector<float> offset = it == c.end() ? std::vector<float>(scale.size(), 0.0F) : floats(*it->second);
  std::vector<float> out = floats(data);
  const Blocks blocks(data.type.shape, scales.type.shape);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t block = blocks.of(static_cast<std::int64_t>(i));
    out[i] = scale[block] * (out[i] - offset[block]);
  }
  return out;
}

std::vector<float> palettized_16(const Constants& c, std::size_t count) {
  const std::vector<float> lut = floats(operand(c, "lut"));
  int bits = 0;
  while ((std::size_t{1} << static_cast<unsigned>(bits)) < lut.size()) ++bits;
  std::vector<float> out(count);
  const std::vector<std::uint8_t> codes = mil::unpack_bits(all_bytes(operand(c, "indices")), bits, count);
  std::ranges::transform(codes, out.begin(), [&](std::uint8_t code) { return lut[code]; });
  return out;
}

std::vector<float> palettized_18(const Constants& c) {
  const Literal& indices = operand(c, "indices");
  const Literal& table = operand(c, "lut");
  const std::vector<float> lut = floats(table), codes = floats(indices);
  const mil::Shape& shape = indices.type.shape;
  const std::size_t rank = shape.size();
  const Blocks groups(shape, {table.type.shape.begin(), table.type.shape.begin() + static_cast<std::ptrdiff_t>(rank)});
  const auto entries = static_cast<std::size_t>(table.type.shape[rank]);
  const std::int64_t vector = table.type.shape[rank + 1];
  std::int64_t axis = vector > 1 ? operand(c, "vector_axis").integers().at(0) : static_cast<std::int64_t>(rank) - 1;
  if (axis < 0) axis += static_cast<std::int64_t>(rank);
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < rank; ++i) inner *= shape[i];
  std::vector<float> out(codes.size() * static_cast<std::size_t>(vector));
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::size_t entry = groups.of(at) * entries + static_cast<std::size_t>(codes[i]);
    for (std::int64_t v = 0; v < vector; ++v) {
      const std::int64_t place = (at / inner * vector + v) * inner + at % inner;
      out[static_cast<std::size_t>(place)] =
          lut[entry * static_cast<std::size_t>(vector) + static_cast<std::size_t>(v)];
    }
  }
  return out;
}

std::vector<float> sparse(const Constants& c, std::size_t count) {
  const std::vector<float> values = floats(operand(c, "nonzero_data"));
  const std::vector<std::uint8_t> mask = mil::unpack_bits(all_bytes(operand(c, "mask")), 1, count);
  if (static_cast<std::size_t>(std::ranges::count(mask, 1)) != values.size()) {
    throw Error(ErrorCategory::bad_data, "constexpr_sparse_to_dense: mask",
                std::to_string(values.size()) + " ones as there are values",
                std::to_string(std::ranges::count(mask, 1)));
  }
  std::vector<float> out(count, 0.0F);
  std::size_t next = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (mask[i] != 0) out[i] = values[next++];
  }
  return out;
}

Literal literal_of(std::vector<float> values, const mil::Type& type) {
  if (type.dtype == DType::fp16 || type.dtype == DType::fp32) return Literal::floats(values, type.shape, type.dtype);
  throw Error(ErrorCategory::bad_data, "constexpr", "fp16 or fp32 values", to_string(type));
}

}  // namespace

Literal expand_constexpr(const mil::Operation& op, mil::Opset opset, const Constants& operands) {
  const mil::Type& type = op.outputs.at(0).type;
  const auto count = static_cast<std::size_t>(type.elements());
  const mil::OperatorRule* rule = mil::find_operator(op.type, opset);
  if (op.type == "constexpr_affine_dequantize") return literal_of(affine(operands), type);
  if (op.type == "constexpr_blockwise_shift_scale") return literal_of(blockwise(operands), type);
  if (op.type == "constexpr_cast") return literal_of(floats(operand(operands, "source_val")), type);
  if (op.type == "constexpr_sparse_to_dense") return literal_of(sparse(operands, count), type);
  if (op.type == "constexpr_lut_to_dense") {
    const bool new_form = rule != nullptr && rule->since >= mil::Opset::ios18;
    return literal_of(new_form ? palettized_18(operands) : palettized_16(operands, count), type);
  }
  throw Error(ErrorCategory::bad_data, "operator", "a constexpr operator that can be expanded", op.type);
}

}  // namespace seben::interpreter
