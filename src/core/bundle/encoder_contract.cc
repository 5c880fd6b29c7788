// SPDX-License-Identifier: Apache-2.0
#include "bundle/encoder_contract.h"

namespace seben::bundle {

frontend::FeatureContract encoder_contract(const whisper::EncoderConfig& config, const EncoderIdentity& identity) {
  frontend::FeatureContract contract;  // the constants of Whisper's frontend are its defaults
  contract.variant = identity.variant;
  contract.weights = identity.weights;
  contract.window_samples = config.mel_frames() * contract.hop;
  contract.n_mels = config.n_mels;
  contract.frames = (config.positions + identity.subsample - 1) / identity.subsample;
  contract.dim = config.d_model;
  const double seconds = static_cast<double>(contract.window_samples) / static_cast<double>(contract.sample_rate);
  contract.frames_per_second = static_cast<double>(contract.frames) / seconds;
  contract.extractor_stride = identity.subsample;
  return contract;
}

frontend::FeatureContract head_contract(const frontend::FeatureContract& encoder, std::int64_t stride) {
  frontend::FeatureContract contract = encoder;
  contract.head_stride = stride;
  contract.output_frames = (encoder.frames + stride - 1) / stride;
  return contract;
}

}  // namespace seben::bundle
