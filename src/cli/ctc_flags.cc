// SPDX-License-Identifier: Apache-2.0
#include "cli/ctc_flags.h"

#include <fmt/format.h>

#include "cli/idle_options.h"

namespace seben::cli {

void add_ctc_flags(const App& command, CtcOptions& options) {
  const auto option = [&](const char* flag, auto& value, const std::string& help) {
    command.add_option(flag, value, help)->group(kCtcGroup);
  };
  option("--search", options.search,
         "How the head's text is found: greedy (the best class of every frame; default), or beam (prefix beam search)");
  option("--beam-width", options.beam_width, "How many texts the beam keeps after each frame; default 16");
  option("--lm", options.language_model, "Character language model for the beam, an ARPA file (seben rank lm)");
  option("--lm-weight", options.lm_weight,
         fmt::format("Weight of the language model beside the head; default {}", kDefaultLmWeight));
  option("--length-bonus", options.length_bonus,
         fmt::format("What each symbol adds to a text's score; default {} with a language model, else 0",
                     kDefaultLengthBonus));
  option("--hotwords", options.hotwords,
         "File of phrases that the beam should rather find, one a line, each with its boost after a tab if wanted");
  option("--hotword-boost", options.hotword_boost,
         fmt::format("Boost of the phrases that have none of their own; default {}", kDefaultHotwordBoost));
  option("--syllables", options.syllables,
         "What the beam does with words that N'Ko cannot have: off (nothing; default), penalty or forbid");
  option("--n-best", options.n_best,
         "How many of the likeliest texts are told as well, with scores and posteriors of words; at most the beam's "
         "width");
  option("--words", options.words,
         "Forced choice: write nothing but the words of this file, one a line, in N'Ko or Latin letters");
  option("--words-mode", options.words_mode,
         "What a recording says of --words: one of them (default), or sequence (any number, one after another)");
  option("--words-threshold", options.words_threshold,
         fmt::format("Confidence, 0..1, below which it is none of --words; 0: never none; default {}",
                     kDefaultWordsThreshold));
}

void refuse_idle_ctc(const App& command, const CtcOptions& options) {
  if (options.search == "greedy") {
    refuse_idle(command,
                {"--beam-width", "--lm", "--lm-weight", "--length-bonus", "--hotwords", "--hotword-boost", "--n-best"},
                "--search beam", "greedy");
    if (options.syllables != "off") refuse_idle(command, {"--syllables"}, "--search beam", "greedy");
  }
  if (options.words.empty()) {
    refuse_idle(command, {"--words-mode", "--words-threshold"}, "--words", "none");
  } else if (options.search != "greedy") {
    refuse_idle(command, {"--words"}, "no --search, whose texts are free", "--search " + options.search);
  }
  if (options.language_model.empty()) refuse_idle(command, {"--lm-weight"}, "--lm", "none");
  if (options.hotwords.empty()) refuse_idle(command, {"--hotword-boost"}, "--hotwords", "none");
}

}  // namespace seben::cli
