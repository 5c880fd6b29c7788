// SPDX-License-Identifier: Apache-2.0
// The inner loops of edit_scores.h over one frame, chosen for the processor at run time. Probabilities are scaled and
// linear, not logarithms; whatever falls below kFloor becomes 0, so that no loop meets slow denormal numbers.
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace seben::ctc {

/// 2^-960; edit_tables.h bounds what is lost by it.
constexpr double kFloor = 0x1p-960;

/// All counts and row lengths of these loops are multiples of this.
constexpr std::int64_t kRowMultiple = 8;

/// What a frame offers to any path: at most min(sum, 3 * largest) of these classes follow one state.
struct RowMass {
  double sum = 0.0;
  double largest = 0.0;
};

/// One frame of the forward recurrence. Prefix i of a sequence is its first i labels; U[t][i] is the probability that
/// frames 0..t read as prefix i. With the repeat rule of CTC
///   ending[t][i] = p_t(label i) * (ending[t-1][i] + (label i == label i-1 ? U[t-2][i] * p_(t-1)(blank) : U[t-1][i]))
///   U[t][i]      = p_t(blank) * U[t-1][i] + ending[t][i-1]
struct PrefixRow {
  const double* probs;          ///< p_t of every column; column 0 is the blank
  const std::int32_t* columns;  ///< of each label; a column of zeros from the last label on
  const std::int64_t* repeats;  ///< -1 for a label that equals the one before it, else 0
  const double* before;         ///< U[t-1]
  const double* before_that;    ///< U[t-2]
  double blank_before;          ///< p_(t-1)(blank)
  double* ending;               ///< in place
  double* now;                  ///< U[t]
  std::int64_t size;            ///< labels and one more, rounded up
};

/// Where a lane, one edited sequence, takes its prefix, its middle label and its suffix from: indices into the rows.
struct Lanes {
  const std::int32_t* prefixes;
  const std::int32_t* columns;
  const std::int32_t* suffixes;
  const std::int64_t* after_repeat;   ///< -1 where the middle label equals the last of the prefix; else 0
  const std::int64_t* before_repeat;  ///< -1 where it equals the first of the suffix
  double* middles;                    ///< X: frames 0..t read as prefix and middle label and end in that label
  double* totals;
};

/// One frame of every lane:
///   X[t] = p_t(m) * (X[t-1] + prefixes that frames 0..t-1 read as),  total += X[t] * suffixes that frames t+1.. read
///   as
/// where only prefixes that end in a blank, and suffixes that begin in one, count next to an equal label.
struct JoinRow {
  const double* prefixes;  ///< U[t-1]; U[t-2] lies `stride` before it
  const double* suffixes;  ///< of frames t+1..; of frames t+2.. `stride` before it
  std::int64_t stride;
  double blank_before;  ///< p_(t-1)(blank)
  double blank_after;   ///< p_(t+1)(blank)
  const double* probs;  ///< p_t of every column
  std::int64_t plain;   ///< lanes without repeats, first
  std::int64_t size;    ///< all lanes
};

struct EditOps {
  const char* name;
  /// y = e^x * scale; relative error below 1e-14; 0 for x below -665.43 (kFloor), infinity above 709.
  RowMass (*exp_row)(const float* x, std::int64_t n, double scale, double* y);
  /// Returns the sum of U[t].
  double (*prefix_row)(const PrefixRow& row);
  void (*join_row)(const JoinRow& row, const Lanes& lanes);
};

/// The loops for one instruction set, which the processor must have.
[[nodiscard]] const EditOps& edit_ops(base::Isa isa = base::best_isa());

}  // namespace seben::ctc
