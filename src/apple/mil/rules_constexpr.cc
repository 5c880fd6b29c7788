// SPDX-License-Identifier: Apache-2.0
// Compressed constants: the operators that a compiler expands once. Two generations: iOS16 with attributes, iOS18 with
// operands.
#include <algorithm>

#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

Types affine(const Operands& op) {
  const Type& data = op.type("quantized_data");
  const Type& scale = op.type("scale");
  const Type& zero = op.type("zero_point");
  if (data.dtype != DType::int8 && data.dtype != DType::uint8)
    op.fail("quantized_data", "int8 or uint8", to_string(data));
  if (zero.dtype != data.dtype) op.fail("zero_point", "the dtype of quantized_data", to_string(zero));
  require_float(op, "scale");
  const std::size_t axis = axis_of(op, "axis", op.integer("axis", 0), data.rank());
  for (const char* operand : {"scale", "zero_point"}) {
    const Shape& shape = op.type(operand).shape;
    if (!shape.empty() && shape != Shape{data.shape[axis]}) {
      op.fail(operand, "a scalar or [" + std::to_string(data.shape[axis]) + "]", to_string(shape));
    }
  }
  return {{scale.dtype, data.shape}};
}

Shape declared_shape(const Operands& op) {
  Shape shape = op.integers("shape", {});
  if (shape.empty() || std::ranges::any_of(shape, [](std::int64_t d) { return d < 1; })) {
    op.fail("shape", "positive dimensions", to_string(shape));
  }
  return shape;
}

Types palettized_16(const Operands& op) {
  const Type& lut = op.type("lut");
  require_float(op, "lut");
  constexpr std::array<std::int64_t, 5> kSizes{2, 4, 16, 64, 256};
  const auto size = std::ranges::find(kSizes, lut.rank() == 1 ? lut.shape[0] : 0);
  if (size == kSizes.end()) op.fail("lut", "[2], [4], [16], [64] or [256]", to_string(lut));
  const std::int64_t bits = std::array<std::int64_t, 5>{1, 2, 4, 6, 8}[static_cast<std::size_t>(size - kSizes.begin())];
  const Type out{lut.dtype, declared_shape(op)};
  const Type packed{DType::uint8, {(out.elements() * bits + 7) / 8}};
  if (op.type("indices") != packed) op.fail("indices", to_string(packed), to_string(op.type("indices")));
  return {out};
}

// The smaller tensor gives one number for each block of the larger one.
void require_blocks(const Operands& op, std::string_view operand, const Shape& whole) {
  const Shape& part = op.type(operand).shape;
  bool fits = part.size() == whole.size();
  for (std::size_t i = 0; fits && i < part.size(); ++i) fits = part[i] > 0 && whole[i] % part[i] == 0;
  if (!fits) op.fail(operand, "dimensions that divide those of " + to_string(whole), to_string(part));
}

Types blockwise(const Operands& op) {
  const Type& data = op.type("data");
  require_float(op, "scale");
  require_blocks(op, "scale", data.shape);
  if (op.has("offset")) {
    const Type& offset = op.type("offset");
    if (offset.shape != op.type("scale").shape) op.fail("offset", to_string(op.type("scale").shape), to_string(offset));
  }
  return {{op.type("scale").dtype, data.shape}};
}

Types palettized_18(const Operands& op) {
  const Type& indices = op.type("indices");
  const Type& lut = op.type("lut");
  const std::size_t rank = indices.shape.size();
  const bool codes = indices.dtype == DType::uint1 || indices.dtype == DType::uint2 || indices.dtype == DType::uint3 ||
                     indices.dtype == DType::uint4 || indices.dtype == DType::uint6 || indices.dtype == DType::uint8;
  if (!codes) op.fail("indices", "uint1, 2, 3, 4, 6 or 8", to_string(indices));
  if (lut.shape.size() != rank + 2) op.fail("lut", "rank " + std::to_string(rank + 2), to_string(lut));
  for (std::size_t i = 0; i < rank; ++i) {
    if (lut.shape[i] < 1 || indices.shape[i] % lut.shape[i] != 0) {
      op.fail("lut", "groups that divide " + to_string(indices.shape), to_string(lut));
    }
  }
  if (lut.shape[rank] != std::int64_t{1} << bits_of(indices.dtype)) {
    op.fail("lut", std::to_string(1 << bits_of(indices.dtype)) + " entries", std::to_string(lut.shape[rank]));
  }
  Type out{lut.dtype, indices.shape};
  const std::int64_t vector = lut.shape[rank + 1];
  if (vector > 1 && !op.has("vector_axis"))
    op.fail("vector_axis", "an axis for vectors of " + std::to_string(vector), "none");
  if (vector < 1) op.fail("lut", "vectors of at least 1", to_string(lut));
  if (vector > 1) out.shape[axis_of(op, "vector_axis", op.integer("vector_axis", 0), indices.rank())] *= vector;
  return {out};
}

Types sparse_16(const Operands& op) {
  const Type& values = op.type("nonzero_data");
  const Type out{values.dtype, declared_shape(op)};
  const Type mask{DType::uint8, {(out.elements() + 7) / 8}};
  if (values.rank() != 1) op.fail("nonzero_data", "rank 1", to_string(values));
  if (op.type("mask") != mask) op.fail("mask", to_string(mask), to_string(op.type("mask")));
  return {out};
}

Types sparse_18(const Operands& op) {
  const Type& values = op.type("nonzero_data");
  const Type& mask = op.type("mask");
  if (values.rank() != 1) op.fail("nonzero_data", "rank 1", to_string(values));
  if (mask.dtype != DType::uint1) op.fail("mask", "uint1", to_string(mask));
  return {{values.dtype, mask.shape}};
}

Types cast_constant(const Operands& op) {
  const std::optional<DType> dtype = parse_dtype(op.text("output_dtype", ""));
  if (!dtype || (*dtype != DType::fp16 && *dtype != DType::fp32)) {
    op.fail("output_dtype", "fp16 or fp32", op.text("output_dtype", ""));
  }
  return {{*dtype, op.type("source_val").shape}};
}

OperatorRule compressed(std::string_view type, Opset since, std::vector<OperandRule> operands,
                        std::function<Types(const Operands&)> infer) {
  return {type, since, std::move(operands), std::move(infer), true};
}

}  // namespace

void add_constexpr_rules(std::vector<OperatorRule>& rules) {
  rules.push_back(compressed("constexpr_affine_dequantize", Opset::ios16,
                             {constant("quantized_data"), constant("zero_point"), constant("scale"), constant("axis")},
                             affine));
  rules.push_back(compressed("constexpr_lut_to_dense", Opset::ios16,
                             {constant("indices"), constant("lut"), constant("shape")}, palettized_16));
  rules.push_back(compressed("constexpr_sparse_to_dense", Opset::ios16,
                             {constant("nonzero_data"), constant("mask"), constant("shape")}, sparse_16));
  rules.push_back(
      compressed("constexpr_cast", Opset::ios16, {constant("source_val"), constant("output_dtype")}, cast_constant));
  rules.push_back(compressed("constexpr_blockwise_shift_scale", Opset::ios18,
                             {constant("data"), constant("scale"), setting("offset")}, blockwise));
  rules.push_back(compressed("constexpr_lut_to_dense", Opset::ios18,
                             {constant("indices"), constant("lut"), setting("vector_axis")}, palettized_18));
  rules.push_back(
      compressed("constexpr_sparse_to_dense", Opset::ios18, {constant("nonzero_data"), constant("mask")}, sparse_18));
}

}  // namespace seben::mil
