// SPDX-License-Identifier: Apache-2.0
// The table of a Whisper text decoder's tensors: names and shapes.
#pragma once

#include <string>
#include <vector>

#include "formats/weight_file.h"
#include "model/whisper/decoder_config.h"
#include "model/whisper/encoder_tensors.h"

namespace seben::whisper {

/// "model.decoder.", "decoder." or "": where `file` keeps the decoder; "?" when nowhere.
[[nodiscard]] std::string decoder_prefix(const tensor::WeightFile& file);
/// The same, or Error(bad_data) where `file` keeps no decoder.
[[nodiscard]] std::string require_decoder_prefix(const tensor::WeightFile& file);

/// Every tensor of a decoder of that size by its name below "model.decoder.", in the order of the names. The output
/// layer is the embedding's transpose and is not among them.
[[nodiscard]] std::vector<TensorShape> decoder_tensors(const DecoderConfig& config);

/// As check_encoder.
[[nodiscard]] std::vector<const tensor::TensorView*> check_decoder(const tensor::WeightFile& file,
                                                                   const DecoderConfig& config);

}  // namespace seben::whisper
