// SPDX-License-Identifier: Apache-2.0
// From the log-probabilities of one window to symbols on their frames, as CtcOptions say.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "decode/ctc/beam.h"
#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "engine/word_choice.h"
#include "seben/transcriber.h"
#include "text/lm/ngram.h"
#include "text/nko/vocabulary.h"

namespace seben::pipeline {

/// One phrase a line, normalised; after a tab its own boost instead of `boost`. Empty lines and lines that start with
/// '#' are passed over. Error(bad_data) names the line.
[[nodiscard]] std::vector<ctc::Hotword> parse_hotwords(std::string_view text, const std::string& source, double boost,
                                                       const nko::Vocabulary& vocabulary);
/// The same of a file.
[[nodiscard]] std::vector<ctc::Hotword> read_hotwords(const std::string& path, double boost,
                                                      const nko::Vocabulary& vocabulary);

struct Reading {
  std::vector<ctc::Symbol> symbols;
  bool possible = true;  ///< false: no text of possible syllables was found, so they only cost a penalty here
  std::vector<Alternative> texts{};  ///< the likeliest, best first, if they were asked for
};

class Decoding {
 public:
  /// Error(usage) for options that do not go together, Error(bad_data) for a model or hotwords that cannot be used.
  /// `before` lends its language model where both name the same.
  Decoding(const CtcOptions& options, const nko::Vocabulary& vocabulary, const Decoding* before = nullptr);

  /// Frames are counted from the window's first. Thread-safe.
  [[nodiscard]] Reading read(ctc::LogProbsView log_probs) const;
  /// nullptr unless words of a list are to be chosen instead of reading.
  [[nodiscard]] const WordChooser* chooser() const noexcept { return chooser_.get(); }

 private:
  nko::Vocabulary vocabulary_;
  bool beam_ = false;
  std::size_t n_best_ = 0;  // 0: nobody asks
  ctc::BeamOptions options_;
  std::string model_path_;
  std::shared_ptr<const lm::NgramModel> model_;
  std::shared_ptr<const ctc::Hotwords> hotwords_;
  std::shared_ptr<const WordChooser> chooser_;
};

}  // namespace seben::pipeline
