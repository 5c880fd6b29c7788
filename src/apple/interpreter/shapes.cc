// SPDX-License-Identifier: Apache-2.0
// Operators that rearrange values. All elements have four bytes and are moved as integers.
#include <algorithm>
#include <cstring>

#include "interpreter/axis.h"
#include "interpreter/call.h"
#include "kernels/threads.h"

namespace seben::interpreter {
namespace {

void same_elements(Call& call) { call.share(call.in("x")); }

// A transpose without its unit axes, and with axes that stay together joined.
struct Plan {
  std::vector<std::int64_t> sizes;    ///< of the output
  std::vector<std::int64_t> strides;  ///< in the input
};

Plan plan_of(const mil::Shape& shape, const std::vector<std::int64_t>& perm) {
  std::vector<std::int64_t> strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    step *= shape[i];
  }
  Plan plan;
  for (const std::int64_t p : perm) {
    const auto axis = static_cast<std::size_t>(from_front(p, shape.size()));
    if (shape[axis] == 1) continue;
    const bool joins = !plan.sizes.empty() && plan.strides.back() == strides[axis] * shape[axis];
    if (joins) {
      plan.sizes.back() *= shape[axis];
      plan.strides.back() = strides[axis];
    } else {
      plan.sizes.push_back(shape[axis]);
      plan.strides.push_back(strides[axis]);
    }
  }
  return plan;
}

// The last two axes of the output, in tiles that fit a cache.
void turn(const std::int32_t* x, std::int32_t* y, std::int64_t rows, std::int64_t columns, std::int64_t row_stride,
          std::int64_t column_stride) {
  constexpr std::int64_t kTile = 32;
  if (column_stride == 1) {
    for (std::int64_t r = 0; r < rows; ++r) std::copy_n(x + r * row_stride, columns, y + r * columns);
    return;
  }
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
    for (std::int64_t c0 = 0; c0 < columns; c0 += kTile) {
      for (std::int64_t r = r0; r < std::min(rows, r0 + kTile); ++r) {
        for (std::int64_t c = c0; c < std::min(columns, c0 + kTile); ++c) {
          y[r * columns + c] = x[r * row_stride + c * column_stride];
        }
      }
    }
  }
}

void transpose(Call& call) {
  const Array& x = call.in("x");
  Plan plan = plan_of(x.shape(), call.set.integers("perm", {}));
  if (plan.sizes.size() <= 1) return call.share(x);
  Array& y = call.out();
  const std::size_t rank = plan.sizes.size();
  const std::int64_t rows = plan.sizes[rank - 2], columns = plan.sizes[rank - 1];
  constexpr std::int64_t kRows = 64;
  const std::int64_t parts = (rows + kRows - 1) / kRows;
  std::int64_t outer = 1;
  for (std::size_t i = 0; i + 2 < rank; ++i) outer *= plan.sizes[i];
  kernels::parallel_for(x.size() > 4096 ? call.threads : 1, outer * parts, [&](std::int64_t k) {
    const std::int64_t first = k % parts * kRows;
    std::int64_t rest = k / parts, from = first * plan.strides[rank - 2];
    for (std::size_t i = rank - 2; i-- > 0;) {
      from += rest % plan.sizes[i] * plan.strides[i];
      rest /= plan.sizes[i];
    }
    turn(x.i() + from, y.i() + (k / parts * rows + first) * columns, std::min(kRows, rows - first), columns,
         plan.strides[rank - 2], plan.strides[rank - 1]);
  });
}

void split(Call& call) {
  const Array& x = call.in("x");
  const std::int64_t axis = from_front(call.set.integer("axis", 0), x.shape().size());
  const AxisView v = around(x.shape(), axis, axis);
  std::vector<std::int64_t> sizes = call.set.integers("split_sizes", {});
  if (sizes.empty()) {
    const std::int64_t parts = call.set.integer("num_splits", 1);
    sizes.assign(static_cast<std::size_t>(parts), v.size / parts);
  }
  std::int64_t first = 0;
  for (std::size_t part = 0; part < sizes.size(); ++part) {
    Array& y = call.out(part);
    const std::int64_t run = sizes[part] * v.inner;
    for (std::int64_t o = 0; o < v.outer; ++o) {
      std::copy_n(x.i() + (o * v.size + first) * v.inner, run, y.i() + o * run);
    }
    first += sizes[part];
  }
}

void concat(Call& call) {
  const auto values = call.list("values");
  Array& y = call.out();
  const std::int64_t axis = from_front(call.set.integer("axis", 0), y.shape().size());
  const AxisView whole = around(y.shape(), axis, axis);
  const bool interleave = call.set.boolean("interleave", false);
  const auto count = static_cast<std::int64_t>(values.size());
  std::int64_t first = 0;
  for (std::int64_t k = 0; k < count; ++k) {
    const Array& x = *values[static_cast<std::size_t>(k)];
    const AxisView v = around(x.shape(), axis, axis);
    for (std::int64_t o = 0; o < v.outer; ++o) {
      const std::int32_t* from = x.i() + o * v.size * v.inner;
      std::int32_t* to = y.i() + o * whole.size * whole.inner;
      if (!interleave) {
        std::copy_n(from, v.size * v.inner, to + first * whole.inner);
      } else {
        for (std::int64_t s = 0; s < v.size; ++s)
          std::copy_n(from + s * v.inner, v.inner, to + (s * count + k) * v.inner);
      }
    }
    first += v.size;
  }
}

void stack(Call& call) {
  const auto values = call.list("values");
  Array& y = call.out();
  const std::int64_t axis = from_front(call.set.integer("axis", 0), y.shape().size());
  const AxisView v = around(y.shape(), axis, axis);
  for (std::size_t k = 0; k < values.size(); ++k) {
    for (std::int64_t o = 0; o < v.outer; ++o) {
      std::copy_n(values[k]->i() + o * v.inner, v.inner, y.i() + (o * v.size + static_cast<std::int64_t>(k)) * v.inner);
    }
  }
}

void shape(Call& call) {
  const mil::Shape sizes = call.in("x").shape();
  Array& out = call.out();
  std::ranges::transform(sizes, out.i(), [](std::int64_t d) { return static_cast<std::int32_t>(d); });
}

}  // namespace

void add_shape_code(std::vector<OperatorCode>& all) {
  for (const std::string_view type : {"identity", "reshape", "expand_dims", "squeeze"}) {
    all.push_back({type, same_elements, nullptr, {}, true});
  }
  all.push_back({"transpose", transpose, nullptr, {}, true});
  all.push_back({"split", split, nullptr, {}, true});
  all.push_back({"concat", concat, nullptr, {}, true});
  all.push_back({"stack", stack, nullptr, {}, true});
  all.push_back({"shape", shape, nullptr, {}, true});
}

}  // namespace seben::interpreter
