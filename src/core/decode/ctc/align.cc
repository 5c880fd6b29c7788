// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/align.h"

#include <limits>
#include <utility>
#include <vector>

#include "decode/ctc/forward.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

// The best path through states blank, label 0, blank, label 1, …, blank; `back` says how many states each step rose.
class BestPath {
 public:
  BestPath(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank)
      : log_probs_(log_probs), labels_(labels), blank_(blank), states_(2 * labels.size() + 1) {
    back_.resize(static_cast<std::size_t>(log_probs.frames) * states_);
    now_.assign(states_, kNever);
    now_[0] = emission(0, 0);
    if (states_ > 1) now_[1] = emission(0, 1);
    for (std::int64_t t = 1; t < log_probs.frames; ++t) step(t);
  }

  [[nodiscard]] std::size_t last_state() const {
    return states_ > 1 && now_[states_ - 2] >= now_[states_ - 1] ? states_ - 2 : states_ - 1;
  }
  [[nodiscard]] double score() const { return now_[last_state()]; }
  // State of every frame.
  [[nodiscard]] std::vector<std::size_t> states() const {
    std::vector<std::size_t> out(static_cast<std::size_t>(log_probs_.frames));
    std::size_t state = last_state();
    for (std::size_t t = out.size(); t-- > 0;) {
      out[t] = state;
      state -= back_[t * states_ + state];
    }
    return out;
  }

 private:
  [[nodiscard]] double emission(std::int64_t t, std::size_t state) const {
    return static_cast<double>(log_probs_.at(t, state % 2 == 0 ? blank_ : labels_[state / 2]));
  }
  void step(std::int64_t t) {
    std::swap(now_, before_);
    now_.resize(states_);
    for (std::size_t s = 0; s < states_; ++s) {
      std::uint8_t rise = 0;
      double best = before_[s];
      if (s >= 1 && before_[s - 1] > best) best = before_[s - 1], rise = 1;
      const bool may_skip = s >= 3 && s % 2 == 1 && labels_[s / 2] != labels_[s / 2 - 1];
      if (may_skip && before_[s - 2] > best) best = before_[s - 2], rise = 2;
      back_[static_cast<std::size_t>(t) * states_ + s] = rise;
      now_[s] = best + emission(t, s);
    }
  }

  LogProbsView log_probs_;
  std::span<const std::int64_t> labels_;
  std::int64_t blank_;
  std::size_t states_;
  std::vector<std::uint8_t> back_;
  std::vector<double> now_, before_;
};

}  // namespace

std::optional<Hypothesis> align(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank,
                                std::int64_t first_frame) {
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, "log-probabilities", "at least one frame", "none");
  require_labels(labels, log_probs.classes, blank);
  if (frames_needed(labels) > log_probs.frames) return std::nullopt;
  const BestPath path(log_probs, labels, blank);
  if (path.score() == kNever) return std::nullopt;
  Hypothesis out;
  out.log_prob = path.score();
  const std::vector<std::size_t> states = path.states();
  std::size_t previous = 0;
  for (std::int64_t t = 0; t < log_probs.frames; ++t) {
    const std::size_t state = states[static_cast<std::size_t>(t)];
    if (state % 2 == 1) {
      const std::int64_t label = labels[state / 2];
      if (state != previous) out.symbols.push_back({label, first_frame + t, first_frame + t, 0.0F, 0.0F});
      out.symbols.back().last_frame = first_frame + t;
      out.symbols.back().log_prob += log_probs.at(t, label);
    }
    previous = state;
  }
  set_confidences(out.symbols);
  return out;
}

}  // namespace seben::ctc
