// SPDX-License-Identifier: Apache-2.0
// Reading a head's tensors, and the proof that none was left over.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "kernels/linear.h"

namespace seben::ctc {

class HeadTensors {
 public:
  /// `threads` pack what linear() makes.
  HeadTensors(const tensor::WeightFile& file, int threads) : file_(file), threads_(threads) {}

  [[nodiscard]] std::vector<float> take(const std::string& name, const tensor::Shape& shape);
  [[nodiscard]] kernels::Linear linear(const std::string& weight, const std::string& bias, std::int64_t out,
                                       std::int64_t in, kernels::Precision precision);
  /// The same for a tensor whose rows another reading order or scale turns into the product's; `change` alters a row in
  /// place. Weights that are stored as codes stay so: the file has to outlive the product, which has to be expanded.
  [[nodiscard]] kernels::Linear linear(const std::string& weight, const tensor::Shape& shape, std::vector<float> bias,
                                       kernels::Precision precision,
                                       std::function<void(std::int64_t r, std::span<float> row)> change = {});
  /// The f32 product of a small tensor; weights that are stored as codes are restored here, once.
  [[nodiscard]] kernels::Linear restored(const std::string& weight, const tensor::Shape& shape,
                                         const std::vector<float>& bias);
  [[nodiscard]] bool has(const std::string& name) const { return file_.find(name) != nullptr; }
  /// Error(bad_data) naming a tensor that nobody took: the file is of another head than its metadata says.
  void require_all_taken() const;

 private:
  const tensor::WeightFile& file_;
  int threads_;
  std::set<std::string> taken_;
  kernels::PackScratch scratch_;
};

/// gamma and beta of a layer norm.
struct HeadNorm {
  std::vector<float> gamma, beta;
  void apply(const float* x, float* y) const;
};

}  // namespace seben::ctc
