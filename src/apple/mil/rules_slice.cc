// SPDX-License-Identifier: Apache-2.0
// Slices, gathering, and writing into a slice.
#include <algorithm>

#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

struct Slice {
  std::vector<std::int64_t> stride, begin_mask, end_mask, squeeze_mask;
};

std::vector<std::int64_t> numbers(const Operands& op, std::string_view name, std::size_t rank, std::int64_t fallback) {
  std::vector<std::int64_t> values = op.integers(name, std::vector<std::int64_t>(rank, fallback));
  if (values.size() != rank) op.fail(name, std::to_string(rank) + " numbers", std::to_string(values.size()));
  return values;
}

Slice slice_of(const Operands& op, std::size_t rank) {
  Slice s{numbers(op, "stride", rank, 1), numbers(op, "begin_mask", rank, 0), numbers(op, "end_mask", rank, 0),
          numbers(op, "squeeze_mask", rank, 0)};
  if (std::ranges::any_of(s.stride, [](std::int64_t v) { return v == 0; })) op.fail("stride", "no 0", "0");
  for (const char* bound : {"begin", "end"}) {
    const Type& type = op.type(bound);
    if (!is_integer(type.dtype) || type.rank() != 1 || !may_equal(type.shape[0], static_cast<std::int64_t>(rank))) {
      op.fail(bound, "int32 [" + std::to_string(rank) + "]", to_string(type));
    }
  }
  return s;
}

// How many elements a slice takes of an axis of `size`, as NumPy counts.
std::int64_t count_of(const Operands& op, const Slice& s, std::size_t i, std::int64_t size) {
  const bool whole = s.begin_mask[i] != 0 && s.end_mask[i] != 0 && (s.stride[i] == 1 || s.stride[i] == -1);
  if (whole) return size;
  const Literal* begin = op.constant("begin");
  const Literal* end = op.constant("end");
  const bool known =
      size != kUnknown && (s.begin_mask[i] != 0 || begin != nullptr) && (s.end_mask[i] != 0 || end != nullptr);
  if (!known) return kUnknown;
  const auto place = [size](std::int64_t at, std::int64_t least, std::int64_t most) {
    return std::clamp(at < 0 ? at + size : at, least, most);
  };
  const bool forward = s.stride[i] > 0;
  std::int64_t from = forward ? 0 : size - 1, to = forward ? size : -1;
  if (s.begin_mask[i] == 0) from = place(op.integers("begin", {})[i], forward ? 0 : -1, forward ? size : size - 1);
  if (s.end_mask[i] == 0) to = place(op.integers("end", {})[i], forward ? 0 : -1, forward ? size : size - 1);
  const std::int64_t reach = forward ? to - from : from - to;
  const std::int64_t step = forward ? s.stride[i] : -s.stride[i];
  if (reach <= 0) op.fail("begin, end", "a slice of at least one element of axis " + std::to_string(i), "none");
  return (reach + step - 1) / step;
}

Shape sliced(const Operands& op, const Shape& x) {
  const Slice s = slice_of(op, x.size());
  Shape out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (s.squeeze_mask[i] == 0) out.push_back(count_of(op, s, i, x[i]));
  }
  return out;
}

Types slice_by_index(const Operands& op) { return {{op.type("x").dtype, sliced(op, op.type("x").shape)}}; }

Types slice_by_size(const Operands& op) {
  const Type& x = op.type("x");
  const std::size_t rank = x.shape.size();
  for (const char* operand : {"begin", "size"}) {
    const Type& type = op.type(operand);
    if (!is_integer(type.dtype) || type.rank() != 1 || !may_equal(type.shape[0], x.rank())) {
      op.fail(operand, "int32 [" + std::to_string(rank) + "]", to_string(type));
    }
  }
  if (op.constant("size") == nullptr) return {{x.dtype, Shape(rank, kUnknown)}};
  const std::vector<std::int64_t> sizes = op.integers("size", {});
  Shape out;
  for (std::size_t i = 0; i < rank; ++i) {
    std::int64_t from = kUnknown;
    if (op.constant("begin") != nullptr) {
      from = op.integers("begin", {})[i];
      if (from < 0 && x.shape[i] != kUnknown) from += x.shape[i];
    }
    const bool known = x.shape[i] != kUnknown && op.constant("begin") != nullptr;
    const std::int64_t size = sizes[i] == -1 ? (known ? x.shape[i] - from : kUnknown) : sizes[i];
    if (size == 0 || size < kUnknown || (known && (from < 0 || size > x.shape[i] - from))) {
      op.fail("size", "a part of " + to_string(x.shape), to_string(sizes));
    }
    out.push_back(size);
  }
  return {{x.dtype, out}};
}

Types slice_update(const Operands& op) {
  const Type& x = op.type("x");
  const Type& update = op.type("update");
  const Shape slice = sliced(op, x.shape);
  if (update.dtype != x.dtype || !may_equal(update.shape, slice)) {
    op.fail("update", to_string(Type{x.dtype, slice}), to_string(update));
  }
  return {x};
}

Types gather(const Operands& op) {
  const Type& x = op.type("x");
  const Type& indices = op.type("indices");
  const bool narrow =
      op.opset() >= Opset::ios17 ? true : indices.dtype == DType::int16 || indices.dtype == DType::uint16;
  if (!is_integer(indices.dtype) || (indices.dtype != DType::int32 && (op.opset() < Opset::ios16 || !narrow))) {
    op.fail("indices", "int32 (iOS16: 16 bits, iOS17: 8 bits as well)", to_string(indices));
  }
  const std::size_t axis = axis_of(op, "axis", op.integer("axis", 0), x.rank());
  const std::int64_t batch_dims = op.integer("batch_dims", 0);
  if (batch_dims < 0 || batch_dims > static_cast<std::int64_t>(axis) || batch_dims > indices.rank()) {
    op.fail("batch_dims", "0..axis", std::to_string(batch_dims));
  }
  const auto at = [](const Shape& s, std::size_t i) { return s.begin() + static_cast<std::ptrdiff_t>(i); };
  if (const Literal* literal = op.constant("indices"); literal != nullptr && x.shape[axis] != kUnknown) {
    for (const std::int64_t i : literal->integers()) {
      const std::int64_t least = op.opset() < Opset::ios17 ? -x.shape[axis] : 0;
      if (i < least || i >= x.shape[axis])
        op.fail("indices", "below " + std::to_string(x.shape[axis]), std::to_string(i));
    }
  }
  Shape out(x.shape.begin(), at(x.shape, axis));
  out.insert(out.end(), at(indices.shape, static_cast<std::size_t>(batch_dims)), indices.shape.end());
  out.insert(out.end(), at(x.shape, axis + 1), x.shape.end());
  return {{x.dtype, out}};
}

std::vector<OperandRule> with_slice(std::vector<OperandRule> first) {
  for (const char* name : {"stride", "begin_mask", "end_mask", "squeeze_mask"}) first.push_back(setting(name));
  return first;
}

}  // namespace

void add_slice_rules(std::vector<OperatorRule>& rules) {
  rules.push_back({"slice_by_index", Opset::ios15, with_slice({required("x"), required("begin"), required("end")}),
                   slice_by_index});
  rules.push_back({"slice_by_size", Opset::ios15, {required("x"), required("begin"), required("size")}, slice_by_size});
  rules.push_back({"slice_update", Opset::ios18,
                   with_slice({required("x"), required("update"), required("begin"), required("end")}), slice_update});
  rules.push_back({"gather",
                   Opset::ios15,
                   {required("x"), required("indices"), setting("axis"), setting("batch_dims", Opset::ios16),
                    setting("validate_indices", Opset::ios17)},
                   gather});
}

}  // namespace seben::mil
