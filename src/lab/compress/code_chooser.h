// SPDX-License-Identifier: Apache-2.0
// Codes chosen by what the weights are multiplied with, so that the products change least, instead of the weights:
// GPTQ (Frantar, Ashkboos, Hoefler, Alistarh: "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained
// Transformers", arXiv 2210.17323), with scales searched for and round-to-nearest kept where it is better.
#pragma once

#include <cstdint>
#include <vector>

#include "compress/input_moments.h"
#include "quant/coded_weights.h"
#include "quant/spec.h"
#include "tensor/view.h"

namespace seben::compress {

/// How far coded products are from the exact ones: sums over all inputs and outputs of the squared difference.
struct ChoiceError {
  double nearest = 0.0;  ///< of round-to-nearest codes
  double chosen = 0.0;   ///< never above it, row by row
};

/// Of all matrices that take the same inputs.
class CodeChooser {
 public:
  /// `moments` must outlive it.
  explicit CodeChooser(const InputMoments& moments);

  /// As quant::code_matrix, and with its errors. Each weight is rounded in turn; what that does to the products is made
  /// up for, as far as it can be, by the weights that come after it. Every row then has these codes or the nearest,
  /// whichever changes its products less. Equal arguments give equal bytes, whatever the threads.
  [[nodiscard]] quant::CodedMatrix choose(const tensor::TensorView& matrix, const quant::CodecSpec& spec, int threads,
                                          ChoiceError* error = nullptr) const;

 private:
  const InputMoments& moments_;
  std::vector<float> follow_;  // U of H^-1 = U^T U, H the damped mean of x x^T: [width, width], upper
};

}  // namespace seben::compress
