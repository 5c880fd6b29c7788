// SPDX-License-Identifier: Apache-2.0
// Operators that rearrange elements without computing.
#include <algorithm>
#include <set>

#include "mil/rules.h"

namespace seben::mil {
namespace {

using Types = std::vector<Type>;

Types transpose(const Operands& op) {
  const Type& x = op.type("x");
  const std::vector<std::int64_t> perm = op.integers("perm", {});
  std::set<std::size_t> seen;
  Shape out;
  for (const std::int64_t p : perm) {
    const std::size_t axis = axis_of(op, "perm", p, x.rank());
    seen.insert(axis);
    out.push_back(x.shape[axis]);
  }
  if (perm.size() != x.shape.size() || seen.size() != perm.size()) {
    op.fail("perm", "every axis of " + to_string(x.shape) + " once", to_string(perm));
  }
  return {{x.dtype, out}};
}

std::int64_t elements_of(const Type& type) { return type.fixed() ? type.elements() : kUnknown; }

// Replaces every 0 by the input's dimension: from the left with equal ranks, aligned at the end from iOS17 on.
void copy_zeros(const Operands& op, const Shape& x, Shape& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] != 0) continue;
    const bool aligned = op.opset() >= Opset::ios17;
    if (!aligned && out.size() != x.size()) op.fail("shape", "0 only where the rank stays", to_string(out));
    if (out.size() - i > x.size()) op.fail("shape", "0 only where the input has a dimension", to_string(out));
    out[i] = x[x.size() - (out.size() - i)];
  }
}

Types reshape(const Operands& op) {
  const Type& x = op.type("x");
  const Type& shape = op.type("shape");
  if (shape.rank() != 1 || !is_integer(shape.dtype)) op.fail("shape", "int32 [rank]", to_string(shape));
  const Literal* literal = op.constant("shape");
  if (literal == nullptr) {
    if (!shape.fixed() || shape.shape[0] > 5) op.fail("shape", "at most 5 numbers", to_string(shape));
    return {{x.dtype, Shape(static_cast<std::size_t>(shape.shape[0]), kUnknown)}};
  }
  Shape out = op.integers("shape", {});
  const Shape wanted = out;
  copy_zeros(op, x.shape, out);
  const auto free = std::ranges::count(wanted, -1);
  if (free > 1 || std::ranges::any_of(wanted, [](std::int64_t d) { return d < -1; })) {
    op.fail("shape", "sizes, 0 and at most one -1", to_string(wanted));
  }
  const std::int64_t total = elements_of(x);
  std::int64_t known = 1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (wanted[i] == -1) continue;
    if (out[i] == kUnknown || known == kUnknown) {
      known = kUnknown;
    } else if (out[i] != 0 && known > (std::int64_t{1} << 48) / out[i]) {
      op.fail("shape", "at most 2^48 elements", to_string(wanted));
    } else {
      known *= out[i];
    }
  }
  if (total == kUnknown || known == kUnknown) return {{x.dtype, out}};
  const bool fits = free == 1 ? known > 0 && total % known == 0 : total == known;
  if (!fits) op.fail("shape", std::to_string(total) + " elements as in x " + to_string(x.shape), to_string(wanted));
  if (free == 1) out[static_cast<std::size_t>(std::ranges::find(wanted, -1) - wanted.begin())] = total / known;
  return {{x.dtype, out}};
}

Types expand_dims(const Operands& op) {
  const Type& x = op.type("x");
  const std::vector<std::int64_t> axes = op.integers("axes", {});
  const std::int64_t rank = x.rank() + static_cast<std::int64_t>(axes.size());
  std::set<std::size_t> places;
  for (const std::int64_t axis : axes) places.insert(axis_of(op, "axes", axis, rank));
  if (places.size() != axes.size() || axes.empty()) op.fail("axes", "different axes", to_string(axes));
  Shape out;
  auto next = x.shape.begin();
  for (std::size_t i = 0; i < static_cast<std::size_t>(rank); ++i) out.push_back(places.contains(i) ? 1 : *next++);
  return {{x.dtype, out}};
}

Types squeeze(const Operands& op) {
  const Type& x = op.type("x");
  std::set<std::size_t> places;
  if (op.has("axes")) {
    for (const std::int64_t axis : op.integers("axes", {})) places.insert(axis_of(op, "axes", axis, x.rank()));
  } else {
    for (std::size_t i = 0; i < x.shape.size(); ++i) {
      if (x.shape[i] == 1) places.insert(i);
    }
  }
  Shape out;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if (!places.contains(i)) {
      out.push_back(x.shape[i]);
    } else if (x.shape[i] != 1) {
      op.fail("axes", "dimensions of 1 in " + to_string(x.shape), "axis " + std::to_string(i));
    }
  }
  return {{x.dtype, out}};
}

Types split(const Operands& op) {
  const Type& x = op.type("x");
  const std::size_t axis = axis_of(op, "axis", op.integer("axis", 0), x.rank());
  const std::int64_t size = x.shape[axis];
  if (size == kUnknown) op.fail("x", "a known size on the split axis", to_string(x));
  std::vector<std::int64_t> sizes = op.integers("split_sizes", {});
  if (sizes.empty()) {
    const std::int64_t parts = op.integer("num_splits", 0);
    if (parts < 1 || parts > 4096 || size % parts != 0) {
      op.fail("num_splits", "a divisor of " + std::to_string(size), std::to_string(parts));
    }
    sizes.assign(static_cast<std::size_t>(parts), size / parts);
  }
  std::int64_t left = size;
  Types out;
  for (const std::int64_t s : sizes) {
    if (s < 1 || s > left) op.fail("split_sizes", "sizes that sum to " + std::to_string(size), to_string(sizes));
    left -= s;
    Type part = x;
    part.shape[axis] = s;
    out.push_back(std::move(part));
  }
  if (left != 0) op.fail("split_sizes", "sizes that sum to " + std::to_string(size), to_string(sizes));
  return out;
}

void require_one_dtype(const Operands& op) {
  const Types& values = op.types("values");
  for (const Type& type : values) {
    if (type.dtype != values[0].dtype || type.rank() != values[0].rank()) {
      op.fail("values", "one dtype and rank, " + to_string(values[0]), to_string(type));
    }
  }
}

Types concat(const Operands& op) {
  require_one_dtype(op);
  const Types& values = op.types("values");
  const std::size_t axis = axis_of(op, "axis", op.integer("axis", 0), values[0].rank());
  const bool interleave = op.boolean("interleave", false);
  Type out = values[0];
  for (std::size_t i = 1; i < values.size(); ++i) {
    const Shape& shape = values[i].shape;
    for (std::size_t d = 0; d < shape.size(); ++d) {
      if (d != axis && !may_equal(shape[d], out.shape[d])) op.fail("values", to_string(out), to_string(shape));
      if (d != axis && out.shape[d] == kUnknown) out.shape[d] = shape[d];
    }
    if (interleave && shape[axis] != values[0].shape[axis])
      op.fail("values", "equal sizes to interleave", to_string(shape));
    const bool known = out.shape[axis] != kUnknown && shape[axis] != kUnknown;
    out.shape[axis] = known ? out.shape[axis] + shape[axis] : kUnknown;
  }
  return {out};
}

Types stack(const Operands& op) {
  require_one_dtype(op);
  const Types& values = op.types("values");
  const std::size_t axis = axis_of(op, "axis", op.integer("axis", 0), values[0].rank() + 1);
  Type out = values[0];
  for (const Type& type : values) {
    if (!may_equal(type.shape, out.shape)) op.fail("values", to_string(out), to_string(type));
  }
  out.shape.insert(out.shape.begin() + static_cast<std::ptrdiff_t>(axis), static_cast<std::int64_t>(values.size()));
  return {out};
}

Types shape(const Operands& op) { return {{DType::int32, {op.type("x").rank()}}}; }

}  // namespace

void add_shape_rules(std::vector<OperatorRule>& rules) {
  rules.push_back({"transpose", Opset::ios15, {required("x"), constant("perm")}, transpose});
  rules.push_back({"reshape", Opset::ios15, {required("x"), required("shape")}, reshape});
  rules.push_back({"expand_dims", Opset::ios15, {required("x"), constant("axes")}, expand_dims});
  rules.push_back({"squeeze", Opset::ios15, {required("x"), setting("axes")}, squeeze});
  rules.push_back(
      {"split", Opset::ios15, {required("x"), setting("num_splits"), setting("split_sizes"), constant("axis")}, split});
  rules.push_back({"concat", Opset::ios15, {list("values"), constant("axis"), setting("interleave")}, concat});
  rules.push_back({"shape", Opset::ios15, {required("x")}, shape});
  rules.push_back({"stack", Opset::ios15, {list("values"), constant("axis")}, stack});
}

}  // namespace seben::mil
