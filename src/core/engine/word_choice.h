// SPDX-License-Identifier: Apache-2.0
// Forced choice: log-probabilities of a window -> the words of a list that they most probably read as (docs/words.md).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "engine/word_list.h"
#include "seben/transcriber.h"

namespace seben::pipeline {

/// One word, or, where nothing was near enough, what was nearest.
struct ChosenWord {
  std::string text;                  ///< as the list has it; of a refused stretch all its words
  std::vector<ctc::Symbol> symbols;  ///< of the text on their frames; empty when refused
  std::int64_t first_frame = 0, last_frame = 0;
  bool accepted = true;
  bool spoken = true;  ///< false: the head, left to itself, reads nothing there
  // Of the stretch of speech that it was chosen for.
  double log_prob = 0.0, probability = 0.0, fit = 0.0;
  double margin = 0.0;    ///< nats to the second best; infinity without one
  std::string runner_up;  ///< the second best

  [[nodiscard]] double confidence() const noexcept { return probability * fit; }
};

class WordChooser {
 public:
  /// Error(usage) for an unknown mode and a threshold outside 0..1, errors of WordList.
  WordChooser(const CtcOptions& options, const nko::Vocabulary& vocabulary);

  /// In order of time, frames counted from the window's first. Thread-safe.
  [[nodiscard]] std::vector<ChosenWord> choose(ctc::LogProbsView log_probs, double frames_per_second) const;
  /// Whether what is chosen from is a whole recording, which then must fit one window.
  [[nodiscard]] bool one_a_recording() const noexcept { return one_; }
  [[nodiscard]] double threshold() const noexcept { return threshold_; }
  [[nodiscard]] const WordList& words() const noexcept { return words_; }

 private:
  struct Choice {
    std::vector<std::uint32_t> entries;
    ChosenWord figures;
    std::vector<std::size_t> spelled;  // which spelling of each entry
    ctc::Labels said;                  // their letters
  };
  [[nodiscard]] std::optional<Choice> choose_one(ctc::LogProbsView letters) const;
  [[nodiscard]] std::optional<Choice> choose_sequence(ctc::LogProbsView letters) const;
  void add_stretch(ctc::LogProbsView letters, std::int64_t first_frame, std::vector<ChosenWord>& out) const;
  [[nodiscard]] std::vector<ChosenWord> place(const Choice& choice, ctc::LogProbsView letters) const;
  [[nodiscard]] std::string text_of(const std::vector<std::uint32_t>& entries) const;

  nko::Vocabulary vocabulary_;
  WordList words_;
  bool one_ = true;
  double threshold_ = kDefaultWordsThreshold;
};

}  // namespace seben::pipeline
