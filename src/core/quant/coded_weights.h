// SPDX-License-Identifier: Apache-2.0
// Weight files with coded matrices. A matrix NAME of shape [rows, …] is stored as
//   NAME.codes  U8  [rows, bytes a row]    lowest bits first
//   NAME.scales F16 [rows, groups]
//   NAME.zeros  F16 [rows, groups]         asymmetric codes only
// and the metadata "seben.codec.NAME" says "w4:g32 [rows, …]". Readers see one tensor NAME of dtype coded.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/safetensors.h"
#include "formats/weight_file.h"
#include "quant/spec.h"
#include "tensor/coded_rows.h"

namespace seben::quant {

/// The .safetensors file, its coded matrices put together; a file without any is returned as it is. Error(bad_data)
/// names the matrix whose parts are missing, misshapen, left over, or of an unknown codec.
[[nodiscard]] std::unique_ptr<tensor::WeightFile> open_stored_weights(const std::string& path);

/// Metadata of a file whose codes are the weights as they were published, not made of other numbers.
inline constexpr std::string_view kCodesKey = "seben.codes", kPublishedCodes = "published";

/// "w4:g32" where the file's matrices are coded so, "mixed" for several codecs, "" for a file without codes. Published
/// codes are not counted: they stand for the weights themselves, and cost nothing that a gate could measure.
[[nodiscard]] std::string weight_codec_of(const tensor::WeightFile& file);
/// Of two such names, what both together are.
[[nodiscard]] std::string joint_codec(const std::string& one, const std::string& other);

/// A matrix, coded, ready to be written.
struct CodedMatrix {
  std::string name;
  CodecSpec spec;
  tensor::Shape shape;
  std::vector<std::byte> codes, scales, zeros;

  [[nodiscard]] std::size_t bytes() const noexcept { return codes.size() + scales.size() + zeros.size(); }
};

/// Codes every row; `spec` is affine. Error(usage) when a row's length is no multiple of the group, Error(bad_data) for
/// numbers that fp16 cannot hold. `squared_error`, if given, receives the sum over all values.
[[nodiscard]] CodedMatrix code_matrix(const tensor::TensorView& matrix, const CodecSpec& spec,
                                      double* squared_error = nullptr);
/// Whether a tensor can have such a codec: at least two dimensions, and rows that are multiples of the group.
[[nodiscard]] bool can_code(const tensor::TensorView& matrix, const CodecSpec& spec) noexcept;

/// Reads the rows of a matrix that was coded; it must outlive them.
[[nodiscard]] std::unique_ptr<tensor::CodedRows> rows_of(const CodedMatrix& matrix);

/// What a file needs to hold it.
void append_specs(const CodedMatrix& matrix, std::vector<tensor::TensorSpec>& specs, tensor::Metadata& metadata);
/// Bytes that a matrix of that shape takes under a codec, fp16 and f32 included.
[[nodiscard]] std::size_t stored_bytes(const tensor::Shape& shape, const CodecSpec& spec);

}  // namespace seben::quant
