// SPDX-License-Identifier: Apache-2.0
// What both beam searches share: texts under way, each a row of the cache, and the candidates that continue them.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/whisper/search.h"
#include "kernels/row_ops.h"

namespace seben::generate {

struct Candidate {
  std::size_t row = 0;
  std::int32_t token = 0;
  float sum = 0.0F;  ///< f32, as both originals add up
};

/// Writes the indices of the `count` largest of `scores`, largest first, lowest index first among equals.
inline void largest(std::span<const float> scores, std::size_t count, std::vector<std::int32_t>& out) {
  out.clear();
  const auto before = [&](std::int32_t a, std::int32_t b) {
    const float x = scores[static_cast<std::size_t>(a)], y = scores[static_cast<std::size_t>(b)];
    return x != y ? x > y : a < b;
  };
  for (std::size_t i = 0; i < scores.size(); ++i) {  // a heap whose top is the last of the best so far
    const auto id = static_cast<std::int32_t>(i);
    if (out.size() < count) {
      out.push_back(id);
      std::ranges::push_heap(out, before);
    } else if (scores[i] > scores[static_cast<std::size_t>(out.front())]) {
      std::ranges::pop_heap(out, before);
      out.back() = id;
      std::ranges::push_heap(out, before);
    }
  }
  std::ranges::sort_heap(out, before);
}

struct BeamRow {
  std::vector<std::int32_t> tokens;
  float sum = 0.0F;
};

class BeamRows {
 public:
  explicit BeamRows(std::size_t vocabulary) : vocabulary_(vocabulary), rows_(1) {}

  [[nodiscard]] std::vector<BeamRow>& rows() noexcept { return rows_; }
  /// The scores of all rows, to be worked on until the rows change.
  void take(std::span<float> scores) noexcept { scores_ = scores; }
  [[nodiscard]] std::span<float> scores(std::size_t row) noexcept {
    return scores_.subspan(row * vocabulary_, vocabulary_);
  }
  void normalise(std::size_t row) {
    kernels::row_ops().log_softmax(scores(row).data(), static_cast<std::int64_t>(vocabulary_));
  }
  /// The rows become the candidates'.
  void become(std::span<const Candidate> chosen, NextRows& next) {
    next.clear();
    next_.clear();
    for (const Candidate& c : chosen) {
      next_.push_back({rows_[c.row].tokens, c.sum});
      next_.back().tokens.push_back(c.token);
      next.parents.push_back(static_cast<std::int64_t>(c.row));
      next.tokens.push_back(c.token);
    }
    rows_.swap(next_);
  }

 private:
  std::size_t vocabulary_;
  std::vector<BeamRow> rows_, next_;
  std::span<float> scores_;
};

}  // namespace seben::generate
