// SPDX-License-Identifier: Apache-2.0
#include "cli/ctc_flags.h"

#include <fmt/format.h>

namespace seben::cli {

void add_ctc_flags(CLI::App& command, CtcOptions& options) {
  command.add_option("--search", options.search, "Of the CTC head: greedy (default), or beam: prefix beam search");
  command.add_option("--beam-width", options.beam_width, "Texts kept after each frame; default 16");
  command.add_option("--lm", options.language_model, "Character language model, ARPA (seben rank lm), for the beam");
  command.add_option("--lm-weight", options.lm_weight,
                     fmt::format("Its weight beside the head; default {}", kDefaultLmWeight));
  command.add_option(
      "--length-bonus", options.length_bonus,
      fmt::format("Added for each symbol; default {} with a language model, else 0", kDefaultLengthBonus));
  command.add_option("--hotwords", options.hotwords, "Phrases to rather find, one a line[, tab, boost], for the beam");
  command.add_option("--hotword-boost", options.hotword_boost,
                     fmt::format("Boost of phrases without their own; default {}", kDefaultHotwordBoost));
  command.add_option("--syllables", options.syllables, "Words that N'Ko cannot have: off (default), penalty, forbid");
}

}  // namespace seben::cli
