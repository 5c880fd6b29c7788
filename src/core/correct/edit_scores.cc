// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "correct/edit_lanes.h"
#include "correct/edit_tables.h"
#include "decode/ctc/forward.h"
#include "decode/ctc/greedy.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();
constexpr double kTrusted = 1e12;  // a score this many times above what may be lost is right to 1e-12

void require_edit(const LabelEdit& edit, std::size_t number, std::int64_t size) {
  const bool inside = edit.removed >= 0 && edit.removed <= 1 && edit.position >= 0 && edit.position <= size &&
                      edit.removed <= size - edit.position;
  if (inside) return;
  throw Error(ErrorCategory::bad_data, "edit " + std::to_string(number),
              "at most one label removed within " + std::to_string(size) + " labels",
              std::to_string(edit.removed) + " removed at position " + std::to_string(edit.position));
}

// By how much the edit raises the frames that the sequence needs: one a label, and one more between equal neighbours.
std::int64_t more_frames(std::span<const std::int64_t> labels, const LabelEdit& edit) {
  const auto label = [&](std::int64_t at) {
    return at < 0 || at >= static_cast<std::int64_t>(labels.size()) ? -1 : labels[static_cast<std::size_t>(at)];
  };
  const auto chain = [](std::int64_t left, std::int64_t middle, std::int64_t right) -> std::int64_t {
    if (middle < 0) return left >= 0 && left == right ? 1 : 0;
    return 1 + (left == middle ? 1 : 0) + (middle == right ? 1 : 0);
  };
  const std::int64_t left = label(edit.position - 1), right = label(edit.position + edit.removed);
  const std::int64_t middle = edit.removed > 0 ? label(edit.position) : -1;
  return chain(left, edit.inserted, right) - chain(left, middle, right);
}

}  // namespace

struct EditScorer::State {
  explicit State(const EditOps& row_ops) : ops(&row_ops) {}

  void require_valid(const LabelEdit& edit, std::size_t number) const;
  double vouched(double scaled, double lost, std::span<const std::int64_t> sequence);

  const EditOps* ops;
  LogProbsView log_probs;
  Labels labels;
  std::int64_t blank = 0, frames_needed = 0;
  EditTables tables;
  EditLanes lanes;
  std::vector<std::size_t> lane_edits;  // edits in lanes
  double score = kNever;
  std::int64_t slow = 0;
};

void EditScorer::State::require_valid(const LabelEdit& edit, std::size_t number) const {
  require_edit(edit, number, static_cast<std::int64_t>(labels.size()));
  const bool is_label = edit.inserted >= 0 && edit.inserted < log_probs.classes && edit.inserted != blank;
  if (edit.inserted == -1 || is_label) return;
  throw Error(ErrorCategory::bad_data, "edit " + std::to_string(number),
              "a class 0.." + std::to_string(log_probs.classes - 1) + " other than the blank " + std::to_string(blank) +
                  ", or -1",
              std::to_string(edit.inserted));
}

// The logarithm of a scaled score that is beyond what underflow may have cost, else the same from the pass in log
// space.
double EditScorer::State::vouched(double scaled, double lost, std::span<const std::int64_t> sequence) {
  if (std::isfinite(scaled) && scaled >= kTrusted * lost) return tables.log_of(scaled);
  ++slow;
  return forward_score(log_probs, sequence, blank);
}

EditScorer::EditScorer() : EditScorer(edit_ops()) {}
EditScorer::EditScorer(const EditOps& ops) : state_(std::make_unique<State>(ops)) {}
EditScorer::~EditScorer() = default;
EditScorer::EditScorer(EditScorer&&) noexcept = default;
EditScorer& EditScorer::operator=(EditScorer&&) noexcept = default;

void EditScorer::prepare(LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank) {
  State& s = *state_;
  if (log_probs.frames < 1) throw Error(ErrorCategory::bad_data, "log-probabilities", "at least one frame", "none");
  require_labels(labels, log_probs.classes, blank);
  s.log_probs = log_probs;
  s.labels.assign(labels.begin(), labels.end());
  s.blank = blank;
  s.frames_needed = frames_needed(labels);
  s.score = kNever;
  // An edit saves two frames at most, so that no table serves a longer sequence.
  if (s.frames_needed > log_probs.frames + 2) return;
  s.tables.build(*s.ops, log_probs, labels, blank);
  if (s.frames_needed > log_probs.frames) return;
  s.score = s.vouched(s.tables.prefixes(log_probs.frames - 1)[labels.size()], s.tables.lost(s.tables.masses()), labels);
}

double EditScorer::score() const noexcept { return state_->score; }

std::int64_t EditScorer::slow_scores() const noexcept { return state_->slow; }

void EditScorer::scores(std::span<const LabelEdit> edits, std::span<double> out) {
  State& s = *state_;
  if (out.size() != edits.size()) {
    throw Error(ErrorCategory::internal, "scores of edits", "room for " + std::to_string(edits.size()) + " scores",
                std::to_string(out.size()));
  }
  for (std::size_t i = 0; i < edits.size(); ++i) s.require_valid(edits[i], i);
  s.lanes.clear();
  s.lane_edits.clear();
  for (std::size_t i = 0; i < edits.size(); ++i) {
    out[i] = edits[i].is_copy() ? s.score : kNever;
    if (edits[i].is_copy() || s.frames_needed + more_frames(s.labels, edits[i]) > s.log_probs.frames) continue;
    s.lane_edits.push_back(i);
    if (edits[i].inserted < 0 && s.labels.size() == 1) {
      out[i] = s.tables.prefixes(s.log_probs.frames - 1)[0];
    } else {
      s.lanes.add(s.labels, edits[i], i);
    }
  }
  if (s.lane_edits.empty()) return;
  const double lost = s.lanes.run(*s.ops, s.tables, out);
  for (const std::size_t i : s.lane_edits) out[i] = s.vouched(out[i], lost, ctc::apply(s.labels, edits[i]));
}

std::vector<double> EditScorer::scores(std::span<const LabelEdit> edits) {
  std::vector<double> out(edits.size());
  scores(edits, out);
  return out;
}

}  // namespace seben::ctc
