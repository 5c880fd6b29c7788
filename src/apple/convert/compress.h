// SPDX-License-Identifier: Apache-2.0
// Matrices in fewer bits, as the operands of Core ML's constexpr operators.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "convert/conversion_options.h"
#include "formats/weight_file.h"
#include "mil/builder.h"

namespace seben::convert {

/// Adds the matrix `view` ([out, in], as `shape`, which is [out, in] or [out, in, 1, 1]) in code `code`, decoding to
/// `dtype`. Scales, palettes and codes are found when the package is written, one matrix at a time in memory:
///  - affine8: w ~ scale_o q, q in -127..127, scale_o = max|w_o| / 127
///  - blockwise: the same for each 32 inputs (the largest divisor of `in` up to 32), q in -127..127 or -7..7
///  - palette n: 2^n centroids of one-dimensional k-means (Lloyd 1982) over a histogram of the matrix
[[nodiscard]] mil::Value add_compressed(mil::FunctionBuilder& builder, const std::string& name,
                                        const std::shared_ptr<const tensor::WeightFile>& file,
                                        const tensor::TensorView& view, const mil::Shape& shape, WeightCode code,
                                        mil::DType dtype);

/// Bits of one index of a palette, 0 for other codes.
[[nodiscard]] int palette_bits(WeightCode code) noexcept;

}  // namespace seben::convert
