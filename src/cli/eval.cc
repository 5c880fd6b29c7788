// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/ctc_flags.h"
#include "cli/failures.h"
#include "cli/idle_options.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "evaluate/codec_eval.h"
#include "evaluate/comparison.h"
#include "evaluate/eval_report.h"
#include "evaluate/evaluation.h"

namespace seben::cli {
namespace {

struct EvalFlags {
  std::string bundle, model, manifest, report, against, correct = "modes";
  std::vector<std::string> codecs;
  std::string codec_mode = "balanced";
  pipeline::EvalOptions options;
  bool json = false;
};

void evaluate_codecs(const EvalFlags& flags, const std::vector<pipeline::EvalRow>& rows) {
  pipeline::CodecOptions options;
  options.codecs = flags.codecs;
  options.precision = flags.options.precision;
  options.threads = flags.options.threads;
  options.mode = flags.correct == "off" ? "off" : flags.codec_mode;
  options.correction = flags.options.correction;
  ProgressLine line("evaluating");
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("eval");
  const auto result = pipeline::evaluate_codecs(bundle, options, rows, [&](std::size_t done) {
    line.update(static_cast<double>(done), static_cast<double>(rows.size()));
  });
  line.clear();
  for (const std::string& failure : result.failures) print_err("seben: {}", failure);
  if (!flags.report.empty()) {
    base::write_text(flags.report,
                     pipeline::codec_page(result, std::filesystem::path(flags.manifest).filename().string()));
  }
  if (flags.json) {
    write_json(pipeline::to_json(result).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } else {
    write_lines(pipeline::codec_table(result));
  }
  if (!result.failures.empty()) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

void refuse_idle_options(const App& command, const EvalFlags& flags) {
  if (flags.codecs.empty()) refuse_idle(command, {"--codec-mode"}, "--codecs", "none");
  if (!flags.codecs.empty()) {
    refuse_idle_group(command, kCtcGroup, "an evaluation without --codecs", "--codecs");
    refuse_idle(command, {"--against"}, "an evaluation without --codecs", "--codecs");
  }
  refuse_idle_ctc(command, flags.options.ctc);
  if (!flags.options.ctc.words.empty()) {
    refuse_idle(command, {"--ranker", "--ranker-lm", "--codec-mode"}, "a text that the head writes", "--words");
    if (flags.correct != "off") refuse_idle(command, {"--correct"}, "a text that the head writes", "--words");
    return;
  }
  if (flags.correct != "off") return;
  refuse_idle(command, {"--ranker", "--ranker-lm", "--codec-mode"}, "correction", "--correct off");
}

pipeline::Evaluation evaluate_bundle(const std::string& folder, const EvalFlags& flags,
                                     const std::vector<pipeline::EvalRow>& rows) {
  ProgressLine line("evaluating");
  const auto bundle = bundle::Bundle::open(folder);
  bundle.require_head("eval");
  pipeline::Evaluation out = pipeline::evaluate(bundle, flags.options, rows, [&](std::size_t done) {
    line.update(static_cast<double>(done), static_cast<double>(rows.size()));
  });
  line.clear();
  return out;
}

void evaluate(const App& command, EvalFlags flags) {
  require_output("--report", flags.report);
  const auto rows = pipeline::read_eval_manifest(flags.manifest);  // before the weights: its mistakes show at once
  if (!flags.codecs.empty()) {
    if (flags.options.ctc.search != "greedy") {
      throw Error(ErrorCategory::usage, "--codecs", "greedy decoding", flags.options.ctc.search);
    }
    refuse_idle_options(command, flags);
    return evaluate_codecs(flags, rows);
  }
  refuse_idle_options(command, flags);
  flags.options.correct = flags.correct != "off";
  std::optional<pipeline::Evaluation> other;
  if (!flags.against.empty()) other = evaluate_bundle(flags.against, flags, rows);
  const pipeline::Evaluation result = evaluate_bundle(flags.bundle, flags, rows);
  std::optional<pipeline::Comparison> comparison;
  if (other) {
    for (const std::string& failure : other->failures) print_err("seben: {}: {}", other->bundle, failure);
    comparison = pipeline::compare(*other, result);
  }
  for (const std::string& failure : result.failures) print_err("seben: {}", failure);
  if (!flags.report.empty())
    base::write_text(flags.report,
                     pipeline::eval_page(result, std::filesystem::path(flags.manifest).filename().string()));
  if (flags.json) {
    nlohmann::json json = pipeline::to_json(result);
    if (comparison) json["against"] = pipeline::to_json(*comparison);
    write_json(json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
  } else {
    write_lines(pipeline::eval_table(result));
    if (comparison) write_lines(pipeline::comparison_table(*comparison));
  }
  if (!result.failures.empty()) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

}  // namespace

void add_eval(const App& app) {
  App command = app.add_subcommand("eval", "Error rates of a bundle over recordings with known texts");
  auto flags = std::make_shared<EvalFlags>();
  command
      ->add_option("manifest", flags->manifest,
                   "File with lines of: recording, tab, text[, tab, condition]; its paths are relative to it")
      ->required();
  add_model_choice(*command, flags->bundle, flags->model);
  command->add_option("-p,--precision", flags->options.precision,
                      "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command->add_option("-t,--threads", flags->options.threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  add_ctc_flags(*command, flags->options.ctc);
  command
      ->add_option("--correct", flags->correct,
                   "What is measured beside the bare text: modes (every mode of the ranker; default), or off (nothing)")
      ->one_of({"modes", "off"});
  command
      ->add_option(
          "--codecs", flags->codecs,
          "Measure what feature codecs cost instead: affine8:g32,affine4:g32,turbo4,fp16,agp:FILE,energy:FILE, …")
      ->delimiter(',');
  command->add_option("--codec-mode", flags->codec_mode, "Correction mode that --codecs measures; default balanced")
      ->one_of({"aggressive", "balanced", "conservative", "preservation"});
  command->add_option("--ranker", flags->options.correction.ranker,
                      "Correct by this ranker.json instead of the bundle's");
  command->add_option("--ranker-lm", flags->options.correction.language_model,
                      "Language model (ARPA) that the ranker was fitted with");
  command->add_option("--against", flags->against,
                      "Folder of another model to compare with, over the same recordings: changes with intervals");
  command->add_option("--report", flags->report, "Write a page with plots (HTML)");
  command->add_flag("--json", flags->json, "Print JSON, with every utterance, instead of a table");
  command->footer(
      "Example: seben eval --bundle bundles/demo-nko bundles/demo-nko/samples/manifest.tsv --report evaluation.html");
  command->callback([flags, command] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    evaluate(*command, *flags);
  });
}

}  // namespace seben::cli
