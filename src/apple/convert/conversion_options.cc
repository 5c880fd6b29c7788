// SPDX-License-Identifier: Apache-2.0
#include "convert/conversion_options.h"

#include <array>

#include "seben/error.h"

namespace seben::convert {
namespace {

constexpr std::array<std::string_view, 2> kLayouts{"sequence", "ane"};
constexpr std::array<std::string_view, 7> kCodes{"full",     "affine8",    "palette8",  "palette6",
                                                 "palette4", "blockwise8", "blockwise4"};
constexpr std::array<std::string_view, 10> kKeepable{"softmax", "layer_norm", "gelu", "linear", "conv",
                                                     "matmul",  "einsum",     "add",  "mul",    "lstm"};

template <typename Enum, typename Words>
std::optional<Enum> parse(const Words& words, std::string_view word) noexcept {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& field, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, field, expected, found);
}

mil::Opset least_opset(WeightCode code) {
  if (code == WeightCode::full) return mil::Opset::ios15;
  const bool blockwise = code == WeightCode::blockwise8 || code == WeightCode::blockwise4;
  return blockwise ? mil::Opset::ios18 : mil::Opset::ios16;
}

}  // namespace

void validate(const ConversionOptions& conversion) {
  const std::string opset(to_string(conversion.opset));
  if (conversion.compute != mil::DType::fp32 && conversion.compute != mil::DType::fp16) {
    refuse("precision", "fp32 or fp16", std::string(to_string(conversion.compute)));
  }
  if (conversion.interface == mil::DType::fp16 && conversion.opset < mil::Opset::ios16) {
    refuse("interface fp16", "opset ios16 or later", opset);
  }
  if (conversion.opset < least_opset(conversion.weights)) {
    refuse("weights " + std::string(to_string(conversion.weights)),
           "opset " + std::string(to_string(least_opset(conversion.weights))) + " or later", opset);
  }
  for (const std::string& type : conversion.keep_fp32) {
    if (!parse<int>(kKeepable, type)) {
      refuse("keep-fp32", "softmax, layer_norm, gelu, linear, conv, matmul, einsum, add, mul or lstm", type);
    }
  }
}

std::string_view to_string(Layout layout) noexcept { return kLayouts.at(static_cast<std::size_t>(layout)); }
std::string_view to_string(WeightCode code) noexcept { return kCodes.at(static_cast<std::size_t>(code)); }
std::optional<Layout> parse_layout(std::string_view word) noexcept { return parse<Layout>(kLayouts, word); }
std::optional<WeightCode> parse_weight_code(std::string_view word) noexcept { return parse<WeightCode>(kCodes, word); }

std::string precision_text(const ConversionOptions& conversion) {
  std::string text(to_string(conversion.compute));
  if (conversion.compute == mil::DType::fp16 && !conversion.keep_fp32.empty()) {
    std::string kept;
    for (const std::string& type : conversion.keep_fp32) kept += (kept.empty() ? "" : " ") + type;
    text += ", in fp32: " + kept;
  }
  if (conversion.weights != WeightCode::full) text += ", weights " + std::string(to_string(conversion.weights));
  return text;
}

}  // namespace seben::convert
