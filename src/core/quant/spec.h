// SPDX-License-Identifier: Apache-2.0
// Which codec, in words: what commands, packets and plans write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seben::quant {

enum class CodecKind : std::uint8_t {
  f32,     ///< as it is, four bytes a value: the reference of every comparison
  fp16,    ///< IEEE binary16, two bytes a value
  affine,  ///< groups share an fp16 scale and zero
  turbo,   ///< rotated, Lloyd-Max codebook of the rotated marginal, one norm a vector (TurboQuant, arXiv 2504.19874)
};

struct CodecSpec {
  CodecKind kind = CodecKind::affine;
  int bits = 8;                ///< affine: 2, 3, 4, 5, 6 or 8; turbo: 1 to 8, the sign bit of `inner_product` included
  int group = 32;              ///< affine: a multiple of 16 from 16 to 128
  bool symmetric = false;      ///< affine: no zero, one code is exactly 0
  bool inner_product = false;  ///< turbo: one bit goes to the sign of the rotated residual (QJL): unbiased products
  bool fitted = true;          ///< turbo: the stored norm is the one of least squares, else the vector's own
  std::uint64_t seed = 42;     ///< turbo: of the rotation

  [[nodiscard]] bool operator==(const CodecSpec&) const = default;
};

/// "f32", "fp16", "affine4:g32", "affine4:g32:sym", "turbo4", "turbo4:ip", "turbo4:norm", "turbo4:seed=7". Missing
/// parts have the defaults above. Error(usage) naming `where` for anything else.
[[nodiscard]] CodecSpec parse_codec(std::string_view text, const std::string& where);
/// The shortest text that parse_codec reads back to the same.
[[nodiscard]] std::string to_string(const CodecSpec& spec);

/// Weights: "w8", "w4:g64", "w4:g32:asym", … mean affine codes, symmetric unless they say otherwise; everything that
/// parse_codec takes but turbo is understood as well.
[[nodiscard]] CodecSpec parse_weight_codec(std::string_view text, const std::string& where);
[[nodiscard]] std::string weight_codec_name(const CodecSpec& spec);

}  // namespace seben::quant
