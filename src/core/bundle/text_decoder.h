// SPDX-License-Identifier: Apache-2.0
// Whisper's text decoder in an opened bundle.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bundle/manifest.h"
#include "formats/weight_file.h"
#include "model/whisper/config.h"
#include "model/whisper/decoder_config.h"

namespace seben::bundle {

struct TextDecoder {
  const DecoderEntry* entry = nullptr;  ///< in the bundle's manifest
  whisper::DecoderConfig config;
  std::unique_ptr<tensor::WeightFile> weights;  ///< names below "model.decoder.", headers checked, mapped
  std::string weight_codec;                     ///< of its own weights: "w4:g32", "mixed", or "" where none is coded
};

/// Every decoder that `manifest` lists, of the bundle in `folder` whose encoder is `encoder`. Reads headers only.
/// Error(bad_data): a tensor that is missing or misshapen, a width or a number of frames that the encoder does not
/// have, and an encoder other than the one that the decoder was trained with.
[[nodiscard]] std::vector<TextDecoder> open_decoders(const std::string& folder, const Manifest& manifest,
                                                     const whisper::EncoderConfig& encoder);

}  // namespace seben::bundle
