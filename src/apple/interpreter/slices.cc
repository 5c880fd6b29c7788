// SPDX-License-Identifier: Apache-2.0
// Slices and gathering. All elements have four bytes and are moved as integers.
#include <algorithm>

#include "interpreter/axis.h"
#include "interpreter/call.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

// A box of the input: where it begins, how far apart its elements are, how many there are.
struct Box {
  std::vector<std::int64_t> first, stride, count;
};

Box box_of(const Call& call, const mil::Shape& shape) {
  const std::size_t rank = shape.size();
  const std::vector<std::int64_t> begin = call.integers("begin"), end = call.integers("end");
  const std::vector<std::int64_t> zeros(rank, 0), ones(rank, 1);
  Box box;
  box.stride = call.set.integers("stride", ones);
  const auto open_begin = call.set.integers("begin_mask", zeros), open_end = call.set.integers("end_mask", zeros),
             single = call.set.integers("squeeze_mask", zeros);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t size = shape[i];
    const bool forward = box.stride[i] > 0;
    const auto place = [size](std::int64_t at, std::int64_t least, std::int64_t most) {
      return std::clamp(at < 0 ? at + size : at, least, most);
    };
    std::int64_t from = forward ? 0 : size - 1, to = forward ? size : -1;
    if (open_begin[i] == 0) from = place(begin.at(i), forward ? 0 : -1, forward ? size : size - 1);
    if (open_end[i] == 0) to = place(end.at(i), forward ? 0 : -1, forward ? size : size - 1);
    const std::int64_t step = forward ? box.stride[i] : -box.stride[i];
    const std::int64_t count = single[i] != 0 ? 1 : ((forward ? to - from : from - to) + step - 1) / step;
    if (count < 1 || from < 0 || from >= size) {
      throw Error(ErrorCategory::bad_data, "slice: axis " + std::to_string(i),
                  "a part of " + std::to_string(size) + " elements",
                  std::to_string(begin.at(i)) + ".." + std::to_string(end.at(i)));
    }
    box.first.push_back(from);
    box.count.push_back(count);
  }
  return box;
}

// Calls visit(offset in the whole, offset in the box, run length) for every run along the last axis.
template <typename Visit>
void each_run(const mil::Shape& shape, const Box& box, Visit&& visit) {
  const std::size_t rank = shape.size();
  std::vector<std::int64_t> steps(rank), index(rank, 0);
  std::int64_t step = 1, start = 0, rows = 1;
  for (std::size_t i = rank; i-- > 0;) {
    steps[i] = step * box.stride[i];
    start += step * box.first[i];
    step *= shape[i];
    if (i + 1 < rank) rows *= box.count[i];
  }
  std::int64_t at = start;
  for (std::int64_t row = 0; row < rows; ++row) {
    visit(at, row * box.count[rank - 1], box.count[rank - 1]);
    for (std::size_t i = rank - 1; i-- > 0;) {
      at += steps[i];
      if (++index[i] < box.count[i]) break;
      at -= steps[i] * box.count[i];
      index[i] = 0;
    }
  }
}

void copy_box(const Array& x, const Box& box, Array& y) {
  const std::int64_t stride = box.stride.back();
  each_run(x.shape(), box, [&](std::int64_t from, std::int64_t to, std::int64_t run) {
    if (stride == 1) {
      std::copy_n(x.i() + from, run, y.i() + to);
    } else {
      for (std::int64_t i = 0; i < run; ++i) y.i()[to + i] = x.i()[from + i * stride];
    }
  });
}

void slice_by_index(Call& call) {
  const Array& x = call.in("x");
  copy_box(x, box_of(call, x.shape()), call.out());
}

void slice_by_size(Call& call) {
  const Array& x = call.in("x");
  const std::size_t rank = x.shape().size();
  Box box{call.integers("begin"), std::vector<std::int64_t>(rank, 1), call.type().shape};
  for (std::size_t i = 0; i < rank; ++i) {
    if (box.first[i] < 0) box.first[i] += x.shape()[i];
    if (box.first[i] < 0 || box.first[i] + box.count[i] > x.shape()[i]) {
      throw Error(ErrorCategory::bad_data, "slice_by_size: axis " + std::to_string(i),
                  "a part of " + std::to_string(x.shape()[i]) + " elements", std::to_string(box.first[i]));
    }
  }
  copy_box(x, box, call.out());
}

void slice_update(Call& call) {
  const Array &x = call.in("x"), &update = call.in("update");
  const Box box = box_of(call, x.shape());
  Array& y = call.out();
  std::copy_n(x.i(), x.size(), y.i());
  std::int64_t places = 1;
  for (const std::int64_t n : box.count) places *= n;
  if (places != update.size()) {
    throw Error(ErrorCategory::bad_data, "slice_update: update", std::to_string(places) + " elements",
                std::to_string(update.size()));
  }
  const std::int64_t stride = box.stride.back();
  each_run(x.shape(), box, [&](std::int64_t to, std::int64_t from, std::int64_t run) {
    for (std::int64_t i = 0; i < run; ++i) y.i()[to + i * stride] = update.i()[from + i];
  });
}

void gather(Call& call) {
  const Array &x = call.in("x"), &indices = call.in("indices");
  Array& y = call.out();
  const std::int64_t axis = from_front(call.set.integer("axis", 0), x.shape().size());
  const std::int64_t batch_dims = call.set.integer("batch_dims", 0);
  const AxisView v = around(x.shape(), axis, axis);
  std::int64_t batch = 1;
  for (std::int64_t i = 0; i < batch_dims; ++i) batch *= x.shape()[static_cast<std::size_t>(i)];
  const std::int64_t middle = v.outer / batch, count = indices.size() / batch;
  for (std::int64_t o = 0; o < v.outer; ++o) {
    const std::int32_t* which = indices.i() + o / middle * count;
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t at = which[k] < 0 ? which[k] + v.size : which[k];
      if (at < 0 || at >= v.size) {
        throw Error(ErrorCategory::bad_data, "gather: indices", "below " + std::to_string(v.size),
                    std::to_string(which[k]));
      }
      std::copy_n(x.i() + (o * v.size + at) * v.inner, v.inner, y.i() + (o * count + k) * v.inner);
    }
  }
}

}  // namespace

void add_slice_code(std::vector<OperatorCode>& all) {
  all.push_back({"slice_by_index", slice_by_index, nullptr, {}, true});
  all.push_back({"slice_by_size", slice_by_size, nullptr, {}, true});
  all.push_back({"slice_update", slice_update, nullptr, {}, true});
  all.push_back({"gather", gather, nullptr, {}, true});
}

}  // namespace seben::interpreter
