// SPDX-License-Identifier: Apache-2.0
#include "import/quantize.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/file.h"
#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/idle_options.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "evaluate/agp_fit.h"
#include "evaluate/weight_plan.h"
#include "import/writer.h"
#include "kernels/threads.h"
#include "quant/spec.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct Flags {
  std::string bundle, out, weights, head, budget, calibration, precision = "f32";
  double agp = 0.0;
  int group = 32, threads = 0;
  std::size_t clips = 2;
};

// "400MB", "1.5GB", "350000000"
std::uint64_t parse_size(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(end, text.data() + text.size());
  const double factor = unit.empty() || unit == "B" ? 1
                        : unit == "kB"              ? 1e3
                        : unit == "MB"              ? 1e6
                        : unit == "GB"              ? 1e9
                                                    : 0;
  if (error != std::errc() || factor == 0 || !(value > 0.0 && value * factor < 1e15)) {
    throw Error(ErrorCategory::usage, "--budget", "a size such as 400MB", text);
  }
  return static_cast<std::uint64_t>(value * factor);
}

int threads_of(const Flags& flags) { return kernels::thread_count(flags.threads); }

void fit(const Flags& flags) {
  if (flags.calibration.empty()) {
    throw Error(ErrorCategory::usage, "--agp", "--calibration, recordings to fit on", "none");
  }
  require_output("out", flags.out);
  const auto rows = pipeline::read_eval_manifest(flags.calibration);
  const auto bundle = bundle::Bundle::open(flags.bundle);
  bundle.require_head("a feature policy");
  pipeline::AgpFitOptions options;
  options.mean_bits = flags.agp;
  options.threads = flags.threads;
  ProgressLine line("fitting");
  const pipeline::AgpFit result = pipeline::fit_agp(bundle, rows, options, [&](std::size_t done, std::size_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  });
  line.clear();
  base::write_text(flags.out, quant::to_json(result.policy).dump(1) + "\n");
  print_out("{:<10} {:>7} {:<12}", "class", "share %", "codec");
  for (const std::string& name : result.candidates) print_out(" {:>11}", name);
  print_out("\n");
  for (std::size_t i = 0; i < quant::kFrameClasses; ++i) {
    print_out("{:<10} {:>7.2f} {:<12}", to_string(static_cast<quant::FrameClass>(i)), 100 * result.share[i],
              quant::to_string(result.policy.codecs[i]));
    for (const double harm : result.harm[i]) print_out(" {:>11.3e}", harm);
    print_out("\n");
  }
  print_out(
      "{}: {:.3f} bits a value expected, divergence {:.3e} nats a frame (columns: divergence when that class alone is "
      "coded)\n",
      flags.out, result.expected_bits, result.expected_harm);
}

void plan_and_write(const Flags& flags) {
  const auto source = bundle::Bundle::open(flags.bundle);
  bundle::WeightPlan plan;
  if (!flags.budget.empty()) {
    if (flags.calibration.empty()) {
      throw Error(ErrorCategory::usage, "--budget", "--calibration, recordings to measure layers on", "none");
    }
    pipeline::PlanOptions options;
    source.require_head("--budget, which is measured on its texts");
    options.budget = parse_size(flags.budget);
    options.group = flags.group;
    options.head = quant::parse_weight_codec(flags.head.empty() ? "w8" : flags.head, "--head");
    options.clips = flags.clips;
    options.threads = threads_of(flags);
    const auto precision = kernels::parse_precision(flags.precision);
    if (!precision) throw Error(ErrorCategory::usage, "--precision", "f32, bf16 or int8", flags.precision);
    options.precision = *precision;
    const auto rows = pipeline::read_eval_manifest(flags.calibration);
    { const bundle::BundleWriter place(flags.out); }  // refused before the work, if it is
    ProgressLine line("measuring layers");
    const auto measured = pipeline::plan_weights(source, rows, options, [&](std::size_t done, std::size_t total) {
      line.update(static_cast<double>(done), static_cast<double>(total));
    });
    line.clear();
    plan = measured.plan;
    for (const pipeline::LayerSensitivity& l : measured.layers) {
      print_out("layer {:>2}  feature mse at w4 {:.3e}  {}\n", l.layer, l.feature_mse,
                quant::weight_codec_name(plan.layers.at(l.layer)));
    }
    print_out("predicted feature mse {:.3e}\n", measured.predicted_mse);
  } else {
    const quant::CodecSpec encoder = quant::parse_weight_codec(flags.weights, "--weights");
    plan = bundle::WeightPlan::uniform(source, encoder,
                                       flags.head.empty() ? encoder : quant::parse_weight_codec(flags.head, "--head"));
    plan.how = R"({"weights": "the same for all layers"})";
  }
  const base::MustTidyUp until_named;
  ProgressLine line("coding");
  bundle::quantize_bundle(source, plan, flags.out, [&](std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  });
  line.clear();
  const auto result = bundle::Bundle::open(flags.out);
  print_out("{}: {:.1f} MB of weights in {}; ", flags.out,
            static_cast<double>(bundle::planned_bytes(source, plan)) / 1e6, result.weight_codec());
  print_out(
      "no gate has admitted it yet (seben verify precision {} --against {} --precision f32|bf16|int8 --manifest M)\n",
      flags.out, flags.bundle);
  if (!source.decoders().empty()) {
    print_out("{} text decoder{} copied, not coded\n", source.decoders().size(),
              source.decoders().size() == 1 ? "" : "s");
  }
}

void quantize(const App& command, const Flags& flags) {
  const int ways = (flags.weights.empty() ? 0 : 1) + (flags.budget.empty() ? 0 : 1) + (flags.agp != 0.0 ? 1 : 0);
  if (ways != 1)
    throw Error(ErrorCategory::usage, "quantize", "one of --weights, --budget and --agp", std::to_string(ways));
  const std::string by = !flags.weights.empty() ? "--weights" : !flags.budget.empty() ? "--budget" : "--agp";
  if (by != "--budget") refuse_idle(command, {"--group", "--clips", "--precision"}, "--budget", by);
  if (by == "--weights") refuse_idle(command, {"--calibration"}, "--budget or --agp", by);
  if (by == "--agp") refuse_idle(command, {"--head"}, "--weights or --budget", by);
  flags.agp != 0.0 ? fit(flags) : plan_and_write(flags);
}

}  // namespace

void add_quantize(const App& app) {
  App command = app.add_subcommand("quantize", "A bundle's copy with coded weights, or bit budgets for its features");
  auto flags = std::make_shared<Flags>();
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("-o,--out", flags->out, "Folder of the new bundle, or file of the policy")->required();
  command->add_option("--weights", flags->weights, "Code all matrices by this codec: w8, w4:g32, w4:g64:asym, …");
  command->add_option("--budget", flags->budget,
                      "Code encoder and head down to this size, such as 400MB, each layer by its measured sensitivity");
  command
      ->add_option("--group", flags->group,
                   "How many weights share a scale under --budget: 16, 32 (default), 64 or 128")
      ->one_of({16, 32, 64, 128});
  command->add_option("--head", flags->head,
                      "Code the head by another codec; f32 leaves it; default: --weights, or w8 under a budget");
  command->add_option("--agp", flags->agp,
                      "Fit an anticipation-geometry policy that spends so many bits a feature value on the mean");
  command->add_option("--calibration", flags->calibration,
                      "File of recordings with their texts, as for seben eval, to measure or fit on; not the test set");
  command->add_option("--clips", flags->clips, "How many recordings --budget measures on; default 2")->within(1, 100);
  command->add_option("-p,--precision", flags->precision,
                      "Arithmetic in which --budget measures: f32 (default), bf16 or int8");
  command->add_option("-t,--threads", flags->threads, "How many threads work; 0 (default): one for each processor");
  command->footer("Example: seben quantize bundles/demo-nko --weights w4:g32 --out demo-w4");
  command->callback([flags, command] { quantize(*command, *flags); });
}

}  // namespace seben::cli
