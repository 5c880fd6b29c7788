// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "cli/code_points.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/rank.h"
#include "fit/mine.h"
#include "fit/rows.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

constexpr std::size_t kShown = 20;

struct RankMineFlags {
  std::string rows, output, vocabulary;
  correction::MineOptions options;
};

void mine(const RankMineFlags& flags) {
  require_output("--output", flags.output);
  const auto vocabulary =
      flags.vocabulary.empty() ? nko::Vocabulary::nko_blank_last() : nko::Vocabulary::load(flags.vocabulary);
  std::vector<correction::TextPair> pairs;
  for (const correction::Row& row : correction::read_rows(flags.rows)) {
    if (!row.reference) {
      throw Error(ErrorCategory::bad_data, row.where + ": reference", "the text that was said", "none");
    }
    pairs.push_back({row.hypothesis, *row.reference, row.where});
  }
  correction::MineResult result = correction::mine(pairs, vocabulary, flags.options);
  base::write_text(flags.output, result.maps.to_json().dump(1) + "\n");
  print_out("{} texts, {} symbols, {} edits would mend them; {} confusions propose {} of these\n", pairs.size(),
            result.symbols, result.edits, result.maps.confusions.size(), result.kept);
  auto& confusions = result.maps.confusions;
  std::ranges::stable_sort(confusions, [](const auto& a, const auto& b) { return a.count > b.count; });
  for (std::size_t i = 0; i < std::min(kShown, confusions.size()); ++i) {
    const correction::Confusion& c = confusions[i];
    print_out("{} {:>14} -> {:<14} {:>7} of {}\n", to_string(c.kind), code_points(c.from), code_points(c.to), c.count,
              c.of);
  }
}

}  // namespace

void add_rank_mine(const App& rank) {
  App command = rank.add_subcommand("mine", "Count which symbols are confused, from rows with references");
  auto flags = std::make_shared<RankMineFlags>();
  command->add_option("rows", flags->rows, "File of JSON lines with id, hypothesis and reference")->required();
  command->add_option("-o,--output", flags->output, "File for the confusion maps (JSON)")->required();
  command->add_option("--vocabulary", flags->vocabulary,
                      "Vocabulary (vocab.json); default: the 66 classes of the N'Ko heads");
  command->add_option("--min-support", flags->options.min_support, "Drop confusions that were seen less often")
      ->capture_default_str();
  command
      ->add_option("--min-context-support", flags->options.min_context_support,
                   "Drop contexts of confusions that were seen less often")
      ->capture_default_str();
  command->footer("Example: seben rank mine rows/rows.jsonl -o confusions.json");
  command->callback([flags] { mine(*flags); });
}

}  // namespace seben::cli
