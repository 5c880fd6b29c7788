// SPDX-License-Identifier: Apache-2.0
// ggml's blocks as group-affine codes: the same integers, scales and offsets in other places.
#pragma once

#include <string>

#include "formats/ggml_file.h"
#include "formats/ggml_type.h"
#include "quant/coded_weights.h"
#include "quant/spec.h"

namespace seben::models {

/// q8_0 is w8:g32, q5_0 w5:g32, q4_0 w4:g32, q5_1 w5:g32:asym, q4_1 w4:g32:asym; of a block type.
[[nodiscard]] quant::CodecSpec codec_of_blocks(tensor::GgmlType type);

/// The codes of a matrix of blocks. Its numbers are those of tensor::dequantise, bit for bit but for the sign of zeros.
[[nodiscard]] quant::CodedMatrix codes_of_blocks(const tensor::GgmlTensor& tensor, const std::string& name);

}  // namespace seben::models
