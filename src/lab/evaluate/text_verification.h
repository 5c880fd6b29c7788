// SPDX-License-Identifier: Apache-2.0
// What an arithmetic costs Whisper's text decoder.
#pragma once

#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "evaluate/verification.h"
#include "seben/whisper_options.h"

namespace seben::pipeline {

/// Runs every recording, window by window, through encoder and decoder in f32 and in `precision`, both whole. Gates:
/// feature_error of the encoder; logit_error, the largest difference of a log-probability above 1e-3, and of the
/// written tokens', while both read the text that f32 wrote; cer_change of the texts that each writes by itself,
/// greedily, by code points; and what they rest on. Error(usage) for a word that is no arithmetic and for f32,
/// Error(incomplete) for a bundle without a decoder.
[[nodiscard]] bundle::PrecisionRecord measure_text_precision(
    const bundle::Bundle& bundle, const WhisperOptions& options, const std::string& precision,
    const std::vector<EvalRow>& rows, const PrecisionGates& gates, int threads, const RowProgress& progress,
    const bundle::Bundle* against = nullptr);

}  // namespace seben::pipeline
