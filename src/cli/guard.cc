// SPDX-License-Identifier: Apache-2.0
#include "bundle/guard.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "bundle/ranker.h"
#include "bundle/replace_manifest.h"
#include "cli/commands.h"
#include "cli/failures.h"
#include "cli/group_examples.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "evaluate/guard_sets.h"
#include "fit/guard_fit.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct GuardFlags {
  std::vector<std::string> known, other;
  std::string bundle, model, output, precision = "auto";
  correction::GuardFitOptions fit;
  bool install = false;
  int threads = 0;
};

struct Heard {
  pipeline::HeardSets sets;
  double frames_per_second = 1.0;
};

Heard hear(const bundle::Bundle& bundle, const GuardFlags& flags) {
  std::vector<pipeline::GuardPlace> places;
  std::size_t total = 0;
  for (const std::string& path : flags.known) places.push_back(pipeline::guard_place(path, true));
  for (const std::string& path : flags.other) places.push_back(pipeline::guard_place(path, false));
  for (const pipeline::GuardPlace& place : places) total += place.recordings.size();
  pipeline::GuardListener listener(bundle, flags.precision, kernels::thread_count(flags.threads));
  ProgressLine line("listening");
  Heard out{pipeline::hear_sets(
                listener, places,
                [&](std::size_t done) { line.update(static_cast<double>(done), static_cast<double>(total)); }),
            listener.frames_per_second()};
  line.clear();
  for (const std::string& failure : out.sets.failures) print_err("seben: {}", failure);
  return out;
}

void end(const pipeline::HeardSets& sets) {
  if (!sets.failures.empty()) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

void fit(const GuardFlags& flags) {
  if (flags.output.empty() && !flags.install) {
    throw Error(ErrorCategory::usage, "guard fit", "--output FILE or --install", "neither: the guard would be lost");
  }
  require_output("--output", flags.output);
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("guard fit");
  if (flags.install) bundle::require_replaceable(flags.bundle);
  Heard heard = hear(bundle, flags);
  const correction::GuardFitInput input{std::move(heard.sets.sets), bundle::head_identity(bundle),
                                        heard.frames_per_second};
  const correction::GuardFit result = correction::fit_guard(input, flags.fit);
  write_lines(pipeline::guard_table(result.test));
  print_out("limit {:.4f}; a known stretch scores above another in {:.2f} % of pairs\n", result.guard.limit,
            100.0 * result.area);
  if (!flags.output.empty()) base::write_text(flags.output, result.guard.to_text());
  if (flags.install) bundle::store_guard(flags.bundle, result.guard);
  end(heard.sets);
}

void check(const GuardFlags& flags) {
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("guard check");
  const auto guard = bundle::load_guard(bundle);
  if (!guard) {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": language guard", "one in the bundle",
                "none (seben guard fit makes one)");
  }
  const Heard heard = hear(bundle, flags);
  std::vector<correction::GuardSetResult> results;
  for (const correction::GuardSet& set : heard.sets.sets) {
    results.push_back(correction::judge(*guard, set, heard.frames_per_second));
  }
  write_lines(pipeline::guard_table(results));
  end(heard.sets);
}

void add_sets(const App& command, GuardFlags& flags) {
  command
      .add_option("--known", flags.known,
                  "Recording, folder of recordings or manifest (.tsv) of the head's language; may be repeated")
      ->required();
  command
      .add_option("--other", flags.other,
                  "The same of anything else, such as other languages, music and noise; may be repeated")
      ->required();
  add_model_choice(command, flags.bundle, flags.model);
  command.add_option("-p,--precision", flags.precision,
                     "Arithmetic: auto (the fastest that a gate admitted; default), f32, bf16 or int8");
  command.add_option("-t,--threads", flags.threads,
                     "How many threads work on a window; 0 (default): one for each processor");
}

void add_guard_fit(const App& guard) {
  App command = guard.add_subcommand("fit", "Learn from recordings what the head's own language sounds like to it");
  auto flags = std::make_shared<GuardFlags>();
  add_sets(command, *flags);
  command->add_option("-o,--output", flags->output, "File for the guard, guard.json");
  command->add_flag("--install", flags->install, "Put the guard into the bundle");
  command
      ->add_option("--most-refused", flags->fit.most_refused,
                   "Share of the stretches of the head's own language that may be refused; default 0.02")
      ->within(0.0, 0.5);
  command->add_option("--l2", flags->fit.logistic.l2, "How large weights are penalised")
      ->capture_default_str()
      ->not_negative();
  command->footer(
      "Example: seben guard fit --bundle bundles/my-nko --known speech.tsv --other french.tsv --other noise/ "
      "--install");
  command->callback([flags] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    fit(*flags);
  });
}

void add_guard_check(const App& guard) {
  App command =
      guard.add_subcommand("check", "Say what a bundle's guard refuses, and how many words a minute are left");
  auto flags = std::make_shared<GuardFlags>();
  add_sets(command, *flags);
  command->footer("Example: seben guard check --bundle bundles/my-nko --known speech.tsv --other music/");
  command->callback([flags] {
    flags->bundle = choose_model(flags->bundle, flags->model);
    check(*flags);
  });
}

}  // namespace

void add_guard(const App& app) {
  App guard = app.add_subcommand("guard", "Tell the head's own language from others, music and noise");
  guard->require_subcommand(1);
  add_guard_fit(*guard);
  add_guard_check(*guard);
  show_examples(*guard);
}

}  // namespace seben::cli
