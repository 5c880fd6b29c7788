// SPDX-License-Identifier: Apache-2.0
// CTC heads as MIL models, alone and behind an encoder.
#pragma once

#include <memory>

#include "convert/encoder.h"
#include "model/head/head.h"

namespace seben::convert {

struct HeadSource {
  Weights weights;
  ctc::HeadConfig config;
};

/// Error(usage) for a head whose attention is biased by trajectories: that bias is not exported.
void require_exportable(const HeadSource& source);

/// features [1, T, input_dim] (T may be unknown) -> logits [1, ceil(T / stride), classes]. require_exportable.
[[nodiscard]] mil::Value head(Graph& graph, const HeadSource& source, const mil::Value& features);

/// "features" -> "logits". `frames` feature frames a window.
[[nodiscard]] mil::Model head_model(const HeadSource& source, const ConversionOptions& conversion, std::int64_t frames,
                                    const Flexibility& lengths);

/// "mel" -> "logits", encoder and head in one program; every `subsample`-th frame of the encoder reaches the head.
[[nodiscard]] mil::Model fused_model(const EncoderSource& encoder, const HeadSource& source,
                                     const ConversionOptions& conversion, std::int64_t subsample);

}  // namespace seben::convert
