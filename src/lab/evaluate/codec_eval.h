// SPDX-License-Identifier: Apache-2.0
// What feature codecs cost, over the whole path: features -> codec -> head -> greedy -> candidates -> ranker. The
// encoder runs once a window; every codec gets the same features.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "codecs/feature_codec.h"
#include "evaluate/evaluation.h"
#include "text/nko/metrics.h"

namespace seben::pipeline {

struct CodecOptions {
  std::vector<std::string> codecs;  ///< texts of parse_feature_policy; f32 is always measured first
  std::string precision = "auto";   ///< of the encoder
  int threads = 0;
  std::string mode = "balanced";  ///< of the correction; without a ranker nothing is corrected
  CorrectorOptions correction;
};

/// Utterances whose text differs from that of f32, and which way.
struct CodecChanges {
  std::int64_t changed = 0;
  std::int64_t better = 0, same = 0, worse = 0;  ///< among all, by wrong characters
};

struct CodecRow {
  std::string name;
  quant::FeaturePolicy policy;
  nko::ErrorRate cer, corrected_cer;
  nko::RateChange change, corrected_change;  ///< from f32, paired over utterances
  CodecChanges changes, corrected_changes;
  double bytes_per_window = 0.0;
  double bits_per_value = 0.0;
  double compression = 0.0;   ///< against fp16
  double feature_mse = 0.0;   ///< mean squared error of a feature value
  double relative_mse = 0.0;  ///< over the mean square of the features
  double logit_rms = 0.0;     ///< of log-probabilities that f32 or the codec puts above 1e-3
  double divergence = 0.0;    ///< mean Kullback-Leibler divergence of a frame from f32's, nats
  double blank_shift = 0.0;   ///< mean change of the blank's probability
  double recall = 0.0;        ///< share of the ten nearest stored frames (cosine) that restored frames still find
  double encode_ms = 0.0, decode_ms = 0.0, head_ms = 0.0, correct_ms = 0.0;  ///< a window
};

struct CodecEvaluation {
  std::string bundle, bundle_digest, precision, mode;
  bool corrected = false;
  std::int64_t utterances = 0, windows = 0;
  double feature_variance = 0.0;
  std::vector<CodecRow> rows;  ///< f32 first
  std::vector<std::string> failures;
};

/// Error(incomplete) when no recording could be transcribed.
[[nodiscard]] CodecEvaluation evaluate_codecs(const bundle::Bundle& bundle, const CodecOptions& options,
                                              const std::vector<EvalRow>& rows,
                                              const std::function<void(std::size_t done)>& progress);

[[nodiscard]] nlohmann::json to_json(const CodecEvaluation& evaluation);
[[nodiscard]] std::string codec_table(const CodecEvaluation& evaluation);
[[nodiscard]] std::string codec_page(const CodecEvaluation& evaluation, const std::string& manifest);

}  // namespace seben::pipeline
