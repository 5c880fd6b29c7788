// SPDX-License-Identifier: Apache-2.0
// Products of two values that are both made at run time: matmul and einsum.
#include <algorithm>

#include "interpreter/product.h"
#include "kernels/linear.h"
#include "kernels/threads.h"

namespace seben::interpreter {
namespace {

using kernels::kBlockRows;

// One product y = x z of [m, k] and [k, n]; either may lie transposed.
struct MatmulSizes {
  std::int64_t m, n, k;
  bool x_turned = false;  ///< x lies as [k, m]
  bool z_turned = false;  ///< z lies as [n, k], which is how it is packed
};

std::vector<float> turned(const float* from, std::int64_t rows, std::int64_t columns) {
  constexpr std::int64_t kTile = 32;
  std::vector<float> to(static_cast<std::size_t>(rows * columns));
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
    for (std::int64_t c0 = 0; c0 < columns; c0 += kTile) {
      for (std::int64_t r = r0; r < std::min(rows, r0 + kTile); ++r) {
        for (std::int64_t c = c0; c < std::min(columns, c0 + kTile); ++c) {
          to[static_cast<std::size_t>(c * rows + r)] = from[r * columns + c];
        }
      }
    }
  }
  return to;
}

// Packing pays only when many rows use it.
constexpr std::int64_t kFewRows = 4;

void multiply_few(const float* x, const float* z, float* y, const MatmulSizes& s) {
  for (std::int64_t r = 0; r < s.m; ++r) {
    const float* row = x + r * s.k;
    float* out = y + r * s.n;
    if (s.z_turned) {
      for (std::int64_t o = 0; o < s.n; ++o) {
        float sum = 0.0F;
        for (std::int64_t i = 0; i < s.k; ++i) sum += row[i] * z[o * s.k + i];
        out[o] = sum;
      }
      continue;
    }
    std::fill_n(out, s.n, 0.0F);
    for (std::int64_t i = 0; i < s.k; ++i) {
      const float factor = row[i];
      for (std::int64_t o = 0; o < s.n; ++o) out[o] += factor * z[i * s.n + o];
    }
  }
}

void multiply(const float* x, const float* z, float* y, const MatmulSizes& s, int threads) {
  std::vector<float> x_rows, z_rows;
  if (s.x_turned) {
    x_rows = turned(x, s.k, s.m);
    x = x_rows.data();
  }
  if (s.m <= kFewRows) return multiply_few(x, z, y, s);
  if (!s.z_turned) {
    z_rows = turned(z, s.k, s.n);
    z = z_rows.data();
  }
  const auto gemm = kernels::pack_gemm(kernels::GemmKind::f32, s.n, s.k, z, std::min(kBlockRows, s.m));
  multiply_rows(*gemm, x, s.m, s.n, s.k, nullptr, y, threads);
}

// Offsets of each batch in an operand whose leading dimensions broadcast to those of the output.
std::vector<std::int64_t> batch_offsets(const mil::Shape& lead, const mil::Shape& out, std::int64_t matrix) {
  std::int64_t total = 1;
  for (const std::int64_t d : out) total *= d;
  std::vector<std::int64_t> offsets;
  for (std::int64_t b = 0; b < total; ++b) {
    std::int64_t rest = b, offset = 0, step = matrix;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::int64_t index = rest % out[out.size() - 1 - i];
      rest /= out[out.size() - 1 - i];
      if (i >= lead.size()) continue;
      const std::int64_t size = lead[lead.size() - 1 - i];
      if (size != 1) offset += index * step;
      step *= size;
    }
    offsets.push_back(offset);
  }
  return offsets;
}

void matmul(Call& call) {
  const Array &x = call.in("x"), &z = call.in("y");
  Array& y = call.out();
  mil::Shape xs = x.shape(), zs = z.shape(), ys = y.shape();
  MatmulSizes s{};
  s.x_turned = call.set.boolean("transpose_x", false) && xs.size() > 1;
  s.z_turned = call.set.boolean("transpose_y", false) && zs.size() > 1;
  if (xs.size() == 1) xs.insert(xs.begin(), 1);
  if (zs.size() == 1) zs.push_back(1);
  s.m = xs[xs.size() - (s.x_turned ? 1 : 2)];
  s.k = xs[xs.size() - (s.x_turned ? 2 : 1)];
  s.n = zs[zs.size() - (s.z_turned ? 2 : 1)];
  const mil::Shape lead_x(xs.begin(), xs.end() - 2), lead_z(zs.begin(), zs.end() - 2);
  const std::ptrdiff_t matrix_axes = (x.shape().size() > 1 ? 1 : 0) + (z.shape().size() > 1 ? 1 : 0);
  const mil::Shape lead(ys.begin(), ys.end() - matrix_axes);
  const auto x_at = batch_offsets(lead_x, lead, s.m * s.k), z_at = batch_offsets(lead_z, lead, s.k * s.n);
  const auto batches = static_cast<std::int64_t>(x_at.size());
  const auto one = [&](std::int64_t b, int threads) {
    const auto i = static_cast<std::size_t>(b);
    multiply(x.f() + x_at[i], z.f() + z_at[i], y.f() + b * s.m * s.n, s, threads);
  };
  if (batches == 1) return one(0, call.threads);
  kernels::parallel_for(call.threads, batches, [&](std::int64_t b) { one(b, 1); });
}

// nchw,nwhu->nchu: for each n and h the product of [c, w] and [w, u].
void einsum(Call& call) {
  const auto values = call.list("values");
  const Array &x = *values[0], &z = *values[1];
  Array& y = call.out();
  const auto four = [](const mil::Shape& s) { return s.size() == 4 ? s : mil::Shape{1, s[0], s[1], s[2]}; };
  const mil::Shape xs = four(x.shape()), zs = four(z.shape()), ys = four(y.shape());
  const std::int64_t c = xs[1], w = xs[3], u = zs[3];
  const MatmulSizes s{c, u, w, false, false};
  for (std::int64_t n = 0; n < ys[0]; ++n) {
    const float* px = x.f() + (xs[0] == 1 ? 0 : n) * c * xs[2] * w;
    const float* pz = z.f() + (zs[0] == 1 ? 0 : n) * w * zs[2] * u;
    float* py = y.f() + n * c * ys[2] * u;
    if (xs[2] == 1 && zs[2] == 1) {
      multiply(px, pz, py, s, call.threads);
      continue;
    }
    std::vector<float> left(static_cast<std::size_t>(c * w)), right(static_cast<std::size_t>(w * u)),
        out(static_cast<std::size_t>(c * u));
    for (std::int64_t h = 0; h < ys[2]; ++h) {
      const std::int64_t hx = xs[2] == 1 ? 0 : h, hz = zs[2] == 1 ? 0 : h;
      for (std::int64_t i = 0; i < c; ++i) std::copy_n(px + (i * xs[2] + hx) * w, w, left.data() + i * w);
      for (std::int64_t i = 0; i < w; ++i) std::copy_n(pz + (i * zs[2] + hz) * u, u, right.data() + i * u);
      multiply(left.data(), right.data(), out.data(), s, call.threads);
      for (std::int64_t i = 0; i < c; ++i) std::copy_n(out.data() + i * u, u, py + (i * ys[2] + h) * u);
    }
  }
}

}  // namespace

void add_matmul_code(std::vector<OperatorCode>& all) {
  all.push_back({"matmul", matmul});
  all.push_back({"einsum", einsum});
}

}  // namespace seben::interpreter
