// SPDX-License-Identifier: Apache-2.0
// What corrections by people say about confusion maps, articulatory distances and syllables: a check by text alone of
// what was made for errors of hearing. Reported, never fitted.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "correct/articulation.h"
#include "correct/confusions.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

/// A word, or a few, as it was and as a person made it.
struct CorrectedWord {
  std::string before, after;
  std::string where;  ///< "edits.tsv: line 3", for messages
};

/// Tab-separated columns with a line of names, `before` and `after` among them. Error(bad_data) names the line and the
/// column: a column that is missing, another number of columns, ill-formed UTF-8, no line at all.
[[nodiscard]] std::vector<CorrectedWord> parse_corrected_words(std::string_view tsv, const std::string& source);

/// Mean articulatory distance of what people exchanged, beside that of chance: any symbol that went with any other
/// symbol that came, each as often as it did.
struct DistanceCheck {
  std::optional<SoundKind> kind;  ///< of both symbols; nothing: all substitutions
  std::int64_t substitutions = 0;
  double mean = 0.0;
  double low = 0.0, high = 0.0;  ///< 95 % percentile bootstrap over words, seeded
  double chance = 0.0;           ///< exact expectation
};

struct TextCheck {
  std::int64_t words = 0;
  std::int64_t unwritable = 0;                     ///< words that the vocabulary cannot write: left out
  std::int64_t unchanged = 0;                      ///< words that normalisation makes equal
  std::array<std::int64_t, 4> edits{};             ///< by EditKind; COPY: 0
  std::array<std::int64_t, 4> mapped{};            ///< of these, edits that the maps hold
  std::int64_t mark_edits = 0;                     ///< edits of tone and nasal marks, or between them
  std::int64_t forced = 0;                         ///< words of one exchanged symbol: no alignment had a choice
  std::vector<DistanceCheck> distances;            ///< over `forced` words: all, then vowels, consonants, tone marks
  std::int64_t valid_before = 0, valid_after = 0;  ///< words that are possible N'Ko (nko/syllables.h)

  [[nodiscard]] std::int64_t all_edits() const noexcept { return edits[1] + edits[2] + edits[3]; }
};

/// Texts are normalised first. `maps` may be empty.
[[nodiscard]] TextCheck check_text(std::span<const CorrectedWord> words, const nko::Vocabulary& vocabulary,
                                   const ConfusionMaps& maps);

}  // namespace seben::correction
