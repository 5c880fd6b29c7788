// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/log_probs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/row_ops.h"
#include "seben/error.h"

namespace seben::ctc {

void log_softmax_masked(std::span<float> logits, std::int64_t frames, const nko::Vocabulary& vocabulary) {
  const auto classes = static_cast<std::int64_t>(vocabulary.size());
  for (std::int64_t t = 0; t < frames; ++t) {
    float* row = logits.data() + t * classes;
    for (const std::int64_t c : vocabulary.masked()) row[c] = -std::numeric_limits<float>::infinity();
    kernels::row_ops().log_softmax(row, classes);
  }
}

void require_normalised(LogProbsView log_probs, const char* where) {
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, where, "at least one frame", "none");
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    double total = 0.0;
    for (const float value : log_probs.row(t)) total += std::exp(static_cast<double>(value));
    if (!(std::abs(total - 1.0) <= 1e-3)) {
      throw Error(ErrorCategory::bad_data, std::string(where) + ": frame " + std::to_string(t),
                  "probabilities that sum to 1", std::to_string(total));
    }
  }
}

double divergence(LogProbsView reference, LogProbsView found) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < reference.frames * reference.classes; ++i) {
    const double p = static_cast<double>(reference.data[i]), q = static_cast<double>(found.data[i]);
    if (p > -60.0) sum += std::exp(p) * (p - std::max(-100.0, q));
  }
  return sum;
}

}  // namespace seben::ctc
