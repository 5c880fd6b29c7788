// SPDX-License-Identifier: Apache-2.0
// What a text earns in a beam search besides its acoustic probability (shallow fusion): symbol by symbol.
#pragma once

#include <string>
#include <vector>

#include "decode/ctc/beam.h"
#include "text/lm/ngram.h"
#include "text/nko/syllables.h"

namespace seben::ctc {

class Fusion {
 public:
  struct State {
    double score = 0.0;
    lm::NgramModel::State language;
    Hotwords::State hotword = 0;
    nko::SyllableState syllable = nko::SyllableState::start;
  };

  /// The vocabulary and what the options point to must outlive it. Error(usage) for numbers that are none.
  Fusion(const nko::Vocabulary& vocabulary, const BeamOptions& options);

  [[nodiscard]] State start() const noexcept;
  /// The text goes on with `label`; -infinity for a text that no syllable rule allows.
  void add(State& state, std::int64_t label) const;
  void finish(State& state) const;

 private:
  void add_to_syllable(State& state, std::size_t label) const;
  void violate(State& state) const;

  const BeamOptions& options_;
  bool any_ = false;
  std::vector<std::u32string> code_points_;                 // by class
  std::vector<std::vector<lm::NgramModel::Token>> tokens_;  // by class
};

}  // namespace seben::ctc
