// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/counted.h"
#include "base/new_folder.h"
#include "cli/failures.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/rank.h"
#include "evaluate/utterances.h"
#include "kernels/threads.h"

namespace seben::cli {
namespace {

struct RankRowsFlags {
  std::string manifest, bundle, model, output, precision = "auto";
  int threads = 0;
};

void write_rows(const RankRowsFlags& flags) {
  const auto rows = pipeline::read_eval_manifest(flags.manifest);
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("rank rows");
  const base::NewFolder folder(flags.output);  // before the model is read: that it is taken shows at once
  pipeline::UtteranceReader reader(bundle, flags.precision, kernels::thread_count(flags.threads));
  ProgressLine line("reading");
  const auto failures = pipeline::write_rows(reader, rows, folder, [&](std::size_t done) {
    line.update(static_cast<double>(done), static_cast<double>(rows.size()));
  });
  folder.commit();
  line.clear();
  for (const std::string& failure : failures) print_err("seben: {}", failure);
  print_out("{} in {}/rows.jsonl ({})\n", base::counted(rows.size() - failures.size(), "row"), flags.output,
            reader.precision());
  if (!failures.empty()) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

}  // namespace

void add_rank_rows(const App& rank) {
  App command = rank.add_subcommand("rows", "Read recordings with known texts once and keep the log-probabilities");
  auto flags = std::make_shared<RankRowsFlags>();
  command->add_option("manifest", flags->manifest, "File with lines of: recording, tab, text[, tab, condition]")
      ->required();
  add_model_choice(*command, flags->bundle, flags->model);
  command->add_option("-o,--output", flags->output, "New folder that gets rows.jsonl and its arrays")->required();
  command->add_option("-p,--precision", flags->precision,
                      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command->add_option("-t,--threads", flags->threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  command->footer("Example: seben rank rows --bundle bundles/demo-nko bundles/demo-nko/samples/manifest.tsv -o rows");
  command->callback([flags] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    write_rows(*flags);
  });
}

}  // namespace seben::cli
