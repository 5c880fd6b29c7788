// SPDX-License-Identifier: Apache-2.0
#include "import/config.h"

#include <nlohmann/json.hpp>

#include "base/bad_data.h"
#include "base/json.h"
#include "seben/error.h"

namespace seben::models {
namespace {

constexpr std::int32_t kFfnFactor = 4;  // fixed in OpenAI's model
constexpr std::int64_t kMaxSize = 1 << 20;

using base::bad_data;

void require_factor(const std::string& where, std::int64_t ffn, std::int64_t width) {
  if (ffn != kFfnFactor * width) bad_data(where, std::to_string(kFfnFactor * width), std::to_string(ffn));
}

}  // namespace

std::string config_json(const tensor::GgmlHparams& h, const std::string& source) {
  if (h.n_audio_state != h.n_text_state) {
    bad_data(source + ": n_text_state", std::to_string(h.n_audio_state) + ", as n_audio_state",
             std::to_string(h.n_text_state));
  }
  const nlohmann::ordered_json json = {{"architectures", {"WhisperForConditionalGeneration"}},
                                       {"model_type", "whisper"},
                                       {"activation_function", "gelu"},
                                       {"d_model", h.n_audio_state},
                                       {"encoder_layers", h.n_audio_layer},
                                       {"encoder_attention_heads", h.n_audio_head},
                                       {"encoder_ffn_dim", kFfnFactor * h.n_audio_state},
                                       {"decoder_layers", h.n_text_layer},
                                       {"decoder_attention_heads", h.n_text_head},
                                       {"decoder_ffn_dim", kFfnFactor * h.n_text_state},
                                       {"num_mel_bins", h.n_mels},
                                       {"max_source_positions", h.n_audio_ctx},
                                       {"max_target_positions", h.n_text_ctx},
                                       {"vocab_size", h.n_vocab}};
  return json.dump(2) + "\n";
}

WhisperConfig parse_config(const std::string& text, const std::string& source, bool with_decoder) {
  const nlohmann::json json = base::parse_json(text, source);
  const base::JsonReader reader(json, source);
  WhisperConfig config{whisper::EncoderConfig::from_json(reader), std::nullopt};
  if (with_decoder) config.decoder = whisper::DecoderConfig::from_json(reader);
  return config;
}

tensor::GgmlHparams dims_of(const tensor::TorchFile& file) {
  const auto size = [&](const char* name) {
    const auto found = file.integers().find(std::string("dims.") + name);
    const std::string where = file.source() + ": dims." + name;
    if (found == file.integers().end()) bad_data(where, "a whole number", "none");
    if (found->second < 1 || found->second > kMaxSize) {
      bad_data(where, "1 to " + std::to_string(kMaxSize), std::to_string(found->second));
    }
    return static_cast<std::int32_t>(found->second);
  };
  tensor::GgmlHparams h;
  h.n_vocab = size("n_vocab");
  h.n_audio_ctx = size("n_audio_ctx");
  h.n_audio_state = size("n_audio_state");
  h.n_audio_head = size("n_audio_head");
  h.n_audio_layer = size("n_audio_layer");
  h.n_text_ctx = size("n_text_ctx");
  h.n_text_state = size("n_text_state");
  h.n_text_head = size("n_text_head");
  h.n_text_layer = size("n_text_layer");
  h.n_mels = size("n_mels");
  return h;
}

tensor::GgmlHparams hparams_of(const WhisperConfig& config, const std::string& source) {
  if (!config.decoder) {
    throw Error(ErrorCategory::usage, source, "a whole model: whisper.cpp runs an encoder with its decoder",
                "an encoder alone");
  }
  const whisper::EncoderConfig& e = config.encoder;
  const whisper::DecoderConfig& d = *config.decoder;
  require_factor(source + ": encoder_ffn_dim", e.ffn, e.d_model);
  require_factor(source + ": decoder_ffn_dim", d.ffn, d.d_model);
  const auto narrow = [](std::int64_t size) { return static_cast<std::int32_t>(size); };  // from_json bounds them
  return {narrow(d.vocabulary),
          narrow(e.positions),
          narrow(e.d_model),
          narrow(e.heads),
          narrow(e.layers),
          narrow(d.positions),
          narrow(d.d_model),
          narrow(d.heads),
          narrow(d.layers),
          narrow(e.n_mels),
          0,
          0};
}

}  // namespace seben::models
