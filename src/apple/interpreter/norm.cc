// SPDX-License-Identifier: Apache-2.0
// Softmax, normalisation, reductions.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "interpreter/axis.h"
#include "interpreter/call.h"
#include "interpreter/lanes.h"
#include "interpreter/softmax.h"
#include "kernels/row_ops.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::interpreter {

namespace {

// e^x for x <= 0: Cody and Waite's reduction to |r| <= ln 2 / 2 and a polynomial. 0 below -87; NaN stays NaN.
inline float exp_of_negative(float x) {
  constexpr float kLog2E = 1.44269504F, kHigh = 0.693359375F, kLow = -2.12194440e-4F;
  constexpr std::int32_t kMost = 0x42AE0000, kInfinity = 0x7F800000;  // 87
  const auto size = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(x) & 0x7FFFFFFFU);
  const float clamped = -std::bit_cast<float>(choose_above(size, kMost, kMost, size));
  const auto n = static_cast<std::int32_t>(clamped * kLog2E - 0.5F);
  const auto whole = static_cast<float>(n);
  const float r = (clamped - whole * kHigh) - whole * kLow;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float value = (p * r * r + r + 1.0F) * std::bit_cast<float>((n + 127) << 23);
  const std::int32_t beyond = choose_above(size, kInfinity, size, 0);
  return std::bit_cast<float>(choose_above(size, kMost, beyond, std::bit_cast<std::int32_t>(value)));
}

}  // namespace

void softmax_row(float* x, std::int64_t n) {
  std::int32_t key = std::numeric_limits<std::int32_t>::min();
  for (std::int64_t i = 0; i < n; ++i) key = std::max(key, order_key(x[i]));
  const float most = float_of_key(key);
  for (std::int64_t i = 0; i < n; ++i) x[i] = exp_of_negative(x[i] - most);
  float lanes[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::int64_t lane = 0; lane < 16; ++lane) lanes[lane] += x[i + lane];
  }
  float sum = 0.0F;
  for (; i < n; ++i) sum += x[i];
  for (const float lane : lanes) sum += lane;
  const float scale = 1.0F / sum;
  for (std::int64_t k = 0; k < n; ++k) x[k] *= scale;
}

namespace {

constexpr std::int64_t kColumns = 64;  // of the inner axis at a time, where the normalised axis is not the last

template <typename Body>
void each_column_block(const AxisView& v, int threads, Body&& body) {
  const std::int64_t blocks = (v.inner + kColumns - 1) / kColumns;
  kernels::parallel_for(threads, v.outer * blocks, [&](std::int64_t k) {
    const std::int64_t first = k % blocks * kColumns;
    body(k / blocks * v.size * v.inner + first, std::min(kColumns, v.inner - first));
  });
}

void softmax_columns(const float* x, float* y, const AxisView& v, std::int64_t at, std::int64_t width) {
  std::int32_t key[kColumns];
  float most[kColumns], sum[kColumns];
  std::fill_n(key, width, std::numeric_limits<std::int32_t>::min());
  std::fill_n(sum, width, 0.0F);
  for (std::int64_t s = 0; s < v.size; ++s) {
    const float* row = x + at + s * v.inner;
    for (std::int64_t c = 0; c < width; ++c) key[c] = std::max(key[c], order_key(row[c]));
  }
  std::transform(key, key + width, most, float_of_key);
  for (std::int64_t s = 0; s < v.size; ++s) {
    const float* row = x + at + s * v.inner;
    float* to = y + at + s * v.inner;
    for (std::int64_t c = 0; c < width; ++c) {
      to[c] = exp_of_negative(row[c] - most[c]);
      sum[c] += to[c];
    }
  }
  for (std::int64_t c = 0; c < width; ++c) sum[c] = 1.0F / sum[c];
  for (std::int64_t s = 0; s < v.size; ++s) {
    float* to = y + at + s * v.inner;
    for (std::int64_t c = 0; c < width; ++c) to[c] *= sum[c];
  }
}

void softmax(Call& call) {
  const Array& x = call.in("x");
  Array& y = call.out();
  const std::int64_t axis = from_front(call.set.integer("axis", -1), x.shape().size());
  const AxisView v = around(x.shape(), axis, axis);
  if (v.inner > 1) {
    each_column_block(v, call.threads,
                      [&](std::int64_t at, std::int64_t width) { softmax_columns(x.f(), y.f(), v, at, width); });
    return;
  }
  kernels::parallel_for(v.outer > 8 ? call.threads : 1, v.outer, [&](std::int64_t r) {
    std::copy_n(x.f() + r * v.size, v.size, y.f() + r * v.size);
    softmax_row(y.f() + r * v.size, v.size);
  });
}

struct Affine {
  std::vector<float> gamma, beta;
  float epsilon;
};

void norm_columns(const float* x, float* y, const AxisView& v, const Affine& a, std::int64_t at, std::int64_t width) {
  double mean[kColumns] = {}, variance[kColumns] = {};
  float scale[kColumns], shift[kColumns];
  for (std::int64_t s = 0; s < v.size; ++s) {
    for (std::int64_t c = 0; c < width; ++c) mean[c] += static_cast<double>(x[at + s * v.inner + c]);
  }
  const auto count = static_cast<double>(v.size);
  for (std::int64_t c = 0; c < width; ++c) mean[c] /= count;
  for (std::int64_t s = 0; s < v.size; ++s) {
    for (std::int64_t c = 0; c < width; ++c) {
      const double d = static_cast<double>(x[at + s * v.inner + c]) - mean[c];
      variance[c] += d * d;
    }
  }
  for (std::int64_t c = 0; c < width; ++c) {
    scale[c] = static_cast<float>(1.0 / std::sqrt(variance[c] / count + static_cast<double>(a.epsilon)));
    shift[c] = static_cast<float>(mean[c]);
  }
  for (std::int64_t s = 0; s < v.size; ++s) {
    const auto place = static_cast<std::size_t>(s);
    for (std::int64_t c = 0; c < width; ++c) {
      const std::int64_t k = at + s * v.inner + c;
      y[k] = (x[k] - shift[c]) * scale[c] * a.gamma[place] + a.beta[place];
    }
  }
}

std::vector<float> vector_or(const Array* array, std::int64_t n, float fallback) {
  if (array == nullptr) return std::vector<float>(static_cast<std::size_t>(n), fallback);
  return {array->values().begin(), array->values().end()};
}

std::vector<std::int64_t> norm_axes(const Settings& set, std::size_t rank) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < rank; ++i) all.push_back(static_cast<std::int64_t>(i));
  std::vector<std::int64_t> axes = set.integers("axes", all);
  for (std::int64_t& axis : axes) axis = from_front(axis, rank);
  return axes;
}

void check_layer_norm(const Settings& set, const mil::Type& x) {
  const std::vector<std::int64_t> axes = norm_axes(set, x.shape.size());
  for (std::size_t i = 1; i < axes.size(); ++i) {
    if (axes[i] != axes[i - 1] + 1) {
      throw Error(ErrorCategory::bad_data, "axes", "neighbouring axes in order", mil::to_string(axes));
    }
  }
}

void layer_norm(Call& call) {
  const Array& x = call.in("x");
  Array& y = call.out();
  const std::size_t rank = x.shape().size();
  const std::vector<std::int64_t> axes = norm_axes(call.set, rank);
  const AxisView v = around(x.shape(), axes.front(), axes.back());
  const Affine a{vector_or(call.find("gamma"), v.size, 1.0F), vector_or(call.find("beta"), v.size, 0.0F),
                 static_cast<float>(call.set.number("epsilon", 1e-5))};
  if (v.inner > 1) {
    each_column_block(v, call.threads,
                      [&](std::int64_t at, std::int64_t width) { norm_columns(x.f(), y.f(), v, a, at, width); });
    return;
  }
  kernels::parallel_for(v.outer > 8 ? call.threads : 1, v.outer, [&](std::int64_t r) {
    kernels::row_ops().layer_norm(x.f() + r * v.size, a.gamma.data(), a.beta.data(), a.epsilon, v.size,
                                  y.f() + r * v.size);
  });
}

// Visits every element with the place in the output that it belongs to.
template <typename Visit>
void reduce_over(const Array& x, const std::vector<bool>& reduced, Visit&& visit) {
  const mil::Shape& shape = x.shape();
  std::vector<std::int64_t> strides(shape.size(), 0);
  std::int64_t step = 1;
  for (std::size_t i = shape.size(); i-- > 0;) {
    if (reduced[i]) continue;
    strides[i] = step;
    step *= shape[i];
  }
  std::vector<std::int64_t> index(shape.size(), 0);
  std::int64_t place = 0;
  for (std::int64_t k = 0; k < x.size(); ++k) {
    visit(k, place);
    for (std::size_t i = shape.size(); i-- > 0;) {
      place += strides[i];
      if (++index[i] < shape[i]) break;
      place -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
}

enum class Reduction { mean, sum, most };

template <Reduction kind>
void reduce(Call& call) {
  const Array& x = call.in("x");
  Array& out = call.out();
  const std::size_t rank = x.shape().size();
  std::vector<bool> reduced(rank, false);
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < rank; ++i) all.push_back(static_cast<std::int64_t>(i));
  for (const std::int64_t axis : call.set.integers("axes", all)) {
    reduced[static_cast<std::size_t>(from_front(axis, rank))] = true;
  }
  const double start = kind == Reduction::most ? -std::numeric_limits<double>::infinity() : 0.0;
  std::vector<double> sums(static_cast<std::size_t>(out.size()), start);
  reduce_over(x, reduced, [&](std::int64_t k, std::int64_t place) {
    const double v = x.is_float() ? static_cast<double>(x.f()[k]) : static_cast<double>(x.i()[k]);
    double& sum = sums[static_cast<std::size_t>(place)];
    sum = kind == Reduction::most ? (sum >= v || std::isnan(sum) ? sum : v) : sum + v;
  });
  const double scale = kind == Reduction::mean ? static_cast<double>(out.size()) / static_cast<double>(x.size()) : 1.0;
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double v = sums[static_cast<std::size_t>(i)] * scale;
    if (x.is_float()) {
      out.f()[i] = static_cast<float>(v);
    } else {
      out.i()[i] = static_cast<std::int32_t>(v);
    }
  }
}

void reduce_argmax(Call& call) {
  const Array& x = call.in("x");
  Array& out = call.out();
  const std::int64_t axis = from_front(call.set.integer("axis", -1), x.shape().size());
  const AxisView v = around(x.shape(), axis, axis);
  const auto at = [&](std::int64_t k) {  // an int32 fits a double
    return x.is_float() ? static_cast<double>(x.f()[k]) : static_cast<double>(x.i()[k]);
  };
  for (std::int64_t o = 0; o < v.outer; ++o) {
    for (std::int64_t i = 0; i < v.inner; ++i) {
      std::int64_t best = 0;
      const std::int64_t start = o * v.size * v.inner + i;
      for (std::int64_t s = 1; s < v.size; ++s) {
        if (at(start + s * v.inner) > at(start + best * v.inner)) best = s;
      }
      out.i()[o * v.inner + i] = static_cast<std::int32_t>(best);
    }
  }
}

}  // namespace

void add_norm_code(std::vector<OperatorCode>& all) {
  all.push_back({"softmax", softmax});
  all.push_back({"layer_norm", layer_norm, nullptr, {}, false, check_layer_norm});
  all.push_back({"reduce_mean", reduce<Reduction::mean>});
  all.push_back({"reduce_sum", reduce<Reduction::sum>});
  all.push_back({"reduce_max", reduce<Reduction::most>});
  all.push_back({"reduce_argmax", reduce_argmax});
}

}  // namespace seben::interpreter
