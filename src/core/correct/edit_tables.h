// SPDX-License-Identifier: Apache-2.0
// The tables that edit_scores.h joins: for every frame, how probable the hypothesis' prefixes are up to it and its
// suffixes from it on. Linear numbers, scaled by one power of two a frame.
//
// Why no score is wrong by underflow. Scale frame t by u_t = 2^k (`units`): every probability p becomes p u_t, every
// score P becomes P U, with U the product of all u_t. A number below kFloor becomes 0, that is the only loss (rounding
// is relative and harmless: no subtraction). What does it cost a score? The classes that may follow a state of CTC are
// distinct and at most three, so all paths through frame t together carry at most q_t = min(sum, 3 * largest) of its
// scaled probabilities. Paths reach frame t with at most F_t = q_0..q_(t-1), and go on after it with at most
// A_t = q_(t+1)..q_(T-1). A floored prefix state of frame t loses kFloor * A_t at most, a floored suffix state
// kFloor * F_t, a floored product of the join kFloor, and a floored p, before scaling, F_t * kFloor * u_t * A_t. With S
// states a frame, a score misses at most
//   lost = kFloor * sum over t of (S * (A_t + F_t) + 1 + F_t * u_t * A_t).
// A score above 1e12 * lost is therefore right to 1e-12; any other is left to forward_score. F and A are kept at 1 or
// more, so that they cannot underflow; an overflow makes `lost` infinite, which trusts nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "correct/edit_ops.h"
#include "decode/ctc/log_probs.h"
#include "kernels/buffer.h"

namespace seben::ctc {

/// Which column of a row of probabilities a class has. Column 0 is the blank.
class Columns {
 public:
  void reset(std::int64_t classes, std::int64_t blank);
  /// The class's column, a new one if it has none.
  std::int32_t add(std::int64_t label);
  /// Adds columns of zeros, one at least if `always`, up to a multiple of kRowMultiple.
  void pad(bool always);
  void remove_from(std::int64_t first);
  [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(classes_.size()); }
  /// The log-probabilities of columns first.. in a frame; -infinity for columns of zeros.
  void pick(std::span<const float> log_probs, std::int64_t first, float* out) const;

 private:
  std::vector<std::int32_t> column_of_;  // of each class; -1 for none
  std::vector<std::int64_t> classes_;    // of each column; -1 for a column of zeros
};

/// Not initialised; keeps its memory while it suffices.
template <class T>
class Scratch {
 public:
  T* of_size(std::int64_t n) {
    const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
    if (bytes > buffer_.size()) buffer_ = kernels::Buffer(bytes);
    return data();
  }
  [[nodiscard]] T* data() noexcept { return buffer_.as<T>(); }
  [[nodiscard]] const T* data() const noexcept { return buffer_.as<T>(); }

 private:
  kernels::Buffer buffer_;
};

/// U of PrefixRow for one direction of time: row(k) after k + 1 frames, k from -2 (zeros) and -1 (the empty prefix).
class PrefixTable {
 public:
  /// `columns` of the labels in the order of reading; all numbers of rows past the last prefix are 0.
  void reset(std::span<const std::int32_t> columns, std::int32_t zero_column, std::int64_t frames);
  /// Computes row(k), k = 0, 1, …, from the scaled probabilities of its frame and the blank's of the frame before.
  /// Returns the sum of the row.
  double step(const EditOps& ops, std::int64_t k, const double* probs, double blank_before);
  [[nodiscard]] const double* row(std::int64_t k) const noexcept { return rows_.data() + (k + 2) * stride_; }
  [[nodiscard]] std::int64_t stride() const noexcept { return stride_; }

 private:
  std::int64_t stride_ = 0;
  std::vector<std::int32_t> columns_;
  std::vector<std::int64_t> repeats_;
  Scratch<double> ending_, rows_;
};

class EditTables {
 public:
  /// `labels` are classes and not the blank, at least one frame.
  void build(const EditOps& ops, LogProbsView log_probs, std::span<const std::int64_t> labels, std::int64_t blank);

  /// U[t] of the prefixes, t from -2 on: number i of the first i labels.
  [[nodiscard]] const double* prefixes(std::int64_t t) const noexcept { return forward_.row(t); }
  /// The same of the suffixes over frames t.., t up to frames + 1: number n of the last n labels.
  [[nodiscard]] const double* suffixes(std::int64_t t) const noexcept { return backward_.row(frames_ - 1 - t); }
  [[nodiscard]] std::int64_t stride() const noexcept { return forward_.stride(); }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }

  /// Column of a label, added after those of the hypothesis if it is new.
  std::int32_t add_column(std::int64_t label) { return columns_.add(label); }
  /// Forgets added columns.
  void forget_added() { columns_.remove_from(base_); }
  /// Call after the last add_column; a row then has this many numbers.
  std::int64_t finish_columns();
  /// The scaled probabilities of all columns in frame t, and their mass. `log_probs` is working memory of as many.
  RowMass probabilities(const EditOps& ops, std::int64_t t, float* log_probs, double* out) const;
  [[nodiscard]] std::int32_t zero_column() const noexcept { return zero_column_; }

  /// The scaled probability of the blank in frame t; 0 for the frames before the first and after the last.
  [[nodiscard]] double blank(std::int64_t t) const noexcept {
    return t < 0 || t >= frames_ ? 0.0 : probs_.data()[t * base_];
  }
  /// Natural logarithm of the score that was scaled.
  [[nodiscard]] double log_of(double scaled) const noexcept;
  /// The bound above, from the mass of every frame.
  [[nodiscard]] double lost(std::span<const RowMass> masses) const;
  /// Of the hypothesis' own columns.
  [[nodiscard]] std::span<const RowMass> masses() const noexcept { return masses_; }

 private:
  void build_forward(const EditOps& ops);
  void build_backward(const EditOps& ops);

  LogProbsView log_probs_;
  std::int64_t frames_ = 0, labels_ = 0;
  std::int64_t base_ = 0;  // columns of the hypothesis, padded
  std::int32_t zero_column_ = 0;
  Columns columns_;
  PrefixTable forward_, backward_;
  Scratch<double> probs_;        // [frames, base_]
  std::vector<double> units_;    // of each frame
  std::int64_t log2_scale_ = 0;  // of the product of all units
  std::vector<RowMass> masses_;
};

}  // namespace seben::ctc
