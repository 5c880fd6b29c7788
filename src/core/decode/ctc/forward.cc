// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/forward.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "decode/ctc/greedy.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

// States are blank, label 0, blank, label 1, …, blank. Working memory of one state row and of the row before it.
class Lattice {
 public:
  double score(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank) {
    const std::size_t states = 2 * labels.size() + 1;
    now_.assign(states, kImpossible);
    now_[0] = static_cast<double>(log_probs.at(0, blank));
    if (!labels.empty()) now_[1] = static_cast<double>(log_probs.at(0, labels[0]));
    for (std::int64_t t = 1; t < log_probs.frames; ++t) {
      std::swap(now_, before_);
      step(log_probs.row(t), labels, blank);
    }
    return states == 1 ? now_[0] : log_add(now_[states - 1], now_[states - 2]);
  }

 private:
  void step(std::span<const float> row, std::span<const std::int64_t> labels, std::int64_t blank) {
    const auto log_blank = static_cast<double>(row[static_cast<std::size_t>(blank)]);
    now_.resize(before_.size());
    now_[0] = before_[0] + log_blank;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const std::size_t s = 2 * i + 1;
      double sum = log_add(before_[s], before_[s - 1]);
      // From label to label directly, unless they are equal: then a blank must stand between.
      if (i > 0 && labels[i] != labels[i - 1]) sum = log_add(sum, before_[s - 2]);
      now_[s] = sum + static_cast<double>(row[static_cast<std::size_t>(labels[i])]);
      now_[s + 1] = log_add(before_[s + 1], before_[s]) + log_blank;
    }
  }

  std::vector<double> now_, before_;
};

void require_frames(LogProbsView log_probs) {
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, "log-probabilities", "at least one frame", "none");
}

double score_one(Lattice& lattice, LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank) {
  require_labels(labels, log_probs.classes, blank);
  if (frames_needed(labels) > log_probs.frames) return kImpossible;
  return lattice.score(log_probs, labels, blank);
}

}  // namespace

double log_add(double a, double b) noexcept {
  const double high = std::max(a, b), low = std::min(a, b);
  return low == kImpossible ? high : high + std::log1p(std::exp(low - high));
}

void require_labels(std::span<const std::int64_t> labels, std::int64_t classes, std::int64_t blank) {
  for (const std::int64_t label : labels) {
    if (label >= 0 && label < classes && label != blank) continue;
    throw Error(ErrorCategory::bad_data, "labels",
                "classes 0.." + std::to_string(classes - 1) + " without the blank " + std::to_string(blank),
                std::to_string(label));
  }
}

double forward_score(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank) {
  require_frames(log_probs);
  Lattice lattice;
  return score_one(lattice, log_probs, labels, blank);
}

std::vector<double> forward_scores(LogProbsView log_probs, std::span<const Labels> texts, std::int64_t blank) {
  require_frames(log_probs);
  Lattice lattice;
  std::vector<double> scores;
  scores.reserve(texts.size());
  for (const Labels& labels : texts) scores.push_back(score_one(lattice, log_probs, labels, blank));
  return scores;
}

}  // namespace seben::ctc
