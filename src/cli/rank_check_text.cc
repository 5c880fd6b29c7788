// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/file.h"
#include "cli/output.h"
#include "cli/rank.h"
#include "fit/text_check.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 20;

struct RankCheckTextFlags {
  std::string words, maps, vocabulary;
};

double percent(std::int64_t part, std::int64_t whole) {
  return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::string_view name_of(const std::optional<correction::SoundKind>& kind) {
  if (!kind) return "all symbols";
  switch (*kind) {
    case correction::SoundKind::vowel: return "vowels";
    case correction::SoundKind::consonant: return "consonants";
    default: return "tone marks";
  }
}

void print(const correction::TextCheck& check, bool with_maps) {
  using correction::EditKind;
  print_out("{} words, {} of them left out, {} without change; {} edits, {:.1f} % of them of tone and nasal marks\n",
            check.words, check.unwritable, check.unchanged, check.all_edits(),
            percent(check.mark_edits, check.all_edits()));
  for (const EditKind kind : {EditKind::substitution, EditKind::deletion, EditKind::insertion}) {
    const auto at = static_cast<std::size_t>(kind);
    print_out("{} {:>6} {:5.1f} %", to_string(kind), check.edits[at], percent(check.edits[at], check.all_edits()));
    if (with_maps)
      print_out("   {:>6} {:5.1f} % in the maps", check.mapped[at], percent(check.mapped[at], check.edits[at]));
    print_out("\n");
  }
  print_out("\nArticulatory distance over the {} words in which one symbol was exchanged for another\n", check.forced);
  print_out("{:<12} {:>6} {:>7} {:>17} {:>7}\n", "", "n", "people", "95 %", "chance");
  for (const correction::DistanceCheck& d : check.distances) {
    if (d.substitutions == 0) continue;
    print_out("{:<12} {:>6} {:>7.3f}   {:.3f} .. {:.3f} {:>7.3f}\n", name_of(d.kind), d.substitutions, d.mean, d.low,
              d.high, d.chance);
  }
  const std::int64_t read = check.words - check.unwritable;
  print_out("\nPossible words: {:.2f} % before, {:.2f} % after\n", percent(check.valid_before, read),
            percent(check.valid_after, read));
}

void check_text(const RankCheckTextFlags& flags) {
  const auto vocabulary =
      flags.vocabulary.empty() ? nko::Vocabulary::nko_blank_last() : nko::Vocabulary::load(flags.vocabulary);
  const auto words = correction::parse_corrected_words(base::read_text(flags.words, kMaxBytes), flags.words);
  const auto maps = flags.maps.empty() ? correction::ConfusionMaps{} : correction::ConfusionMaps::load(flags.maps);
  print(correction::check_text(words, vocabulary, maps), !flags.maps.empty());
}

}  // namespace

void add_rank_check_text(const App& rank) {
  App command = rank.add_subcommand("check-text", "Say what corrections by people tell about maps and distances");
  auto flags = std::make_shared<RankCheckTextFlags>();
  command->add_option("words", flags->words, "File of tab-separated values with the columns before and after")
      ->required();
  command->add_option("--maps", flags->maps, "Compare with these confusion maps, as seben rank mine writes them");
  command->add_option("--vocabulary", flags->vocabulary,
                      "Vocabulary (vocab.json); default: the 66 classes of the N'Ko heads");
  command->footer("Example: seben rank check-text nko_human_word_edits.tsv --maps confusions.json");
  command->callback([flags] { check_text(*flags); });
}

}  // namespace seben::cli
