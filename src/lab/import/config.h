// SPDX-License-Identifier: Apache-2.0
// The sizes of a whole Whisper, whichever way its file states them.
#pragma once

#include <optional>
#include <string>

#include "formats/ggml_file.h"
#include "formats/torch_file.h"
#include "model/whisper/config.h"
#include "model/whisper/decoder_config.h"

namespace seben::models {

struct WhisperConfig {
  whisper::EncoderConfig encoder;
  std::optional<whisper::DecoderConfig> decoder;  ///< nothing for an encoder alone

  [[nodiscard]] bool operator==(const WhisperConfig&) const = default;
};

/// Sizes as OpenAI and whisper.cpp state them, as the text of a Hugging Face config.json. Error(bad_data), starting
/// with `source`, when encoder and decoder are not of one width, as that file has only one.
[[nodiscard]] std::string config_json(const tensor::GgmlHparams& hparams, const std::string& source);

/// A config.json's text as sizes. Error(bad_data) names the field that is missing or impossible.
[[nodiscard]] WhisperConfig parse_config(const std::string& json, const std::string& source, bool with_decoder);

/// OpenAI's "dims" of a checkpoint. Error(bad_data) when one is missing or no size.
[[nodiscard]] tensor::GgmlHparams dims_of(const tensor::TorchFile& file);

/// The way back, for writing; ftype and quantisation stay 0. Error(usage) without a decoder, Error(bad_data) for sizes
/// that whisper.cpp's file cannot state: a feed-forward width that is not four times the stream's.
[[nodiscard]] tensor::GgmlHparams hparams_of(const WhisperConfig& config, const std::string& source);

}  // namespace seben::models
