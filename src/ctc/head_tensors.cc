// SPDX-License-Identifier: Apache-2.0
#include "ctc/head_tensors.h"

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
  const std::vector<float> w = take(weight, {out, in});
  return {w, take(bias, {out}), out, in, precision};
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
