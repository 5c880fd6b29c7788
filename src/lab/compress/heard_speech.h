// SPDX-License-Identifier: Apache-2.0
// Calibration speech as the networks take it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "compress/calibrate.h"
#include "engine/text_plan.h"
#include "engine/text_stage.h"
#include "model/whisper/encoder.h"

namespace seben::compress {

struct HeardWindow {
  std::vector<float> stream;                      ///< [T, d_model], what the next layer takes; at last the features
  std::int64_t frames = 0;                        ///< of it that are sound, of T
  std::vector<std::vector<std::int32_t>> tokens;  ///< by decoder, prompt and text
};

struct HeardSpeech {
  std::vector<HeardWindow> windows;
  std::int64_t frames = 0, positions = 0, width = 0;
  std::vector<std::int64_t> tokens;  ///< by decoder
};

/// Hears the recordings with the bundle as it is, in f32; `decoders` write their texts. The streams are those before
/// the first layer.
[[nodiscard]] HeardSpeech hear(const bundle::Bundle& bundle, const std::vector<const bundle::TextDecoder*>& decoders,
                               const std::vector<std::string>& recordings, const CalibrationOptions& options);

}  // namespace seben::compress
