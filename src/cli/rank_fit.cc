// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/sha256.h"
#include "bundle/ranker.h"
#include "cli/progress_line.h"
#include "cli/rank.h"
#include "engine/load_corrector.h"
#include "evaluate/fit_report.h"
#include "fit/fit.h"

namespace seben::cli {
namespace {

struct Flags {
  std::string rows, bundle, output, report, language_model;
  correction::FitOptions options;
  bool install = false;
};

void fit(const Flags& flags) {
  if (flags.output.empty() && !flags.install) {
    throw Error(ErrorCategory::usage, "rank fit", "--output FILE or --install", "neither: the model would be lost");
  }
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("rank fit");
  correction::FitInput input{correction::read_rows(flags.rows), bundle.vocabulary(), bundle::head_identity(bundle),
                             pipeline::load_language_model(flags.language_model), ""};
  if (input.model) input.model_digest = base::sha256_file(flags.language_model);
  ProgressLine line("fitting");
  auto result = correction::fit(input, flags.options, [&](std::size_t done, std::size_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  });
  line.clear();
  result.ranker.fit = pipeline::fit_summary(result.report, flags.options).dump();
  fmt::print("{}", pipeline::fit_table(result.report));
  if (!flags.output.empty()) base::write_text(flags.output, result.ranker.to_text());
  if (!flags.report.empty())
    base::write_text(flags.report, pipeline::fit_page(result, std::filesystem::path(flags.rows).filename().string()));
  if (flags.install) bundle::store_ranker(flags.bundle, result.ranker, flags.language_model);
}

}  // namespace

void add_rank_fit(CLI::App& rank) {
  CLI::App* command = rank.add_subcommand("fit", "Learn a ranker from rows whose references are known");
  auto flags = std::make_shared<Flags>();
  correction::FitOptions& o = flags->options;
  command->add_option("rows", flags->rows, "JSON lines, as seben rank rows writes them")->required();
  command->add_option("-b,--bundle", flags->bundle, "Folder of the model that read them")->required();
  command->add_option("-o,--output", flags->output, "The model, ranker.json");
  command->add_flag("--install", flags->install, "Put the model into the bundle");
  command->add_option("--report", flags->report, "HTML page with plots");
  command->add_option("--lm", flags->language_model, "ARPA file whose gain is a feature; needed again to correct");
  command->add_option("--l2", o.logistic.l2, "Penalty of the weights")->check(CLI::NonNegativeNumber);
  command->add_option("--min-support", o.mine.min_support, "Confusions seen less often are dropped");
  command->add_option("--max-candidates", o.limits.max_candidates, "Edits proposed for a text")
      ->check(CLI::Range(1, 10'000));
  command->add_option("--max-edits", o.limits.max_edits, "Edits applied to a text")->check(CLI::Range(1, 1000));
  command->add_option("--max-symbols", o.limits.max_symbols, "Longer texts are corrected in pieces")
      ->check(CLI::Range(1, 100'000));
  command
      ->add_option("--conservative-worse", o.calibration.conservative_worse,
                   "Largest share of worsened utterances, with its 95 % bound")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--preservation-worse", o.calibration.preservation_worse, "The same of the preservation mode")
      ->check(CLI::Range(0.0, 1.0));
  command->footer("Example: seben rank fit rows/rows.jsonl --bundle bundles/demo-nko --report fit.html --install");
  command->callback([flags] { fit(*flags); });
}

}  // namespace seben::cli
