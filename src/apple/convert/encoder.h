// SPDX-License-Identifier: Apache-2.0
// Whisper's audio encoder as MIL models: whole, and stage by stage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "convert/graph.h"
#include "convert/model.h"
#include "model/whisper/config.h"
#include "model/whisper/stages.h"

namespace seben::convert {

struct EncoderSource {
  Weights weights;  ///< below the prefix of the encoder ("model.encoder.")
  whisper::EncoderConfig config;
};

/// mel [1, n_mels, 2 T] (T may be unknown) -> the residual stream before the first layer, in the layout.
[[nodiscard]] mil::Value convpos(Graph& graph, const EncoderSource& source, const mil::Value& mel);
/// One pre-norm layer, in the layout.
[[nodiscard]] mil::Value encoder_layer(Graph& graph, const EncoderSource& source, std::int64_t layer,
                                       const mil::Value& x);
/// The stream, in the layout -> features [1, T, d_model].
[[nodiscard]] mil::Value finalnorm(Graph& graph, const EncoderSource& source, const mil::Value& x);

/// Names at the border of a whole encoder.
struct EncoderNames {
  std::string input = "mel", output = "features";
};
/// "logmel_data" and "output", which whisper.cpp's generated wrapper asks for.
[[nodiscard]] EncoderNames whisper_cpp_names();

/// mel [1, n_mels, 2 T] -> features [1, T, d_model].
[[nodiscard]] mil::Model encoder_model(const EncoderSource& source, const ConversionOptions& conversion,
                                       const EncoderNames& names, const Flexibility& frames);

/// One stage: convpos takes "mel" and gives "hidden_out", layers take "hidden_in" and give "hidden_out", finalnorm
/// takes "hidden_in" and gives "features". hidden is [1, T, d_model] (ane: [1, d_model, 1, T]).
[[nodiscard]] mil::Model stage_model(const EncoderSource& source, const ConversionOptions& conversion,
                                     const whisper::Stage& stage);

/// The chunks that ran right on a telephone with large-v3 (0-2, 3, 4-6, … 28-30, 31): none has more than three layers.
[[nodiscard]] std::vector<whisper::Stage> device_safe_stages(const whisper::EncoderConfig& config);
/// convpos, chunks of at most `layers` layers, finalnorm.
[[nodiscard]] std::vector<whisper::Stage> chunked_stages(const whisper::EncoderConfig& config, std::int64_t layers);

}  // namespace seben::convert
