// SPDX-License-Identifier: Apache-2.0
// How CTranslate2 calls a Whisper's tensors, and how it joins them: queries, keys and values are rows of one matrix.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "import/config.h"
#include "tensor/view.h"

namespace seben::models {

/// A variable of CTranslate2 and the tensors, by Hugging Face's names, that its rows are from the first on.
struct CTranslate2Tensor {
  std::string variable;            ///< "encoder/layer_0/self_attention/linear_0/weight"
  tensor::Shape shape;             ///< of the whole variable
  std::vector<std::string> parts;  ///< each of as many rows; "" for the bias of keys, which are zeros
};

/// All of a Whisper of that size; without a decoder in `config`, of its encoder.
[[nodiscard]] std::vector<CTranslate2Tensor> ctranslate2_tensors(const WhisperConfig& config);

}  // namespace seben::models
