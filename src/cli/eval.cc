// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/progress_line.h"
#include "pipeline/evaluation.h"

namespace seben::cli {
namespace {

struct Flags {
  std::string bundle, manifest, precision = "auto";
  int threads = 0;
  bool json = false;
};

void evaluate(const Flags& flags) {
  const auto rows = pipeline::read_eval_manifest(flags.manifest);  // before the weights: its mistakes show at once
  ProgressLine line("evaluating");
  TranscriberOptions options;
  options.precision = flags.precision;
  options.threads = flags.threads;
  const Transcriber transcriber(Bundle::open(flags.bundle), options);
  const pipeline::Evaluation result = pipeline::evaluate(transcriber, rows, [&](std::size_t done) {
    line.update(static_cast<double>(done), static_cast<double>(rows.size()));
  });
  line.clear();
  for (const std::string& failure : result.failures) fmt::print(stderr, "seben: {}\n", failure);
  if (flags.json) {
    std::cout << pipeline::to_json(result).dump(1) << "\n";
  } else {
    fmt::print("{:<16} {:>6} {:>8} {:>17} {:>8} {:>17}\n", "condition", "utts", "CER %", "95 % interval", "WER %",
               "95 % interval");
    for (const auto& c : result.conditions) {
      fmt::print("{:<16} {:>6} {:>8.2f} {:>17} {:>8.2f} {:>17}\n", c.name, c.cer.utterances, 100 * c.cer.rate,
                 fmt::format("{:.2f} .. {:.2f}", 100 * c.cer.low, 100 * c.cer.high), 100 * c.wer.rate,
                 fmt::format("{:.2f} .. {:.2f}", 100 * c.wer.low, 100 * c.wer.high));
    }
  }
  if (!result.failures.empty()) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

}  // namespace

void add_eval(CLI::App& app) {
  CLI::App* command = app.add_subcommand("eval", "Error rates of a bundle over recordings with known texts");
  auto flags = std::make_shared<Flags>();
  command
      ->add_option("manifest", flags->manifest,
                   "Lines of: recording, tab, text[, tab, condition]; paths relative to it")
      ->required();
  command->add_option("-b,--bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("-p,--precision", flags->precision, "auto, f32, bf16 or int8");
  command->add_option("-t,--threads", flags->threads, "Threads of one window; 0: one a processor");
  command->add_flag("--json", flags->json, "For machines, with every utterance");
  command->footer("Example: seben eval --bundle bundles/demo-nko test.tsv");
  command->callback([flags] { evaluate(*flags); });
}

}  // namespace seben::cli
