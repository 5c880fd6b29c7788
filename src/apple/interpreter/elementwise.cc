// SPDX-License-Identifier: Apache-2.0
// Operators that work element by element.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "interpreter/call.h"
#include "kernels/row_ops.h"
#include "kernels/threads.h"

namespace seben::interpreter {
namespace {

using mil::DType;

constexpr std::int64_t kBlock = 1 << 15;

template <typename Body>
void each_block(int threads, std::int64_t n, Body&& body) {
  const std::int64_t blocks = (n + kBlock - 1) / kBlock;
  const auto run = [&](std::int64_t b) { body(b * kBlock, std::min(n, (b + 1) * kBlock)); };
  if (blocks <= 1) {
    if (n > 0) run(0);
    return;
  }
  kernels::parallel_for(threads, blocks, run);
}

// How an operand is walked while the output is walked row by row: strides in elements, 0 where it is repeated.
std::vector<std::int64_t> strides_for(const mil::Shape& shape, const mil::Shape& out) {
  std::vector<std::int64_t> strides(out.size(), 0);
  std::int64_t step = 1;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const std::size_t from_end = shape.size() - 1 - i, place = out.size() - 1 - i;
    strides[place] = shape[from_end] == 1 ? 0 : step;
    step *= shape[from_end];
  }
  return strides;
}

std::int64_t offset_of(std::int64_t row, const mil::Shape& out, const std::vector<std::int64_t>& strides) {
  std::int64_t offset = 0;
  for (std::size_t i = out.size() - 1; i-- > 0;) {
    offset += row % out[i] * strides[i];
    row /= out[i];
  }
  return offset;
}

// out[k] = op(x, y) with broadcasting; the innermost axis in one loop.
template <typename X, typename Out, typename Op>
void broadcast_pair(const X* x, const mil::Shape& xs, const X* y, const mil::Shape& ys, Out* out,
                    const mil::Shape& shape, int threads, Op op) {
  std::int64_t total = 1;
  for (const std::int64_t d : shape) total *= d;
  if (total == 0) return;
  if (xs == shape && ys == shape) {
    each_block(threads, total, [&](std::int64_t a, std::int64_t b) {
      for (std::int64_t i = a; i < b; ++i) out[i] = op(x[i], y[i]);
    });
    return;
  }
  const mil::Shape whole = shape.empty() ? mil::Shape{1} : shape;
  const std::vector<std::int64_t> sx = strides_for(xs, whole), sy = strides_for(ys, whole);
  const std::int64_t inner = whole.back(), rows = total / inner, ix = sx.back(), iy = sy.back();
  const std::int64_t together = std::max<std::int64_t>(1, kBlock / inner);
  kernels::parallel_for(rows > together ? threads : 1, (rows + together - 1) / together, [&](std::int64_t block) {
    for (std::int64_t r = block * together; r < std::min(rows, (block + 1) * together); ++r) {
      const X* px = x + offset_of(r, whole, sx);
      const X* py = y + offset_of(r, whole, sy);
      Out* po = out + r * inner;
      for (std::int64_t i = 0; i < inner; ++i) po[i] = op(px[i * ix], py[i * iy]);
    }
  });
}

template <typename FloatOp, typename IntOp>
void binary(Call& call, FloatOp real, IntOp whole) {
  const Array &x = call.in("x"), &y = call.in("y");
  Array& out = call.out();
  if (x.is_float()) {
    broadcast_pair(x.f(), x.shape(), y.f(), y.shape(), out.f(), out.shape(), call.threads, real);
  } else {
    broadcast_pair(x.i(), x.shape(), y.i(), y.shape(), out.i(), out.shape(), call.threads, whole);
  }
}

template <typename FloatOp, typename IntOp>
void comparison(Call& call, FloatOp real, IntOp whole) {
  const Array &x = call.in("x"), &y = call.in("y");
  Array& out = call.out();
  if (x.is_float()) {
    broadcast_pair(x.f(), x.shape(), y.f(), y.shape(), out.i(), out.shape(), call.threads, real);
  } else {
    broadcast_pair(x.i(), x.shape(), y.i(), y.shape(), out.i(), out.shape(), call.threads, whole);
  }
}

// MIL leaves overflow and division by zero of int32 open; here they wrap around and give 0.
std::int32_t wrapped(std::int64_t v) { return static_cast<std::int32_t>(static_cast<std::uint32_t>(v)); }
std::int64_t wide(std::int32_t v) { return v; }
std::int64_t floor_divided(std::int64_t a, std::int64_t b) {
  if (b == 0) return 0;
  const std::int64_t q = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}
std::int64_t power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  auto factor = static_cast<std::uint32_t>(base), result = 1U;
  for (; exponent > 0; exponent /= 2, factor *= factor) {
    if (exponent % 2 != 0) result *= factor;
  }
  return std::int64_t{result};
}
// The remainder with the divisor's sign.
float floor_remainder(float a, float b) {
  const float rest = std::fmod(a, b);
  return rest != 0.0F && (rest < 0.0F) != (b < 0.0F) ? rest + b : rest;
}
// NaN on either side wins, so that it is seen.
float larger(float a, float b) { return a >= b || std::isnan(a) ? a : b; }
float smaller(float a, float b) { return a <= b || std::isnan(a) ? a : b; }

template <typename Op>
void unary(Call& call, Op op) {
  const Array& x = call.in("x");
  Array& out = call.out();
  const float* from = x.f();
  float* to = out.f();
  each_block(call.threads, x.size(), [&](std::int64_t a, std::int64_t b) {
    for (std::int64_t i = a; i < b; ++i) to[i] = op(from[i]);
  });
}

float sigmoid(float v) { return 1.0F / (1.0F + std::exp(-v)); }

void gelu(Call& call) {
  const std::string mode = call.set.text("mode", "EXACT");
  if (mode == "TANH_APPROXIMATION") {
    return unary(call,
                 [](float v) { return 0.5F * v * (1.0F + std::tanh(0.7978845608F * (v + 0.044715F * v * v * v))); });
  }
  if (mode == "SIGMOID_APPROXIMATION") {
    return unary(call, [](float v) { return v * sigmoid(1.702F * v); });
  }
  const Array& x = call.in("x");
  Array& out = call.out();
  each_block(call.threads, x.size(), [&](std::int64_t a, std::int64_t b) {
    std::copy_n(x.f() + a, b - a, out.f() + a);
    kernels::row_ops().gelu(out.f() + a, b - a);
  });
}

void rsqrt(Call& call) {
  const auto epsilon = static_cast<float>(call.set.number("epsilon", 1e-12));
  unary(call, [epsilon](float v) { return 1.0F / std::sqrt(v + epsilon); });
}

struct Range {
  double low, high;
};

Range range_of(DType dtype) {
  const int bits = mil::bits_of(dtype);
  const bool sign = dtype == DType::int8 || dtype == DType::int16 || dtype == DType::int32;
  const double top = std::ldexp(1.0, sign ? bits - 1 : bits);
  return {sign ? -top : 0.0, top - 1.0};
}

// Toward zero, and to the nearest value that the type has; NaN becomes 0.
std::int32_t to_integer(double v, Range range) {
  return std::isnan(v) ? 0 : static_cast<std::int32_t>(std::clamp(std::trunc(v), range.low, range.high));
}

void cast(Call& call) {
  const Array& x = call.in("x");
  const DType to = call.type().dtype;
  // What becomes fp16 is rounded afterwards and needs elements of its own.
  if (x.is_float() && to == DType::fp16 && x.dtype() != to) return unary(call, [](float v) { return v; });
  if (x.dtype() == to || (x.is_float() && mil::is_float(to))) return call.share(x);
  Array& out = call.out();
  const std::int64_t n = x.size();
  if (mil::is_float(to)) {
    std::transform(x.i(), x.i() + n, out.f(), [](std::int32_t v) { return static_cast<float>(v); });
  } else if (to == DType::boolean && x.is_float()) {
    std::transform(x.f(), x.f() + n, out.i(), [](float v) { return v != 0.0F ? 1 : 0; });
  } else if (to == DType::boolean) {
    std::transform(x.i(), x.i() + n, out.i(), [](std::int32_t v) { return v != 0 ? 1 : 0; });
  } else {
    const Range range = range_of(to);
    for (std::int64_t i = 0; i < n; ++i) {
      out.i()[i] = to_integer(x.is_float() ? static_cast<double>(x.f()[i]) : static_cast<double>(x.i()[i]), range);
    }
  }
}

void select(Call& call) {
  const Array &cond = call.in("cond"), &a = call.in("a"), &b = call.in("b");
  Array& out = call.out();
  const mil::Shape whole = out.shape().empty() ? mil::Shape{1} : out.shape();
  const auto sc = strides_for(cond.shape(), whole), sa = strides_for(a.shape(), whole),
             sb = strides_for(b.shape(), whole);
  const std::int64_t inner = whole.back();
  for (std::int64_t r = 0; r * inner < out.size(); ++r) {
    const std::int64_t oc = offset_of(r, whole, sc), oa = offset_of(r, whole, sa), ob = offset_of(r, whole, sb);
    for (std::int64_t i = 0; i < inner; ++i) {
      const bool first = cond.i()[oc + i * sc.back()] != 0;
      // Both kinds of element have four bytes and are only moved.
      out.i()[r * inner + i] = first ? a.i()[oa + i * sa.back()] : b.i()[ob + i * sb.back()];
    }
  }
}

void logical_not(Call& call) {
  const Array& x = call.in("x");
  Array& out = call.out();
  std::transform(x.i(), x.i() + x.size(), out.i(), [](std::int32_t v) { return v == 0 ? 1 : 0; });
}

void add_arithmetic(std::vector<OperatorCode>& all) {
  all.push_back({"add", [](Call& c) {
                   binary(
                       c, [](float a, float b) { return a + b; },
                       [](std::int32_t a, std::int32_t b) { return wrapped(wide(a) + wide(b)); });
                 }});
  all.push_back({"sub", [](Call& c) {
                   binary(
                       c, [](float a, float b) { return a - b; },
                       [](std::int32_t a, std::int32_t b) { return wrapped(wide(a) - wide(b)); });
                 }});
  all.push_back({"mul", [](Call& c) {
                   binary(
                       c, [](float a, float b) { return a * b; },
                       [](std::int32_t a, std::int32_t b) { return wrapped(wide(a) * wide(b)); });
                 }});
  all.push_back({"real_div", [](Call& c) {
                   binary(
                       c, [](float a, float b) { return a / b; },
                       [](std::int32_t a, std::int32_t b) { return b == 0 ? 0 : wrapped(wide(a) / wide(b)); });
                 }});
  all.push_back({"floor_div", [](Call& c) {
                   binary(
                       c, [](float a, float b) { return std::floor(a / b); },
                       [](std::int32_t a, std::int32_t b) { return wrapped(floor_divided(a, b)); });
                 }});
  all.push_back({"mod", [](Call& c) {
                   binary(c, floor_remainder, [](std::int32_t a, std::int32_t b) {
                     return wrapped(wide(a) - floor_divided(a, b) * wide(b));
                   });
                 }});
  all.push_back(
      {"maximum", [](Call& c) { binary(c, larger, [](std::int32_t a, std::int32_t b) { return std::max(a, b); }); }});
  all.push_back(
      {"minimum", [](Call& c) { binary(c, smaller, [](std::int32_t a, std::int32_t b) { return std::min(a, b); }); }});
  all.push_back({"pow", [](Call& c) {
                   binary(
                       c, [](float a, float b) { return std::pow(a, b); },
                       [](std::int32_t a, std::int32_t b) { return wrapped(power(a, b)); });
                 }});
}

template <template <typename> class Compare>
void compare(Call& call) {
  comparison(
      call, [](float a, float b) { return Compare<float>()(a, b) ? 1 : 0; },
      [](std::int32_t a, std::int32_t b) { return Compare<std::int32_t>()(a, b) ? 1 : 0; });
}

}  // namespace

void add_elementwise_code(std::vector<OperatorCode>& all) {
  add_arithmetic(all);
  all.push_back({"equal", compare<std::equal_to>});
  all.push_back({"not_equal", compare<std::not_equal_to>});
  all.push_back({"greater", compare<std::greater>});
  all.push_back({"greater_equal", compare<std::greater_equal>});
  all.push_back({"less", compare<std::less>});
  all.push_back({"less_equal", compare<std::less_equal>});
  all.push_back({"relu", [](Call& c) { unary(c, [](float v) { return std::max(v, 0.0F); }); }});
  all.push_back({"sigmoid", [](Call& c) { unary(c, sigmoid); }});
  all.push_back({"silu", [](Call& c) { unary(c, [](float v) { return v * sigmoid(v); }); }});
  all.push_back({"tanh", [](Call& c) { unary(c, [](float v) { return std::tanh(v); }); }});
  all.push_back({"exp", [](Call& c) { unary(c, [](float v) { return std::exp(v); }); }});
  all.push_back({"sqrt", [](Call& c) { unary(c, [](float v) { return std::sqrt(v); }); }});
  all.push_back({"abs", [](Call& c) { unary(c, [](float v) { return std::abs(v); }); }});
  all.push_back({"erf", [](Call& c) { unary(c, [](float v) { return std::erf(v); }); }});
  all.push_back({"square", [](Call& c) { unary(c, [](float v) { return v * v; }); }});
  all.push_back({"gelu", gelu});
  all.push_back({"rsqrt", rsqrt});
  all.push_back({"cast", cast});
  all.push_back({"select", select, nullptr, {}, true});
  all.push_back({"logical_not", logical_not, nullptr, {}, true});
}

}  // namespace seben::interpreter
