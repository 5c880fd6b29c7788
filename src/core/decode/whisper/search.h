// SPDX-License-Identifier: Apache-2.0
// What all ways of choosing tokens have in common: they are given scores and ask for the next ones. Whoever drives them
// runs the decoder, so that several windows can take their steps together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "decode/whisper/logit_rules.h"

namespace seben::generate {

/// A text that was decoded: tokens after the prompt, without <|endoftext|>.
struct Hypothesis {
  std::vector<std::int32_t> tokens;
  double sum_logprob = 0.0;  ///< of the tokens and of the end, where it was reached
};

/// What a search may do. The rules must outlive it.
struct SearchFrame {
  const LogitRules& rules;
  std::size_t vocabulary = 0;
  std::int64_t limit = 0;  ///< tokens that a text can have
};

/// The step that a search wants: the cache's rows become parents[i]'s, with tokens[i] behind.
struct NextRows {
  std::vector<std::int64_t> parents;
  std::vector<std::int32_t> tokens;

  void clear() noexcept {
    parents.clear();
    tokens.clear();
  }
};

/// One search of one window.
class Search {
 public:
  Search() = default;
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;
  virtual ~Search() = default;

  /// Takes scores, which it overwrites: at first those after the prompt, [vocabulary], then those of the step that it
  /// wanted, [rows, vocabulary]. False: it has ended, and wants none.
  [[nodiscard]] virtual bool advance(std::span<float> scores, NextRows& next) = 0;
  /// The best text; once, after the end.
  [[nodiscard]] virtual Hypothesis take_best() = 0;
};

}  // namespace seben::generate
