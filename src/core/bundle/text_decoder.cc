// SPDX-License-Identifier: Apache-2.0
#include "bundle/text_decoder.h"

#include <filesystem>

#include "base/format.h"
#include "model/whisper/decoder_tensors.h"
#include "quant/coded_weights.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOutputLayer = "proj_out.weight";  // there when it is not the token embedding

void require_same(const std::string& where, std::int64_t encoder, std::int64_t decoder) {
  if (encoder == decoder) return;
  throw Error(ErrorCategory::bad_data, where, base::format("{}, as the encoder has", encoder), std::to_string(decoder));
}

}  // namespace

std::vector<TextDecoder> open_decoders(const std::string& folder, const Manifest& manifest,
                                       const whisper::EncoderConfig& encoder) {
  std::vector<TextDecoder> decoders;
  const std::string& provided = manifest.provides->weights;
  for (const DecoderEntry& entry : manifest.decoders) {
    if (entry.encoder != provided) {
      throw Error(ErrorCategory::bad_data, (fs::path(folder) / kManifestName).string() + ": decoder " + entry.name,
                  "the encoder that it was trained with, " + entry.encoder, "an encoder of digest " + provided);
    }
    const std::string config = (fs::path(folder) / entry.config).string();
    TextDecoder decoder{&entry,
                        whisper::DecoderConfig::load(config),
                        quant::open_stored_weights((fs::path(folder) / entry.weights).string()),
                        {}};
    decoder.weight_codec = quant::weight_codec_of(*decoder.weights);
    require_same(config + ": d_model", encoder.d_model, decoder.config.d_model);
    require_same(config + ": max_source_positions", encoder.positions, decoder.config.source_frames);
    (void)whisper::check_decoder(*decoder.weights, decoder.config);
    if (decoder.weights->peek(kOutputLayer) != nullptr) {
      (void)whisper::check_tensor(*decoder.weights, "",
                                  {std::string(kOutputLayer), {decoder.config.vocabulary, decoder.config.d_model}});
    }
    decoders.push_back(std::move(decoder));
  }
  return decoders;
}

}  // namespace seben::bundle
