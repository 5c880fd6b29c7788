// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/failures.h"
#include "cli/printable.h"
#include "cli/progress_line.h"
#include "cli/rank.h"
#include "evaluate/utterances.h"
#include "kernels/threads.h"

namespace seben::cli {
namespace {

struct Flags {
  std::string manifest, bundle, output, precision = "auto";
  int threads = 0;
};

void write_rows(const Flags& flags) {
  const auto rows = pipeline::read_eval_manifest(flags.manifest);
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("rank rows");
  pipeline::UtteranceReader reader(bundle, flags.precision, flags.threads > 0 ? flags.threads : kernels::omp_threads());
  ProgressLine line("reading");
  const auto failures = pipeline::write_rows(reader, rows, flags.output, [&](std::size_t done) {
    line.update(static_cast<double>(done), static_cast<double>(rows.size()));
  });
  line.clear();
  for (const std::string& failure : failures) fmt::print(stderr, "seben: {}\n", printable(failure));
  fmt::print("{} rows in {}/rows.jsonl ({})\n", rows.size() - failures.size(), flags.output, reader.precision());
  if (!failures.empty()) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

}  // namespace

void add_rank_rows(CLI::App& rank) {
  CLI::App* command =
      rank.add_subcommand("rows", "Read recordings with known texts once and keep the log-probabilities");
  auto flags = std::make_shared<Flags>();
  command->add_option("manifest", flags->manifest, "Lines of: recording, tab, text[, tab, condition]")->required();
  command->add_option("-b,--bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("-o,--output", flags->output, "Folder for rows.jsonl and its arrays")->required();
  command->add_option("-p,--precision", flags->precision, "auto, f32, bf16 or int8");
  command->add_option("-t,--threads", flags->threads, "Threads of one window; 0: one a processor");
  command->footer("Example: seben rank rows --bundle bundles/demo-nko reserve.tsv -o rows");
  command->callback([flags] { write_rows(*flags); });
}

}  // namespace seben::cli
