// SPDX-License-Identifier: Apache-2.0
#include "engine/guard_stage.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace seben::pipeline {
namespace {

constexpr double kStretchPause = 1.0;     // seconds without a symbol that part two stretches
constexpr double kLongestStretch = 20.0;  // seconds after which a space parts them too

}  // namespace

Stretches::Stretches(double frames_per_second, std::int64_t space)
    : pause_(std::llround(kStretchPause * frames_per_second)),
      longest_(std::llround(kLongestStretch * frames_per_second)),
      space_(space) {}

void Stretches::see(ctc::LogProbsView log_probs, std::int64_t first) {
  const auto known = static_cast<std::int64_t>(evidence_.size());
  if (first > known) evidence_.resize(static_cast<std::size_t>(first));
  const std::int64_t from = first < known ? first + (known - first) / 2 : first;
  evidence_.resize(static_cast<std::size_t>(std::min(from, first + log_probs.frames)));
  const std::int64_t skipped = static_cast<std::int64_t>(evidence_.size()) - first;
  ctc::add_evidence({log_probs.data + skipped * log_probs.classes, log_probs.frames - skipped, log_probs.classes},
                    evidence_);
}

void Stretches::push(const std::vector<ctc::Symbol>& symbols, const std::function<void(const Stretch&)>& done) {
  for (const ctc::Symbol& symbol : symbols) {
    if (!open_.empty() && symbol.label != space_) {
      const bool pause = symbol.first_frame - open_.back().last_frame > pause_;
      const bool enough = open_.back().label == space_ && symbol.last_frame - open_.front().first_frame > longest_;
      if (pause || enough) close(done);
    }
    open_.push_back(symbol);
  }
}

void Stretches::finish(const std::function<void(const Stretch&)>& done) {
  if (!open_.empty()) close(done);
}

// Spaces at its ends are not heard anywhere in particular.
void Stretches::close(const std::function<void(const Stretch&)>& done) {
  const auto is_space = [this](const ctc::Symbol& s) { return s.label == space_; };
  Stretch stretch{std::exchange(open_, {}), {}};
  if (const auto begin = std::ranges::find_if_not(stretch.symbols, is_space); begin != stretch.symbols.end()) {
    const auto last = std::find_if_not(stretch.symbols.rbegin(), stretch.symbols.rend(), is_space);
    const auto size = static_cast<std::int64_t>(evidence_.size());
    const std::int64_t from = std::clamp<std::int64_t>(begin->first_frame, 0, size);
    const std::int64_t end = std::clamp<std::int64_t>(last->last_frame + 1, from, size);
    stretch.frames = std::span(evidence_).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(end - from));
  }
  done(stretch);
}

GuardStage::GuardStage(const ctc::LanguageGuard& guard, double frames_per_second, std::int64_t blank,
                       std::int64_t space, bool leave_out)
    : guard_(guard),
      frames_per_second_(frames_per_second),
      blank_(blank),
      space_(space),
      leave_out_(leave_out),
      stretches_(frames_per_second, space) {}

void GuardStage::judge(const Stretch& stretch, std::vector<ctc::Symbol>& out) {
  const double score =
      stretch.frames.empty()
          ? 1.0
          : guard_.score(ctc::guard_values(stretch.frames, blank_, frames_per_second_, guard_.transitions));
  if (score < guard_.limit) refused_.push_back({stretch.symbols, score});
  if (score >= guard_.limit || !leave_out_) {
    out.insert(out.end(), stretch.symbols.begin(), stretch.symbols.end());
  } else if (space_ >= 0) {
    ctc::Symbol space = stretch.symbols.front();
    space.label = space_;
    out.push_back(space);
  }
}

std::vector<ctc::Symbol> GuardStage::push(const std::vector<ctc::Symbol>& symbols) {
  std::vector<ctc::Symbol> out;
  stretches_.push(symbols, [&](const Stretch& stretch) { judge(stretch, out); });
  return out;
}

std::vector<ctc::Symbol> GuardStage::finish() {
  std::vector<ctc::Symbol> out;
  stretches_.finish([&](const Stretch& stretch) { judge(stretch, out); });
  return out;
}

}  // namespace seben::pipeline
