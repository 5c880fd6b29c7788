// SPDX-License-Identifier: Apache-2.0
// The table of a Whisper encoder's tensors: names and shapes, in one place for import, checks and digests.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tensor/view.h"
#include "tensor/weight_file.h"
#include "whisper/config.h"

namespace seben::bundle {

struct TensorShape {
  std::string name;  ///< below "model.encoder.": "layers.0.fc1.weight"
  tensor::Shape shape;
};

/// Every tensor of an encoder of that size, in the order of the names.
[[nodiscard]] std::vector<TensorShape> encoder_tensors(const whisper::EncoderConfig& config);

/// The same as they lie in `file`; Error(bad_data) naming the first that is missing, of another shape, or not F32, F16
/// or BF16. Only the header is looked at.
[[nodiscard]] std::vector<const tensor::TensorView*> find_encoder(const tensor::WeightFile& file,
                                                                  const whisper::EncoderConfig& config);

/// Called with the bytes just hashed; may throw to stop.
using HashProgress = std::function<void(std::uint64_t bytes)>;

/// Identifies an encoder by its numbers, not by its file: SHA-256 over, for each tensor in the order of the names, a
/// line "name dtype [shape]\n" and the bytes. Prefix, metadata and order in the file do not matter.
[[nodiscard]] std::string encoder_digest(const tensor::WeightFile& file, const whisper::EncoderConfig& config,
                                         const HashProgress& progress = {});

/// The piece of the digest's input that stands before a tensor's bytes.
[[nodiscard]] std::string digest_line(const std::string& name, const tensor::TensorView& view);

}  // namespace seben::bundle
