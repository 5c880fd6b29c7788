// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "bundle/replace_manifest.h"
#include "cli/commands.h"
#include "cli/group_examples.h"
#include "cli/measure_bundle.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/suggest.h"
#include "cli/verify_packages.h"
#include "evaluate/text_verification.h"
#include "evaluate/verification.h"
#include "formats/weight_file.h"
#include "kernels/threads.h"
#include "parity/stage_parity.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct VerifyFlags {
  std::optional<std::string> text_decoder;
  std::string language;
  std::string bundle, other, manifest, precision, gates;
  std::vector<std::string> recordings;
  int threads = 0;
  bool dry_run = false;
  double max_stage_mse = 1e-11;
  double max_encoder_mse = 1e-9;
  bundle::SkewBounds bounds;
  std::optional<double> feature_error, logit_error, cer_change;
  std::optional<std::int64_t> min_recordings, min_characters;
  std::optional<double> max_reference_cer;
};

int threads_of(const VerifyFlags& flags) { return kernels::thread_count(flags.threads); }

pipeline::RowProgress row_progress(ProgressLine& line) {
  return [&line](std::size_t done, std::size_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
}

void verify_bundle(const VerifyFlags& flags) {
  const bundle::Bundle bundle = bundle::Bundle::open(flags.bundle);
  ProgressLine line("digests");
  bundle::verify_digests(bundle, [&](std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  });
  line.clear();
  const std::size_t files = bundle.manifest().files.size();
  if (!bundle.has_head()) {
    print_out("{}: {} files have the listed digests\n", flags.bundle, files);
    return;
  }
  const std::string mismatch = pipeline::check_silence(bundle, threads_of(flags));
  if (!mismatch.empty()) {
    throw Error(ErrorCategory::bad_data, flags.bundle + ": vocabulary", "the declared blank on a silent window",
                mismatch);
  }
  print_out("{}: {} files have the listed digests; a silent window is blank\n", flags.bundle, files);
}

void lower(bundle::BasisLimits& limits, const VerifyFlags& flags) {
  if (flags.min_recordings) limits.recordings = *flags.min_recordings;
  if (flags.min_characters) limits.characters = *flags.min_characters;
  if (flags.max_reference_cer) limits.reference_cer = *flags.max_reference_cer;
  bundle::require_sound(limits, "what a gate rests on");
}

pipeline::PrecisionGates gates_of(const VerifyFlags& flags) {
  pipeline::PrecisionGates gates;
  if (!flags.gates.empty()) gates = pipeline::read_precision_gates(flags.gates);
  for (pipeline::PrecisionLimits* limits : {&gates.arithmetic, &gates.codec, &gates.weights}) {
    if (flags.feature_error) limits->feature_error = *flags.feature_error;
    if (flags.logit_error) limits->logit_error = *flags.logit_error;
    if (flags.cer_change) limits->cer_change = *flags.cer_change;
  }
  lower(gates.basis, flags);
  return gates;
}

// Counts without decimals.
std::string gate_line(const bundle::Gate& gate) {
  const bool count = gate.name == bundle::kRecordingsGate || gate.name == bundle::kCharactersGate;
  return fmt::format("{:<14} {:>12} {} {:<10} {}", gate.name, fmt::format("{:.{}f}", gate.value, count ? 0 : 6),
                     gate.at_most ? "<=" : ">=", gate.limit, gate.holds() ? "holds" : "FAILS");
}

void verify_precision(const VerifyFlags& flags) {
  const bundle::Bundle bundle = bundle::Bundle::open(flags.bundle);
  const bool text = flags.text_decoder || !bundle.has_head();
  if (!text && !flags.language.empty()) {
    throw Error(ErrorCategory::usage, "--language", "a text decoder to be measured (--text-decoder)", "the CTC head");
  }
  const pipeline::PrecisionGates gates = gates_of(flags);
  if (!flags.dry_run) bundle::require_replaceable(flags.bundle);
  const auto rows =
      pipeline::read_eval_manifest(flags.manifest, text ? pipeline::ReferenceText::any : pipeline::ReferenceText::nko);
  std::optional<bundle::Bundle> against;
  if (!flags.other.empty()) against = bundle::Bundle::open(flags.other);
  ProgressLine line("measuring");
  WhisperOptions whisper;
  whisper.decoder = flags.text_decoder.value_or("");
  whisper.language = flags.language;
  const bundle::Bundle* source = against ? &*against : nullptr;
  const auto record = text ? pipeline::measure_text_precision(bundle, whisper, flags.precision, rows, gates,
                                                              threads_of(flags), row_progress(line), source)
                           : pipeline::measure_precision(bundle, flags.precision, rows, gates, threads_of(flags),
                                                         row_progress(line), source);
  line.clear();
  for (const bundle::Gate& gate : record.gates) print_out("{}\n", gate_line(gate));
  print_out("{}; {} of {} texts changed\n", record.evaluation, record.outputs_changed, record.utterances);
  if (!flags.dry_run && text) bundle::store_precision(flags.bundle, whisper.decoder, record);
  if (!flags.dry_run && !text) bundle::store_precision(flags.bundle, record);
  if (!record.admitted()) {
    throw Error(ErrorCategory::incomplete, flags.bundle + ": precision " + flags.precision, "every gate to hold",
                "at least one that fails");
  }
}

void verify_agreement(const VerifyFlags& flags) {
  const pipeline::Speech speech = speech_to_measure_on(flags.recordings);
  const bool all = measure_bundle(
      {flags.bundle, flags.threads, flags.dry_run, true, [](const std::string& line) { print_out("{}\n", line); }},
      speech);
  if (all) return;
  throw Error(ErrorCategory::incomplete, flags.bundle + ": agreement with f32", "every gate to hold",
              "at least one that fails");
}

void verify_skew(const VerifyFlags& flags) {
  const bundle::Bundle provides = bundle::Bundle::open(flags.other), requiring = bundle::Bundle::open(flags.bundle);
  requiring.require_head("verify skew");
  provides.require_head("verify skew");
  bundle::BasisLimits basis;
  lower(basis, flags);
  if (!flags.dry_run) bundle::require_replaceable(flags.bundle);
  const auto rows = pipeline::read_eval_manifest(flags.manifest);
  ProgressLine line("measuring");
  const auto record =
      pipeline::measure_skew(provides, requiring, rows, flags.bounds, basis, threads_of(flags), row_progress(line));
  line.clear();
  print_out(
      "frames {} of {} clips: relative error mean {:.6f} max {:.6f}, cosine mean {:.6f} min {:.6f}, CER difference "
      "{:+.4f}\n",
      record.frames, record.clips, record.mean_error, record.max_error, record.mean_cosine, record.min_cosine,
      record.cer_difference);
  for (const bundle::Gate& gate : record.basis) print_out("{}\n", gate_line(gate));
  if (!flags.dry_run) bundle::store_skew(flags.bundle, record);
  if (!record.within_bounds()) {
    throw Error(ErrorCategory::incomplete, flags.bundle + ": skew", "figures within the stated bounds",
                "figures beyond them");
  }
}

void verify_stages(const VerifyFlags& flags) {
  const bundle::Bundle bundle = bundle::Bundle::open(flags.bundle);
  if (bundle.encoder_weights() == nullptr) throw Error(ErrorCategory::usage, flags.bundle, "an encoder", "none");
  const auto reference = tensor::open_weights(flags.other);
  const auto encoder = whisper::Encoder::load(*bundle.encoder_weights(), *bundle.encoder_config(),
                                              {kernels::Precision::f32, threads_of(flags), {}});
  auto workspace = encoder.make_workspace(threads_of(flags));
  bool good = true;
  for (const auto& parity : parity::compare_stages(encoder, *reference, workspace)) {
    const double limit = parity.stage == "encoder" ? flags.max_encoder_mse : flags.max_stage_mse;
    const bool holds = parity.reference.mse <= limit;
    good = good && holds;
    print_out("{:<10} mse {:.3e} max abs {:.3e} cosine {:.9f} {}\n", parity.stage, parity.reference.mse,
              parity.reference.max_abs, parity.reference.cosine, holds ? "holds" : "FAILS");
  }
  if (!good)
    throw Error(ErrorCategory::incomplete, flags.bundle + ": stages", "every stage within its limit",
                "at least one beyond it");
}

// What a gate may rest on instead of the built-in minima.
void add_basis_flags(const App& command, VerifyFlags& flags) {
  command.add_option("--min-recordings", flags.min_recordings,
                     "Fewest recordings that it may rest on; 30 unless given, never below 5");
  command.add_option("--min-characters", flags.min_characters,
                     "Fewest characters of their texts; 1000 unless given, never below 100");
  command.add_option("--max-reference-cer", flags.max_reference_cer,
                     "Largest error rate of the reference itself; 0.5 unless given, never above 0.75");
}

App add(const App& parent, const char* name, const char* about, const std::shared_ptr<VerifyFlags>& flags,
        void (*work)(const VerifyFlags&)) {
  App command = parent.add_subcommand(name, about);
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("-t,--threads", flags->threads,
                      "How many threads work on a window; 0 (default): one for each processor");
  command->callback([flags, work] { work(*flags); });
  return command;
}

}  // namespace

void add_verify(const App& app) {
  App verify =
      app.add_subcommand("verify", "Measure a bundle or its packages against what they promise; exit 78 when it fails");
  verify->require_subcommand(0, 1);
  auto packages = std::make_shared<PackageFlags>();
  add_package_flags(*verify, *packages);
  verify->footer("Example: seben verify packages --against bundles/demo-nko");
  verify->callback([verify, packages] {
    if (verify->has_chosen()) return;
    const bool bisects = packages->bisect && !packages->against.empty();
    if (!bisects && (packages->path.empty() || packages->against.empty())) {
      throw Error(ErrorCategory::usage, "verify", "a subcommand, or packages and --against",
                  "neither" + did_you_mean(verify.own()));
    }
    refuse_idle_package_options(*verify, *packages);
    if (bisects) return bisect_encoder(*packages);
    verify_packages(*packages);
  });
  auto flags = std::make_shared<VerifyFlags>();
  add(*verify, "digests", "Every file has the listed digest, and a silent window is blank to a head", flags,
      verify_bundle)
      ->footer("Example: seben verify digests bundles/demo-nko");

  App precision = add(*verify, "precision",
                      "What an arithmetic, feature codec or coded weights cost; admits them when the gates hold", flags,
                      verify_precision);
  precision
      ->add_option("--precision", flags->precision,
                   "What is measured: f32 (of coded weights), bf16, int8, or a feature codec such as affine4:g32")
      ->required();
  precision->add_option("--text-decoder", flags->text_decoder,
                        "Measure this text decoder instead of the head; without a head, the first by default");
  precision->add_option("--language", flags->language,
                        "Language of the recordings, for a text decoder; default: detected");
  precision->add_option("--against", flags->other, "The bundle that coded weights were made from");
  precision->add_option("--gates", flags->gates, "File of limits (JSON) instead of the built-in ones");
  precision->add_option("--manifest", flags->manifest, "File of recordings with their texts, as for seben eval")
      ->required();
  precision->add_option("--max-feature-error", flags->feature_error,
                        "Largest relative root mean square error of the features; default: that of the gates");
  precision->add_option("--max-logit-error", flags->logit_error,
                        "Largest difference of a log-probability; default: that of the gates");
  precision->add_option(
      "--max-cer-change", flags->cer_change,
      "Largest change of the character error rate, absolute: 0.002 is a fifth of a point; default: that of the gates");
  add_basis_flags(*precision, *flags);
  precision->add_flag("--dry-run", flags->dry_run, "Do not store the record");
  precision->footer(
      "Example: seben verify precision bundles/demo-nko --precision int8 "
      "--manifest bundles/demo-nko/samples/manifest.tsv");

  App agreement =
      add(*verify, "agreement",
          "How far text decoders in int8 and bf16 are from f32 on any recordings; admits them when the gates "
          "hold",
          flags, verify_agreement);
  agreement
      ->add_option("recordings", flags->recordings,
                   "Recordings, or folders of recordings, with a minute of speech at least; no texts")
      ->required();
  agreement->add_flag("--dry-run", flags->dry_run, "Do not store the records");
  agreement->footer("Example: seben verify agreement bundles/base talk.m4a interviews/");

  App skew = add(*verify, "skew", "Whether another bundle's features may go into this one's head", flags, verify_skew);
  skew->add_option("--extractor", flags->other, "Bundle whose encoder makes the features")->required();
  skew->add_option("--manifest", flags->manifest, "File of recordings with their texts, as for seben eval")->required();
  skew->add_option("--max-mean-error", flags->bounds.max_mean_error, "Largest mean over frames of the relative error")
      ->capture_default_str();
  skew->add_option("--min-mean-cosine", flags->bounds.min_mean_cosine, "Smallest mean over frames of the cosine")
      ->capture_default_str();
  skew->add_option("--max-cer-difference", flags->bounds.max_cer_difference,
                   "Largest difference of the character error rates, absolute")
      ->capture_default_str();
  add_basis_flags(*skew, *flags);
  skew->add_flag("--dry-run", flags->dry_run, "Do not store the record");
  skew->footer(
      "Example: seben verify skew bundles/mine --extractor bundles/other "
      "--manifest bundles/demo-nko/samples/manifest.tsv");

  App stages = add(*verify, "stages", "Parity of every encoder stage with another implementation's outputs", flags,
                   verify_stages);
  stages->add_option("--reference", flags->other, "What tools/oracles/encoder_parity.py wrote (.safetensors)")
      ->required();
  stages->add_option("--max-mse", flags->max_stage_mse, "Largest mean square error of one stage")
      ->capture_default_str();
  stages->add_option("--max-encoder-mse", flags->max_encoder_mse, "Largest mean square error of the whole encoder")
      ->capture_default_str();
  stages->footer("Example: seben verify stages bundles/demo-nko --reference reference.safetensors");
  show_examples(*verify);
}

}  // namespace seben::cli
