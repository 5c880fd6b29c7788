// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_lanes.h"

#include <algorithm>
#include <limits>

namespace seben::ctc {
namespace {

constexpr std::size_t kNoEdit = std::numeric_limits<std::size_t>::max();  // of lanes that only pad

}  // namespace

Join join_of(std::span<const std::int64_t> labels, const LabelEdit& edit) {
  const auto size = static_cast<std::int64_t>(labels.size());
  const std::int64_t rest = size - edit.position - edit.removed;
  if (edit.inserted >= 0) return {edit.position, edit.inserted, rest};
  if (edit.position > 0) return {edit.position - 1, labels[static_cast<std::size_t>(edit.position - 1)], rest};
  return {0, labels[1], rest - 1};
}

void EditLanes::clear() {
  plain_.clear();
  next_to_repeats_.clear();
}

void EditLanes::add(std::span<const std::int64_t> labels, const LabelEdit& edit, std::size_t edit_number) {
  const Join join = join_of(labels, edit);
  Lane lane{join, false, false, edit_number};
  lane.after_repeat = join.prefix > 0 && labels[static_cast<std::size_t>(join.prefix - 1)] == join.middle;
  lane.before_repeat = join.suffix > 0 && labels[labels.size() - static_cast<std::size_t>(join.suffix)] == join.middle;
  (lane.after_repeat || lane.before_repeat ? next_to_repeats_ : plain_).push_back(lane);
}

double EditLanes::run(const EditOps& ops, EditTables& tables, std::span<double> scaled) {
  for (auto* row : {&prefixes_, &columns_, &suffixes_}) row->clear();
  for (auto* row : {&after_repeat_, &before_repeat_}) row->clear();
  edit_numbers_.clear();
  tables.forget_added();
  lay_out(tables, plain_);
  plain_size_ = edit_numbers_.size();
  lay_out(tables, next_to_repeats_);
  middles_.assign(edit_numbers_.size(), 0.0);
  totals_.assign(edit_numbers_.size(), 0.0);
  sweep(ops, tables, tables.finish_columns());
  for (std::size_t lane = 0; lane < edit_numbers_.size(); ++lane) {
    if (edit_numbers_[lane] != kNoEdit) scaled[edit_numbers_[lane]] = totals_[lane];
  }
  return tables.lost(masses_);
}

void EditLanes::lay_out(EditTables& tables, std::span<const Lane> lanes) {
  for (const Lane& lane : lanes) {
    prefixes_.push_back(static_cast<std::int32_t>(lane.join.prefix));
    columns_.push_back(tables.add_column(lane.join.middle));
    suffixes_.push_back(static_cast<std::int32_t>(lane.join.suffix));
    after_repeat_.push_back(lane.after_repeat ? -1 : 0);
    before_repeat_.push_back(lane.before_repeat ? -1 : 0);
    edit_numbers_.push_back(lane.edit_number);
  }
  pad(tables.zero_column());
}

void EditLanes::pad(std::int32_t zero_column) {
  constexpr auto kMultiple = static_cast<std::size_t>(kRowMultiple);
  const std::size_t size = (edit_numbers_.size() + kMultiple - 1) / kMultiple * kMultiple;
  prefixes_.resize(size, 0);
  columns_.resize(size, zero_column);
  suffixes_.resize(size, 0);
  after_repeat_.resize(size, 0);
  before_repeat_.resize(size, 0);
  edit_numbers_.resize(size, kNoEdit);
}

void EditLanes::sweep(const EditOps& ops, const EditTables& tables, std::int64_t row_size) {
  const std::int64_t frames = tables.frames();
  masses_.resize(static_cast<std::size_t>(frames));
  log_probs_.resize(static_cast<std::size_t>(row_size));
  double* probs = probs_.of_size(row_size);
  const Lanes lanes{prefixes_.data(),      columns_.data(), suffixes_.data(), after_repeat_.data(),
                    before_repeat_.data(), middles_.data(), totals_.data()};
  JoinRow row{};
  row.stride = tables.stride();
  row.probs = probs;
  row.plain = static_cast<std::int64_t>(plain_size_);
  row.size = static_cast<std::int64_t>(edit_numbers_.size());
  for (std::int64_t t = 0; t < frames; ++t) {
    masses_[static_cast<std::size_t>(t)] = tables.probabilities(ops, t, log_probs_.data(), probs);
    row.prefixes = tables.prefixes(t - 1);
    row.suffixes = tables.suffixes(t + 1);
    row.blank_before = tables.blank(t - 1);
    row.blank_after = tables.blank(t + 1);
    ops.join_row(row, lanes);
  }
}

}  // namespace seben::ctc
