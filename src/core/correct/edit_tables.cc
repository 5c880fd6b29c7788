// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_tables.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>

namespace seben::ctc {
namespace {

constexpr float kNeverFloat = -std::numeric_limits<float>::infinity();

std::int64_t rounded_up(std::int64_t n) { return (n + kRowMultiple - 1) / kRowMultiple * kRowMultiple; }

// The power of two that brings a positive number to [1, 2); 0 for numbers that no scale helps.
int log2_unit(double sum) {
  constexpr int kBias = 1023;
  const auto exponent = static_cast<int>(std::bit_cast<std::uint64_t>(sum) >> 52);
  return exponent < 1 || exponent >= 2 * kBias ? 0 : kBias - exponent;
}

}  // namespace

void Columns::reset(std::int64_t classes, std::int64_t blank) {
  remove_from(0);
  if (static_cast<std::int64_t>(column_of_.size()) != classes) column_of_.assign(static_cast<std::size_t>(classes), -1);
  add(blank);
}

std::int32_t Columns::add(std::int64_t label) {
  std::int32_t& column = column_of_[static_cast<std::size_t>(label)];
  if (column < 0) {
    column = static_cast<std::int32_t>(classes_.size());
    classes_.push_back(label);
  }
  return column;
}

void Columns::pad(bool always) { classes_.resize(static_cast<std::size_t>(rounded_up(size() + (always ? 1 : 0))), -1); }

void Columns::remove_from(std::int64_t first) {
  for (auto at = static_cast<std::size_t>(first); at < classes_.size(); ++at) {
    if (classes_[at] >= 0) column_of_[static_cast<std::size_t>(classes_[at])] = -1;
  }
  classes_.resize(std::min(static_cast<std::size_t>(first), classes_.size()));
}

void Columns::pick(std::span<const float> log_probs, std::int64_t first, float* out) const {
  for (auto at = static_cast<std::size_t>(first); at < classes_.size(); ++at) {
    *out++ = classes_[at] < 0 ? kNeverFloat : log_probs[static_cast<std::size_t>(classes_[at])];
  }
}

void PrefixTable::reset(std::span<const std::int32_t> columns, std::int32_t zero_column, std::int64_t frames) {
  stride_ = rounded_up(static_cast<std::int64_t>(columns.size()) + 1);
  columns_.assign(columns.begin(), columns.end());
  repeats_.assign(static_cast<std::size_t>(stride_), 0);
  for (std::size_t i = 1; i < columns.size(); ++i) repeats_[i] = columns[i] == columns[i - 1] ? -1 : 0;
  columns_.resize(static_cast<std::size_t>(stride_), zero_column);
  std::fill_n(ending_.of_size(stride_), stride_, 0.0);
  std::fill_n(rows_.of_size((frames + 2) * stride_), 2 * stride_, 0.0);
  rows_.data()[stride_] = 1.0;
}

double PrefixTable::step(const EditOps& ops, std::int64_t k, const double* probs, double blank_before) {
  return ops.prefix_row({probs, columns_.data(), repeats_.data(), row(k - 1), row(k - 2), blank_before, ending_.data(),
                         rows_.data() + (k + 2) * stride_, stride_});
}

void EditTables::build(const EditOps& ops, LogProbsView log_probs, std::span<const std::int64_t> labels,
                       std::int64_t blank) {
  log_probs_ = log_probs;
  frames_ = log_probs.frames;
  labels_ = static_cast<std::int64_t>(labels.size());
  columns_.reset(log_probs.classes, blank);
  std::vector<std::int32_t> of_labels;
  for (const std::int64_t label : labels) of_labels.push_back(columns_.add(label));
  zero_column_ = static_cast<std::int32_t>(columns_.size());
  columns_.pad(true);
  base_ = columns_.size();
  forward_.reset(of_labels, zero_column_, frames_);
  std::reverse(of_labels.begin(), of_labels.end());
  backward_.reset(of_labels, zero_column_, frames_);
  build_forward(ops);
  build_backward(ops);
}

void EditTables::build_forward(const EditOps& ops) {
  probs_.of_size(frames_ * base_);
  units_.assign(static_cast<std::size_t>(frames_), 1.0);
  masses_.resize(static_cast<std::size_t>(frames_));
  log2_scale_ = 0;
  std::vector<float> row(static_cast<std::size_t>(base_));
  int next = 0;  // each frame undoes the growth or fall of the frame before
  for (std::int64_t t = 0; t < frames_; ++t) {
    const auto at = static_cast<std::size_t>(t);
    log2_scale_ += next;
    units_[at] = std::ldexp(1.0, next);
    double* probs = probs_.data() + t * base_;
    columns_.pick(log_probs_.row(t), 0, row.data());
    masses_[at] = ops.exp_row(row.data(), base_, units_[at], probs);
    next = log2_unit(forward_.step(ops, t, probs, blank(t - 1)));
  }
}

void EditTables::build_backward(const EditOps& ops) {
  for (std::int64_t t = frames_ - 1; t >= 0; --t) {
    backward_.step(ops, frames_ - 1 - t, probs_.data() + t * base_, blank(t + 1));
  }
}

std::int64_t EditTables::finish_columns() {
  columns_.pad(false);
  return columns_.size();
}

RowMass EditTables::probabilities(const EditOps& ops, std::int64_t t, float* log_probs, double* out) const {
  std::copy_n(probs_.data() + t * base_, base_, out);
  columns_.pick(log_probs_.row(t), base_, log_probs);
  const auto at = static_cast<std::size_t>(t);
  const RowMass added = ops.exp_row(log_probs, columns_.size() - base_, units_[at], out + base_);
  return {masses_[at].sum + added.sum, std::max(masses_[at].largest, added.largest)};
}

double EditTables::log_of(double scaled) const noexcept {
  return std::log(scaled) - std::numbers::ln2 * static_cast<double>(log2_scale_);
}

double EditTables::lost(std::span<const RowMass> masses) const {
  // The order of arguments makes NaN stay NaN, which is above no score.
  const auto mass = [&](std::size_t t) { return std::min(masses[t].sum, 3.0 * masses[t].largest); };
  std::vector<double> after(masses.size(), 1.0);
  for (std::size_t t = masses.size() - 1; t > 0; --t) after[t - 1] = std::max(after[t] * mass(t), 1.0);
  const auto states = static_cast<double>(2 * labels_ + 3);
  double before = 1.0, total = 0.0;
  for (std::size_t t = 0; t < masses.size(); ++t) {
    total += states * (after[t] + before) + 1.0 + before * units_[t] * after[t];
    before = std::max(before * mass(t), 1.0);
  }
  return kFloor * total;
}

}  // namespace seben::ctc
