// SPDX-License-Identifier: Apache-2.0
#include "import/quantize.h"

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/idle_options.h"
#include "cli/output.h"
#include "cli/output_place.h"
#include "cli/progress_line.h"
#include "compress/calibrate.h"
#include "evaluate/agp_fit.h"
#include "evaluate/speech.h"
#include "evaluate/weight_plan.h"
#include "import/writer.h"
#include "kernels/threads.h"
#include "quant/spec.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct QuantizeFlags {
  std::string bundle, out, weights, head, decoder, budget, calibration, precision = "f32";
  std::string language;
  std::vector<std::string> parts, keep, calibrate;
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

int threads_of(const QuantizeFlags& flags) { return kernels::thread_count(flags.threads); }

void fit(const QuantizeFlags& flags) {
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

void report(const bundle::Bundle& source, const bundle::WeightPlan& plan, const bundle::Bundle& result,
            const QuantizeFlags& flags) {
  std::string codec = result.weight_codec();
  if (!result.has_head() && !result.decoders().empty()) codec = result.weight_codec(result.decoder());
  print_out("{}: {:.1f} MB of weights in {}; ", flags.out,
            static_cast<double>(bundle::planned_bytes(source, plan)) / 1e6, codec.empty() ? "no codes" : codec);
  print_out(
      "no gate has admitted it yet (seben verify precision {} --against {} --precision f32|bf16|int8 --manifest M)\n",
      flags.out, flags.bundle);
  if (source.decoders().empty()) return;
  const std::size_t count = source.decoders().size();
  print_out("{} text decoder{} {}\n", count, count == 1 ? "" : "s",
            !plan.decoders                          ? "copied, not coded"
            : result.decoder().weight_codec.empty() ? "not coded"
                                                    : "in " + result.decoder().weight_codec);
}

bundle::WeightPlan measured_plan(const bundle::Bundle& source, const QuantizeFlags& flags) {
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
  for (const pipeline::LayerSensitivity& l : measured.layers) {
    print_out("layer {:>2}  feature mse at w4 {:.3e}  {}\n", l.layer, l.feature_mse,
              quant::weight_codec_name(measured.plan.layers.at(l.layer)));
  }
  print_out("predicted feature mse {:.3e}\n", measured.predicted_mse);
  return measured.plan;
}

bundle::WeightPlan uniform_plan(const bundle::Bundle& source, const QuantizeFlags& flags) {
  const quant::CodecSpec encoder = quant::parse_weight_codec(flags.weights, "--weights");
  const quant::CodecSpec head = flags.head.empty() ? encoder : quant::parse_weight_codec(flags.head, "--head");
  bundle::WeightPlan plan = bundle::WeightPlan::uniform(source, encoder, head);
  if (!source.decoders().empty() && flags.decoder.empty()) plan.code_decoders(encoder);
  plan.how = R"({"weights": "the same for all layers"})";
  return plan;
}

// --keep PART and --part PART=CODEC, in the order of the groups: what is kept is kept.
std::vector<bundle::PartCodec> parts_of(const QuantizeFlags& flags) {
  std::vector<bundle::PartCodec> parts;
  for (const std::string& text : flags.parts) {
    const std::size_t at = text.find('=');
    if (at == std::string::npos || at == 0) {
      throw Error(ErrorCategory::usage, "--part", "PART=CODEC, such as decoder.embed_tokens=w4:g32", text);
    }
    parts.push_back({text.substr(0, at), quant::parse_weight_codec(text.substr(at + 1), "--part " + text)});
  }
  for (const std::string& part : flags.keep) parts.push_back({part, bundle::WeightPlan::kAsItIs});
  return parts;
}

// Codes by what the weights are multiplied with; says so in the plan.
compress::CalibratedCodes calibrated_codes(const bundle::Bundle& source, bundle::WeightPlan& plan,
                                           const QuantizeFlags& flags) {
  if (!plan.decoders && !flags.language.empty()) {
    throw Error(ErrorCategory::usage, "--language", "text decoders that are coded", "none");
  }
  const std::vector<std::string> recordings = pipeline::find_recordings(flags.calibrate);
  { const bundle::BundleWriter place(flags.out); }  // refused before the work, if it is
  ProgressLine line("calibrating");
  compress::CalibrationOptions options;
  options.language = flags.language;
  options.threads = threads_of(flags);
  std::string shown = "calibrating";
  options.progress = [&](const char* what, std::size_t done, std::size_t total) {
    if (shown != what) line.clear();
    shown = what;
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  compress::CalibratedCodes codes = compress::calibrate_codes(source, plan, recordings, options);
  line.clear();
  const compress::CalibrationFigures& f = codes.figures;
  const auto share = [](const compress::ChoiceError& e) { return e.nearest > 0.0 ? e.chosen / e.nearest : 1.0; };
  print_out(
      "calibrated on {} windows, {} frames and {} tokens: error of the products, of nearest codes, {:.3f} in the "
      "encoder",
      f.windows, f.frames, f.tokens, share(f.encoder));
  print_out("{}\n", plan.decoders ? fmt::format(", {:.3f} in text decoders", share(f.decoders)) : "");
  nlohmann::json how = nlohmann::json::parse(plan.how);
  how["calibration"] = {{"method", "GPTQ, scales searched"},
                        {"recordings", recordings.size()},
                        {"windows", f.windows},
                        {"frames", f.frames},
                        {"tokens", f.tokens},
                        {"encoder_error_of_nearest", share(f.encoder)},
                        {"decoder_error_of_nearest", share(f.decoders)}};
  plan.how = how.dump();
  return codes;
}

void plan_and_write(const QuantizeFlags& flags) {
  const auto source = bundle::Bundle::open(flags.bundle);
  bundle::WeightPlan plan = flags.budget.empty() ? uniform_plan(source, flags) : measured_plan(source, flags);
  if (!flags.decoder.empty()) {
    (void)source.decoder();  // refuses a bundle without any
    plan.code_decoders(quant::parse_weight_codec(flags.decoder, "--decoder-weights"));
  }
  plan.parts = parts_of(flags);
  (void)bundle::planned_bytes(source, plan);  // refuses parts that there are not
  compress::CalibratedCodes codes;
  if (!flags.calibrate.empty()) codes = calibrated_codes(source, plan, flags);
  ProgressLine line("coding");
  const bundle::Progress progress = [&](std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
  bundle::quantize_bundle(source, plan, flags.out, progress, codes.coder());
  line.clear();
  report(source, plan, bundle::Bundle::open(flags.out), flags);
}

void quantize(const App& command, const QuantizeFlags& flags) {
  const int ways = (flags.weights.empty() ? 0 : 1) + (flags.budget.empty() ? 0 : 1) + (flags.agp != 0.0 ? 1 : 0);
  if (ways != 1)
    throw Error(ErrorCategory::usage, "quantize", "one of --weights, --budget and --agp", std::to_string(ways));
  const std::string by = !flags.weights.empty() ? "--weights" : !flags.budget.empty() ? "--budget" : "--agp";
  if (by != "--budget") refuse_idle(command, {"--group", "--clips", "--precision"}, "--budget", by);
  if (by == "--weights") refuse_idle(command, {"--calibration"}, "--budget or --agp", by);
  if (by == "--agp") {
    refuse_idle(command, {"--head", "--decoder-weights", "--part", "--keep", "--calibrate"}, "--weights or --budget",
                by);
  }
  if (flags.calibrate.empty()) refuse_idle(command, {"--language"}, "--calibrate", "none");
  flags.agp != 0.0 ? fit(flags) : plan_and_write(flags);
}

}  // namespace

void add_quantize(const App& app) {
  App command = app.add_subcommand("quantize", "A bundle's copy with coded weights, or bit budgets for its features");
  auto flags = std::make_shared<QuantizeFlags>();
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("-o,--out", flags->out, "Folder of the new bundle, or file of the policy")->required();
  command->add_option("--weights", flags->weights,
                      "Code all matrices by this codec, text decoders' too: w8, w4:g32, w4:g64:asym, …");
  command->add_option("--budget", flags->budget,
                      "Code encoder and head down to this size, such as 400MB, each layer by its measured sensitivity");
  command
      ->add_option("--group", flags->group,
                   "How many weights share a scale under --budget: 16, 32 (default), 64 or 128")
      ->one_of({16, 32, 64, 128});
  command->add_option("--head", flags->head,
                      "Code the head by another codec; f32 leaves it; default: --weights, or w8 under a budget");
  command->add_option(
      "--decoder-weights", flags->decoder,
      "Code text decoders by another codec; f32 leaves them; default: --weights, or f32 under a budget");
  command->add_option(
      "--part", flags->parts,
      "PART=CODEC for the matrices whose names begin so: encoder.layers.0=w8, decoder.layers.*.fc2=w6; may "
      "be given several times");
  command->add_option("--keep", flags->keep, "Leave a part as it is, as --part PART=f32; may be given several times");
  command->add_option("--calibrate", flags->calibrate,
                      "Recording, or folder of recordings, by which codes are chosen so that products change least, "
                      "instead of the nearest; speech like what the model will hear, not the test set; may be given "
                      "several times");
  command->add_option("--language", flags->language,
                      "Language of --calibrate, for text decoders; default: detected in each window");
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
