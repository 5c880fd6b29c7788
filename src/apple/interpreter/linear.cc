// SPDX-License-Identifier: Apache-2.0
#include "kernels/linear.h"

#include <algorithm>

#include "interpreter/product.h"
#include "kernels/row_ops.h"
#include "kernels/threads.h"

namespace seben::interpreter {

using kernels::kBlockRows;

void multiply_rows(const kernels::Gemm& gemm, const float* x, std::int64_t rows, std::int64_t n, std::int64_t k,
                   const float* bias, float* y, int threads) {
  const auto block = [&](std::int64_t b) {
    const std::int64_t first = b * kBlockRows, count = std::min(kBlockRows, rows - first);
    gemm.multiply(x + first * k, count, y + first * n);
    if (bias == nullptr) return;
    for (std::int64_t r = first; r < first + count; ++r) kernels::row_ops().add(bias, n, y + r * n);
  };
  kernels::parallel_for(threads, (rows + kBlockRows - 1) / kBlockRows, block);
}

PackedMatrix::PackedMatrix(std::vector<float> weight, std::vector<float> offsets, std::int64_t rows,
                           std::int64_t columns)
    : gemm(kernels::pack_gemm(kernels::GemmKind::f32, rows, columns, weight.data(), kBlockRows)),
      bias(std::move(offsets)),
      n(rows),
      k(columns) {}

std::size_t PackedMatrix::bytes() const noexcept { return gemm->packed_bytes() + bias.size() * sizeof(float); }

std::vector<float> floats_of(const mil::Literal& literal) {
  std::vector<float> values(static_cast<std::size_t>(literal.type.elements()));
  literal.to_float(values);
  return values;
}

namespace {

std::unique_ptr<Prepared> prepare_linear(const Constants& constants, int /*threads*/) {
  const auto weight = constants.find("weight");
  if (weight == constants.end() || !mil::is_float(weight->second->type.dtype)) return nullptr;
  const mil::Shape& shape = weight->second->type.shape;
  std::vector<float> bias;
  if (const auto it = constants.find("bias"); it != constants.end()) bias = floats_of(*it->second);
  if (bias.size() == 1) bias.assign(static_cast<std::size_t>(shape[0]), bias.front());
  return std::make_unique<PackedMatrix>(floats_of(*weight->second), std::move(bias), shape[0], shape[1]);
}

// int32: exact, and never large in the models at hand.
void multiply_integers(Call& call) {
  const Array &x = call.in("x"), &w = call.in("weight");
  const Array* bias = call.find("bias");
  Array& y = call.out();
  const std::int64_t n = w.shape()[0], k = w.shape()[1];
  for (std::int64_t r = 0; r < x.size() / k; ++r) {
    for (std::int64_t o = 0; o < n; ++o) {
      std::int64_t sum = bias == nullptr ? 0 : bias->i()[bias->size() == 1 ? 0 : o];
      for (std::int64_t i = 0; i < k; ++i) sum += std::int64_t{x.i()[r * k + i]} * w.i()[o * k + i];
      y.i()[r * n + o] = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum));
    }
  }
}

void linear(Call& call) {
  const auto* matrix = dynamic_cast<const PackedMatrix*>(call.prepared);
  if (matrix == nullptr) return multiply_integers(call);
  const Array& x = call.in("x");
  Array& y = call.out();
  multiply_rows(*matrix->gemm, x.f(), x.size() / matrix->k, matrix->n, matrix->k,
                matrix->bias.empty() ? nullptr : matrix->bias.data(), y.f(), call.threads);
}

}  // namespace

void add_linear_code(std::vector<OperatorCode>& all) {
  all.push_back({"linear", linear, prepare_linear, {"weight", "bias"}});
}

}  // namespace seben::interpreter
