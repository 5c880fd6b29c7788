// SPDX-License-Identifier: Apache-2.0
// Edited sequences side by side: each a lane that goes through the frames together with all others.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "correct/edit_ops.h"
#include "correct/edit_tables.h"
#include "decode/ctc/label_edit.h"

namespace seben::ctc {

/// An edited sequence: the first `prefix` labels, a middle label, the last `suffix` labels.
struct Join {
  std::int64_t prefix = 0;
  std::int64_t middle = 0;
  std::int64_t suffix = 0;
};

/// Of an edit that is no copy and leaves at least one label. A deletion has a neighbour of the gap in the middle.
[[nodiscard]] Join join_of(std::span<const std::int64_t> labels, const LabelEdit& edit);

class EditLanes {
 public:
  void clear();
  /// A lane for `edit`; its result goes to number `edit_number`.
  void add(std::span<const std::int64_t> labels, const LabelEdit& edit, std::size_t edit_number);
  /// Scaled scores of all lanes into `scaled`, by edit number. Returns EditTables::lost of them.
  double run(const EditOps& ops, EditTables& tables, std::span<double> scaled);

 private:
  struct Lane {
    Join join;
    bool after_repeat = false, before_repeat = false;
    std::size_t edit_number = 0;
  };
  void lay_out(EditTables& tables, std::span<const Lane> lanes);
  void pad(std::int32_t zero_column);
  void sweep(const EditOps& ops, const EditTables& tables, std::int64_t row_size);

  std::vector<Lane> plain_, next_to_repeats_;
  // One number a lane, as in Lanes; both groups padded.
  std::vector<std::int32_t> prefixes_, columns_, suffixes_;
  std::vector<std::int64_t> after_repeat_, before_repeat_;
  std::vector<double> middles_, totals_;
  std::vector<std::size_t> edit_numbers_;
  std::size_t plain_size_ = 0;
  std::vector<float> log_probs_;
  Scratch<double> probs_;
  std::vector<RowMass> masses_;
};

}  // namespace seben::ctc
