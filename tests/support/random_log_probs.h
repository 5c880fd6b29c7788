// SPDX-License-Identifier: Apache-2.0
// Small utterances for the decoders' tests, and the slow truth about them: every path of frames, one by one.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "decode/ctc/log_probs.h"

namespace seben::test {

/// Normally distributed logits through the softmax; larger `sharpness` means surer frames.
inline ctc::LogProbs random_log_probs(std::int64_t frames, std::int64_t classes, std::uint32_t seed,
                                      float sharpness = 2.0F) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0F, sharpness);
  ctc::LogProbs out{std::vector<float>(static_cast<std::size_t>(frames * classes)), frames, classes};
  for (std::int64_t t = 0; t < frames; ++t) {
    const std::span row(out.values.data() + t * classes, static_cast<std::size_t>(classes));
    double total = 0.0;
    for (float& value : row) total += std::exp(static_cast<double>(value = normal(random)));
    for (float& value : row) value -= static_cast<float>(std::log(total));
  }
  return out;
}

/// Log-probabilities from probabilities [frames][classes]. Not inlined: GCC 12 would warn of a use after free that is
/// none.
[[gnu::noinline]] inline ctc::LogProbs from_probabilities(const std::vector<std::vector<double>>& rows) {
  ctc::LogProbs out{{}, static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.front().size())};
  for (const auto& row : rows) {
    for (const double p : row) {
      out.values.push_back(p > 0.0 ? static_cast<float>(std::log(p)) : -std::numeric_limits<float>::infinity());
    }
  }
  return out;
}

/// What a path of classes reads as: repeats merged, blanks dropped.
inline std::vector<std::int64_t> collapse(std::span<const std::int64_t> path, std::int64_t blank) {
  std::vector<std::int64_t> out;
  std::int64_t previous = blank;
  for (const std::int64_t c : path) {
    if (c != blank && c != previous) out.push_back(c);
    previous = c;
  }
  return out;
}

struct TextTruth {
  double probability = 0.0;             ///< of all its paths together
  double best = 0.0;                    ///< of its most probable path
  std::vector<std::int64_t> best_path;  ///< a class a frame
};

/// Every text that these frames can carry, from all classes^frames paths.
inline std::map<std::vector<std::int64_t>, TextTruth> enumerate(ctc::LogProbsView view, std::int64_t blank) {
  std::map<std::vector<std::int64_t>, TextTruth> out;
  std::vector<std::int64_t> path(static_cast<std::size_t>(view.frames), 0);
  for (;;) {
    double log_prob = 0.0;
    for (std::int64_t t = 0; t < view.frames; ++t)
      log_prob += static_cast<double>(view.at(t, path[static_cast<std::size_t>(t)]));
    TextTruth& truth = out[collapse(path, blank)];
    const double probability = std::exp(log_prob);
    truth.probability += probability;
    if (truth.best_path.empty() || probability > truth.best) {
      truth.best = probability;
      truth.best_path = path;
    }
    std::size_t place = 0;
    while (place < path.size() && ++path[place] == view.classes) path[place++] = 0;
    if (place == path.size()) return out;
  }
}

}  // namespace seben::test
