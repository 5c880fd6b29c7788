// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/sha256.h"
#include "bundle/ranker.h"
#include "bundle/replace_manifest.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "cli/rank.h"
#include "engine/load_corrector.h"
#include "evaluate/fit_report.h"
#include "fit/fit.h"

namespace seben::cli {
namespace {

struct RankFitFlags {
  std::string rows, bundle, model, output, report, language_model;
  correction::FitOptions options;
  bool install = false;
};

void fit(const RankFitFlags& flags) {
  if (flags.output.empty() && !flags.install) {
    throw Error(ErrorCategory::usage, "rank fit", "--output FILE or --install", "neither: the model would be lost");
  }
  require_output("--output", flags.output);
  require_output("--report", flags.report);
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("rank fit");
  if (flags.install) bundle::require_replaceable(flags.bundle);
  correction::FitInput input{correction::read_rows(flags.rows), bundle.vocabulary(), bundle::head_identity(bundle),
                             pipeline::load_language_model(flags.language_model), ""};
  if (input.model) input.model_digest = base::sha256_file(flags.language_model);
  ProgressLine line("fitting");
  auto result = correction::fit(input, flags.options, [&](std::size_t done, std::size_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  });
  line.clear();
  result.ranker.fit = pipeline::fit_summary(result.report, flags.options).dump();
  write_lines(pipeline::fit_table(result.report));
  if (!flags.output.empty()) base::write_text(flags.output, result.ranker.to_text());
  if (!flags.report.empty())
    base::write_text(flags.report, pipeline::fit_page(result, std::filesystem::path(flags.rows).filename().string()));
  if (flags.install) bundle::store_ranker(flags.bundle, result.ranker, flags.language_model);
}

}  // namespace

void add_rank_fit(const App& rank) {
  App command = rank.add_subcommand("fit", "Learn a ranker from rows whose references are known");
  auto flags = std::make_shared<RankFitFlags>();
  correction::FitOptions& o = flags->options;
  command->add_option("rows", flags->rows, "File of JSON lines, as seben rank rows writes them")->required();
  add_model_choice(*command, flags->bundle, flags->model, "Folder of the model whose head read them");
  command->add_option("-o,--output", flags->output, "File for the ranker, ranker.json");
  command->add_flag("--install", flags->install, "Put the ranker into the bundle");
  command->add_option("--report", flags->report, "Write a page with plots (HTML)");
  command->add_option("--lm", flags->language_model,
                      "Language model (ARPA) whose gain is a feature; it is needed again to correct");
  command->add_option("--l2", o.logistic.l2, "How large weights are penalised")->capture_default_str()->not_negative();
  command->add_option("--min-support", o.mine.min_support, "Drop confusions that were seen less often")
      ->capture_default_str();
  command->add_option("--max-candidates", o.limits.max_candidates, "How many edits are proposed for a text")
      ->capture_default_str()
      ->within(1, 10'000);
  command->add_option("--max-edits", o.limits.max_edits, "How many edits a text gets at most")
      ->capture_default_str()
      ->within(1, 1000);
  command->add_option("--max-symbols", o.limits.max_symbols, "Correct texts of more symbols in pieces")
      ->capture_default_str()
      ->within(1, 100'000);
  command
      ->add_option("--conservative-worse", o.calibration.conservative_worse,
                   "Largest share of utterances that the conservative mode may worsen, with its 95 % bound")
      ->capture_default_str()
      ->within(0.0, 1.0);
  command->add_option("--preservation-worse", o.calibration.preservation_worse, "The same of the preservation mode")
      ->capture_default_str()
      ->within(0.0, 1.0);
  command->footer("Example: seben rank fit rows/rows.jsonl --bundle bundles/demo-nko --report fit.html --install");
  command->callback([flags] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    fit(*flags);
  });
}

}  // namespace seben::cli
