// SPDX-License-Identifier: Apache-2.0
// What a program made of the same weights may look like.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "mil/opset.h"
#include "mil/type.h"

namespace seben::convert {

enum class Layout : std::uint8_t {
  sequence,  ///< activations [B, S, C], products as `linear`
  ane,       ///< activations [B, C, 1, S], products as 1x1 `conv`, attention head by head (Apple's transformer guide)
};

/// How the matrices are stored. Everything else (norms, biases, positions, convolutions over time) stays as computed.
enum class WeightCode : std::uint8_t {
  full,        ///< as computed
  affine8,     ///< int8 with a scale for each output channel (iOS16)
  palette8,    ///< 256 values a matrix and an 8-bit index each (iOS16)
  palette6,    ///< 64 values
  palette4,    ///< 16 values
  blockwise8,  ///< int8 with a scale for each 32 inputs of each output channel (iOS18)
  blockwise4,  ///< int4, the same
};

struct ConversionOptions {
  mil::Opset opset = mil::Opset::ios15;
  Layout layout = Layout::sequence;
  mil::DType compute = mil::DType::fp32;  ///< fp32 or fp16
  /// Operator types that are computed in fp32 though `compute` is fp16, with casts around them.
  std::set<std::string, std::less<>> keep_fp32;
  WeightCode weights = WeightCode::full;
  /// dtype of inputs and outputs; fp16 needs iOS16.
  mil::DType interface = mil::DType::fp32;
};

/// Error(usage) names the combination that no opset allows.
void validate(const ConversionOptions& conversion);

[[nodiscard]] std::string_view to_string(Layout layout) noexcept;
[[nodiscard]] std::string_view to_string(WeightCode code) noexcept;
/// nothing for an unknown word
[[nodiscard]] std::optional<Layout> parse_layout(std::string_view word) noexcept;
[[nodiscard]] std::optional<WeightCode> parse_weight_code(std::string_view word) noexcept;
/// "fp16, softmax and layer_norm in fp32, palette4"
[[nodiscard]] std::string precision_text(const ConversionOptions& conversion);

}  // namespace seben::convert
