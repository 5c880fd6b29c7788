// SPDX-License-Identifier: Apache-2.0
// The table of a Whisper encoder's tensors: names and shapes, in one place for import, checks and digests.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "model/whisper/config.h"
#include "tensor/view.h"

namespace seben::whisper {

struct TensorShape {
  std::string name;  ///< below "model.encoder.": "layers.0.fc1.weight"
  tensor::Shape shape;
};

/// Every tensor of an encoder of that size, in the order of the names.
[[nodiscard]] std::vector<TensorShape> encoder_tensors(const EncoderConfig& config);

/// Looks at one of them in `file` without reading it (WeightFile::peek): Error(bad_data) when it is missing, of another
/// shape, or not F32, F16 or BF16.
[[nodiscard]] const tensor::TensorView& check_tensor(const tensor::WeightFile& file, const std::string& prefix,
                                                     const TensorShape& tensor);

/// check_tensor of every tensor of an encoder; Error(bad_data) naming the first that is wrong.
[[nodiscard]] std::vector<const tensor::TensorView*> check_encoder(const tensor::WeightFile& file,
                                                                   const EncoderConfig& config);

/// The same, with the tensors' bytes (WeightFile::find).
[[nodiscard]] std::vector<const tensor::TensorView*> find_encoder(const tensor::WeightFile& file,
                                                                  const EncoderConfig& config);

/// Called with the bytes just hashed; may throw to stop.
using HashProgress = std::function<void(std::uint64_t bytes)>;

/// Identifies an encoder by its numbers, not by its file: SHA-256 over, for each tensor in the order of the names, a
/// line "name dtype [shape]\n" and the bytes. Prefix, metadata and order in the file do not matter; the dtype does.
[[nodiscard]] std::string encoder_digest(const tensor::WeightFile& file, const EncoderConfig& config,
                                         const HashProgress& progress = {});

/// The piece of the digest's input that stands before a tensor's bytes.
[[nodiscard]] std::string digest_line(const std::string& name, const tensor::TensorView& view);

}  // namespace seben::whisper
