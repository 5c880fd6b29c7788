// SPDX-License-Identifier: Apache-2.0
#include "model/head/head_tensors.h"

#include <utility>

#include "kernels/row_ops.h"
#include "seben/error.h"

namespace seben::ctc {

std::vector<float> HeadTensors::take(const std::string& name, const tensor::Shape& shape) {
  const tensor::TensorView& view = file_.require(name, shape);
  taken_.insert(name);
  return tensor::to_float(view);
}

kernels::Linear HeadTensors::linear(const std::string& weight, const std::string& bias, std::int64_t out,
                                    std::int64_t in, kernels::Precision precision) {
  return linear(weight, {out, in}, take(bias, {out}), precision);
}

kernels::Linear HeadTensors::linear(const std::string& weight, const tensor::Shape& shape, std::vector<float> bias,
                                    kernels::Precision precision,
                                    std::function<void(std::int64_t r, std::span<float> row)> change) {
  const tensor::TensorView* view = &file_.require(weight, shape);
  taken_.insert(weight);
  const std::int64_t out = shape.front(), in = view->elements() / out;
  kernels::Packing packing{precision, &scratch_, 0, {}, threads_};
  if (view->coded != nullptr) {
    view->coded->check();
    packing.stored_bytes = view->bytes();
  }
  const auto read = [view, change = std::move(change)](std::int64_t r, std::span<float> row) {
    tensor::read_row(*view, r, row);
    if (change) change(r, row);
  };
  return {read, bias, out, in, packing};
}

kernels::Linear HeadTensors::restored(const std::string& weight, const tensor::Shape& shape,
                                      const std::vector<float>& bias) {
  return {take(weight, shape), bias, shape.front(), shape.back(), kernels::Precision::f32, threads_};
}

void HeadTensors::require_all_taken() const {
  for (const std::string& name : file_.names()) {
    if (!taken_.contains(name)) {
      throw Error(ErrorCategory::bad_data, file_.source() + ": tensors", "only those of this kind of head",
                  "also \"" + name + "\"");
    }
  }
}

void HeadNorm::apply(const float* x, float* y) const {
  constexpr float kEpsilon = 1e-5F;
  kernels::row_ops().layer_norm(x, gamma.data(), beta.data(), kEpsilon, static_cast<std::int64_t>(gamma.size()), y);
}

}  // namespace seben::ctc
