// SPDX-License-Identifier: Apache-2.0
#include "convert/graph.h"

#include <array>

#include "convert/compress.h"
#include "seben/error.h"

namespace seben::convert {

using mil::DType;
using mil::Literal;
using mil::Operand;
using mil::Value;

namespace {

Literal int_literals(std::vector<std::int64_t> values) { return Literal::ints(values); }

}  // namespace

DType Graph::dtype_for(std::string_view type) const {
  return style_.keep_fp32.contains(type) ? DType::fp32 : style_.compute;
}

Value Graph::cast(const Value& x, DType dtype) {
  if (x.type.dtype == dtype || !mil::is_float(x.type.dtype)) return x;
  const std::string word(to_string(dtype));
  return builder_.add("cast", x.name + "_to_" + word, {{"x", x}, {"dtype", Literal::text(word)}});
}

Value Graph::compute(std::string_view type, const std::string& name, std::vector<Operand> operands) {
  const DType dtype = dtype_for(type);
  for (Operand& operand : operands) {
    if (auto* values = std::get_if<std::vector<Value>>(&operand.what)) {
      for (Value& value : *values) value = cast(value, dtype);
    }
  }
  return cast(builder_.add(type, name, operands), style_.compute);
}

Value Graph::input(const std::string& name, const mil::Shape& shape) {
  return cast(builder_.input(name, {style_.interface, shape}), style_.compute);
}

Value Graph::output(const std::string& name, const Value& value) {
  if (value.type.dtype != style_.interface) {
    return builder_.add("cast", name,
                        {{"x", value}, {"dtype", Literal::text(std::string(to_string(style_.interface)))}});
  }
  return builder_.add("identity", name, {{"x", value}});
}

Value Graph::linear(const std::string& name, const Value& x, const Weights& weights, const std::string& weight,
                    std::int64_t out, std::int64_t in) {
  const std::string bias = weight + ".bias";
  return linear_rows(name, x, weights, {weight + ".weight", weights.has(bias) ? bias : "", out, 0}, out, in);
}

Value Graph::linear_rows(const std::string& name, const Value& x, const Weights& weights, const Rows& rows,
                         std::int64_t out, std::int64_t in) {
  const char* type = ane() ? "conv" : "linear";
  const DType dtype = dtype_for(type);
  const auto part_of = [&rows, out](const tensor::TensorView& whole) {
    tensor::TensorView part = whole;
    part.data = whole.data + whole.bytes() / static_cast<std::size_t>(rows.rows) * static_cast<std::size_t>(rows.first);
    part.shape[0] = out;
    return part;
  };
  const tensor::TensorView matrix = part_of(weights.view(rows.weight, {rows.rows, in}));
  const mil::Shape shape = ane() ? mil::Shape{out, in, 1, 1} : mil::Shape{out, in};
  std::vector<Operand> operands{
      {"x", x},
      {"weight", add_compressed(builder_, name + "_weight", weights.file(), matrix, shape, style_.weights, dtype)}};
  if (!rows.bias.empty()) {
    const tensor::TensorView bias = part_of(weights.view(rows.bias, {rows.rows}));
    operands.emplace_back("bias", builder_.constant(name + "_bias", literal(weights.file(), bias, {out}, dtype)));
  }
  return compute(type, name, std::move(operands));
}

Value Graph::layer_norm(const std::string& name, const Value& x, const Weights& weights, const std::string& weight,
                        std::int64_t channels) {
  const DType dtype = dtype_for("layer_norm");
  const auto vector = [&](const char* part, const char* suffix) {
    const tensor::TensorView& view = weights.view(weight + suffix, {channels});
    return builder_.constant(name + part, literal(weights.file(), view, {channels}, dtype));
  };
  const Value gamma = vector("_gamma", ".weight");
  const Value beta = vector("_beta", ".bias");
  return compute("layer_norm", name,
                 {{"x", x},
                  {"axes", int_literals({ane() ? 1 : -1})},
                  {"gamma", gamma},
                  {"beta", beta},
                  {"epsilon", number(1e-5F, dtype)}});
}

Value Graph::convolve(const std::string& name, const Value& x, const Weights& weights, const Convolution& c) {
  const DType dtype = dtype_for("conv");
  const bool flat = x.type.rank() == 4;  // [1, C, 1, S]
  const tensor::TensorView& kernel = weights.view(c.weight + ".weight", {c.out, c.in, c.kernel});
  const mil::Shape shape = flat ? mil::Shape{c.out, c.in, 1, c.kernel} : mil::Shape{c.out, c.in, c.kernel};
  const Value weight = builder_.constant(name + "_weight", literal(weights.file(), kernel, shape, dtype));
  const tensor::TensorView& offsets = weights.view(c.weight + ".bias", {c.out});
  const Value bias = builder_.constant(name + "_bias", literal(weights.file(), offsets, {c.out}, dtype));
  std::vector<std::int64_t> strides{c.stride}, pads{c.pad, c.pad}, dilations{1};
  if (flat) {
    strides.insert(strides.begin(), 1);
    dilations.insert(dilations.begin(), 1);
    pads.insert(pads.begin(), {0, 0});
  }
  return compute("conv", name,
                 {{"x", x},
                  {"weight", weight},
                  {"bias", bias},
                  {"strides", int_literals(strides)},
                  {"pad_type", Literal::text("custom")},
                  {"pad", int_literals(pads)},
                  {"dilations", int_literals(dilations)},
                  {"groups", Literal::scalar(std::int32_t{1})}});
}

Value Graph::gelu(const std::string& name, const Value& x) {
  return compute("gelu", name, {{"x", x}, {"mode", Literal::text("EXACT")}});
}

Value Graph::add(const std::string& name, const Value& x, const Value& y) {
  return compute("add", name, {{"x", x}, {"y", y}});
}

Value Graph::scale(const std::string& name, const Value& x, float factor) {
  return compute("mul", name, {{"x", x}, {"y", number(factor, dtype_for("mul"))}});
}

Value Graph::softmax(const std::string& name, const Value& x, std::int64_t axis) {
  return compute("softmax", name, {{"x", x}, {"axis", Literal::scalar(static_cast<std::int32_t>(axis))}});
}

Value Graph::transpose(const std::string& name, const Value& x, const std::vector<std::int64_t>& perm) {
  return builder_.add("transpose", name, {{"x", x}, {"perm", int_literals(perm)}});
}

Value Graph::reshape(const std::string& name, const Value& x, const std::vector<std::int64_t>& shape) {
  return builder_.add("reshape", name, {{"x", x}, {"shape", int_literals(shape)}});
}

Value Graph::matmul(const std::string& name, const Value& x, const Value& y, bool transpose_y) {
  return compute(
      "matmul", name,
      {{"x", x}, {"y", y}, {"transpose_x", Literal::scalar(false)}, {"transpose_y", Literal::scalar(transpose_y)}});
}

Value Graph::einsum(const std::string& name, const Value& x, const Value& y) {
  return compute("einsum", name,
                 {{"values", std::vector<Value>{x, y}}, {"equation", Literal::text("nchw,nwhu->nchu")}});
}

std::vector<Value> Graph::split(const std::string& name, const Value& x, std::int64_t parts, std::int64_t axis) {
  return builder_.add_all("split", name,
                          {{"x", x},
                           {"num_splits", Literal::scalar(static_cast<std::int32_t>(parts))},
                           {"axis", Literal::scalar(static_cast<std::int32_t>(axis))}});
}

Value Graph::concat(const std::string& name, const std::vector<Value>& values, std::int64_t axis) {
  return builder_.add("concat", name,
                      {{"values", values},
                       {"axis", Literal::scalar(static_cast<std::int32_t>(axis))},
                       {"interleave", Literal::scalar(false)}});
}

Value Graph::positions_for(const std::string& name, const Value& x, const Value& positions) {
  const bool sequence = x.type.rank() == 3 && x.type.shape[2] == positions.type.shape[2];
  const std::size_t axis = sequence ? 1 : 2;
  const std::int64_t length = x.type.shape[axis], most = positions.type.shape[axis];
  if (length == most) return positions;
  if (length > most) {
    throw Error(ErrorCategory::usage, name, "at most " + std::to_string(most) + " positions", std::to_string(length));
  }
  const std::vector<bool> whole{true, !sequence, sequence};
  std::vector<bool> from_start(3, true);
  if (length != mil::kUnknown) {
    return builder_.add("slice_by_index", name,
                        {{"x", positions},
                         {"begin", int_literals({0, 0, 0})},
                         {"end", int_literals(sequence ? std::vector<std::int64_t>{0, length, 0}
                                                       : std::vector<std::int64_t>{0, 0, length})},
                         {"begin_mask", Literal::bools(from_start)},
                         {"end_mask", Literal::bools(whole)}});
  }
  const Value shape = builder_.add("shape", name + "_length", {{"x", x}});
  return builder_.add("slice_by_index", name,
                      {{"x", positions},
                       {"begin", int_literals({0, 0, 0})},
                       {"end", shape},
                       {"begin_mask", Literal::bools(from_start)},
                       {"end_mask", Literal::bools(whole)}});
}

Value Graph::real(const std::string& name, std::span<const float> values, const mil::Shape& shape) {
  return builder_.constant(name, Literal::floats(values, shape, style_.compute));
}

Value Graph::enter(const std::string& name, const Value& sequence) {
  if (!ane()) return sequence;
  const Value channels = transpose(name + "_channels", sequence, {0, 2, 1});
  return builder_.add("expand_dims", name + "_flat", {{"x", channels}, {"axes", int_literals({2})}});
}

Value Graph::leave(const std::string& name, const Value& x) {
  if (!ane()) return x;
  const Value channels = builder_.add("squeeze", name + "_channels", {{"x", x}, {"axes", int_literals({2})}});
  return transpose(name + "_sequence", channels, {0, 2, 1});
}

}  // namespace seben::convert
