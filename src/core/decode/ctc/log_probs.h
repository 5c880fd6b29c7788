// SPDX-License-Identifier: Apache-2.0
// Per-frame log-probabilities of the classes, what every CTC decoder and score starts from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "text/nko/vocabulary.h"

namespace seben::ctc {

/// Row-major [frames, classes] that somebody else owns. Masked classes are -infinity.
struct LogProbsView {
  const float* data = nullptr;
  std::int64_t frames = 0;
  std::int64_t classes = 0;

  [[nodiscard]] std::span<const float> row(std::int64_t t) const noexcept {
    return {data + t * classes, static_cast<std::size_t>(classes)};
  }
  [[nodiscard]] float at(std::int64_t t, std::int64_t c) const noexcept { return data[t * classes + c]; }
};

struct LogProbs {
  std::vector<float> values;
  std::int64_t frames = 0;
  std::int64_t classes = 0;

  [[nodiscard]] LogProbsView view() const noexcept { return {values.data(), frames, classes}; }
};

/// Turns logits [frames, classes] into log-probabilities in place, masked classes taking no part.
void log_softmax_masked(std::span<float> logits, std::int64_t frames, const nko::Vocabulary& vocabulary);

/// Error(bad_data) starting with `where` unless there is at least one frame, values are not NaN, and every row's
/// probabilities sum to 1 within 1e-3.
void require_normalised(LogProbsView log_probs, const char* where);

/// Kullback-Leibler divergence of `found` from `reference`, summed over the frames, in nats. Classes below exp(-60) in
/// the reference take no part, those below exp(-100) in `found` count as exp(-100). The shapes must be equal.
[[nodiscard]] double divergence(LogProbsView reference, LogProbsView found);

}  // namespace seben::ctc
