// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "bundle/bundle.h"
#include "cli/commands.h"
#include "cli/progress_line.h"
#include "cli/verify_packages.h"
#include "evaluate/text_verification.h"
#include "evaluate/verification.h"
#include "formats/weight_file.h"
#include "kernels/threads.h"
#include "parity/stage_parity.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct Flags {
  std::optional<std::string> text_decoder;
  std::string language;
  std::string bundle, other, manifest, precision, gates;
  int threads = 0;
  bool dry_run = false;
  double max_stage_mse = 1e-11;
  double max_encoder_mse = 1e-9;
  bundle::SkewBounds bounds;
  std::optional<double> feature_error, logit_error, cer_change;
};

int threads_of(const Flags& flags) { return flags.threads > 0 ? flags.threads : kernels::omp_threads(); }

pipeline::RowProgress row_progress(ProgressLine& line) {
  return [&line](std::size_t done, std::size_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  };
}

void verify_bundle(const Flags& flags) {
  const bundle::Bundle bundle = bundle::Bundle::open(flags.bundle);
  ProgressLine line("digests");
  bundle::verify_digests(bundle, [&](std::uint64_t done, std::uint64_t total) {
    line.update(static_cast<double>(done), static_cast<double>(total));
  });
  line.clear();
  const std::size_t files = bundle.manifest().files.size();
  if (!bundle.has_head()) {
    fmt::print("{}: {} files have the listed digests\n", flags.bundle, files);
    return;
  }
  const std::string mismatch = pipeline::check_silence(bundle, threads_of(flags));
  if (!mismatch.empty()) {
    throw Error(ErrorCategory::bad_data, flags.bundle + ": vocabulary", "the declared blank on a silent window",
                mismatch);
  }
  fmt::print("{}: {} files have the listed digests; a silent window is blank\n", flags.bundle, files);
}

pipeline::PrecisionGates gates_of(const Flags& flags) {
  pipeline::PrecisionGates gates;
  if (!flags.gates.empty()) gates = pipeline::read_precision_gates(flags.gates);
  for (pipeline::PrecisionLimits* limits : {&gates.arithmetic, &gates.codec, &gates.weights}) {
    if (flags.feature_error) limits->feature_error = *flags.feature_error;
    if (flags.logit_error) limits->logit_error = *flags.logit_error;
    if (flags.cer_change) limits->cer_change = *flags.cer_change;
  }
  return gates;
}

void verify_precision(const Flags& flags) {
  const bundle::Bundle bundle = bundle::Bundle::open(flags.bundle);
  const bool text = flags.text_decoder || !bundle.has_head();
  const auto rows =
      pipeline::read_eval_manifest(flags.manifest, text ? pipeline::ReferenceText::any : pipeline::ReferenceText::nko);
  std::optional<bundle::Bundle> against;
  if (!flags.other.empty()) against = bundle::Bundle::open(flags.other);
  ProgressLine line("measuring");
  WhisperOptions whisper;
  whisper.decoder = flags.text_decoder.value_or("");
  whisper.language = flags.language;
  const auto record =
      text ? pipeline::measure_text_precision(
                 bundle, whisper, flags.precision, rows,
                 bundle.weight_codec().empty() ? gates_of(flags).arithmetic : gates_of(flags).weights,
                 threads_of(flags), row_progress(line), against ? &*against : nullptr)
           : pipeline::measure_precision(bundle, flags.precision, rows, gates_of(flags), threads_of(flags),
                                         row_progress(line), against ? &*against : nullptr);
  line.clear();
  for (const bundle::Gate& gate : record.gates) {
    fmt::print("{:<14} {:>12.6f} {} {:<10} {}\n", gate.name, gate.value, gate.at_most ? "<=" : ">=", gate.limit,
               gate.holds() ? "holds" : "FAILS");
  }
  fmt::print("{}; {} of {} texts changed\n", record.evaluation, record.outputs_changed, record.utterances);
  if (!flags.dry_run && text) bundle::store_precision(flags.bundle, whisper.decoder, record);
  if (!flags.dry_run && !text) bundle::store_precision(flags.bundle, record);
  if (!record.admitted()) {
    throw Error(ErrorCategory::incomplete, flags.bundle + ": precision " + flags.precision, "every gate to hold",
                "at least one that fails");
  }
}

void verify_skew(const Flags& flags) {
  const bundle::Bundle provides = bundle::Bundle::open(flags.other), requiring = bundle::Bundle::open(flags.bundle);
  requiring.require_head("verify skew");
  provides.require_head("verify skew");
  const auto rows = pipeline::read_eval_manifest(flags.manifest);
  ProgressLine line("measuring");
  const auto record =
      pipeline::measure_skew(provides, requiring, rows, flags.bounds, threads_of(flags), row_progress(line));
  line.clear();
  fmt::print(
      "frames {} of {} clips: relative error mean {:.6f} max {:.6f}, cosine mean {:.6f} min {:.6f}, CER difference "
      "{:+.4f}\n",
      record.frames, record.clips, record.mean_error, record.max_error, record.mean_cosine, record.min_cosine,
      record.cer_difference);
  if (!flags.dry_run) bundle::store_skew(flags.bundle, record);
  if (!record.within_bounds()) {
    throw Error(ErrorCategory::incomplete, flags.bundle + ": skew", "figures within the stated bounds",
                "figures beyond them");
  }
}

void verify_stages(const Flags& flags) {
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
    fmt::print("{:<10} mse {:.3e} max abs {:.3e} cosine {:.9f} {}\n", parity.stage, parity.reference.mse,
               parity.reference.max_abs, parity.reference.cosine, holds ? "holds" : "FAILS");
  }
  if (!good)
    throw Error(ErrorCategory::incomplete, flags.bundle + ": stages", "every stage within its limit",
                "at least one beyond it");
}

CLI::App* add(CLI::App& parent, const char* name, const char* about, const std::shared_ptr<Flags>& flags,
              void (*work)(const Flags&)) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->add_option("bundle", flags->bundle, "Folder of the model")->required();
  command->add_option("-t,--threads", flags->threads, "Threads of one window; 0: one a processor");
  command->callback([flags, work] { work(*flags); });
  return command;
}

}  // namespace

void add_verify(CLI::App& app) {
  CLI::App* verify =
      app.add_subcommand("verify", "Measure a bundle or its packages against what they promise; exit 78 when it fails");
  verify->require_subcommand(0, 1);
  auto packages = std::make_shared<PackageFlags>();
  add_package_flags(*verify, *packages);
  verify->footer("Example: seben verify packages --against bundles/demo-nko");
  verify->callback([verify, packages] {
    if (!verify->get_subcommands().empty()) return;
    if (packages->bisect && !packages->against.empty()) return bisect_encoder(*packages);
    if (packages->path.empty() || packages->against.empty()) {
      throw Error(ErrorCategory::usage, "verify", "a subcommand, or packages and --against", "neither");
    }
    verify_packages(*packages);
  });
  auto flags = std::make_shared<Flags>();
  add(*verify, "digests", "Every file has the listed digest, and a silent window is blank to a head", flags,
      verify_bundle)
      ->footer("Example: seben verify digests bundles/demo-nko");

  CLI::App* precision = add(*verify, "precision",
                            "What an arithmetic, feature codec or coded weights cost; admits them when the gates hold",
                            flags, verify_precision);
  precision->add_option("--precision", flags->precision, "bf16, int8, or a feature codec such as affine4:g32")
      ->required();
  precision->add_option("--text-decoder", flags->text_decoder,
                        "Measure this text decoder instead of the head; without a head, the first by default");
  precision->add_option("--language", flags->language, "Of the recordings, for a text decoder; default: detected");
  precision->add_option("--against", flags->other, "Coded weights: the bundle that they were made from");
  precision->add_option("--gates", flags->gates, "JSON file with the limits instead of the built-in ones");
  precision->add_option("--manifest", flags->manifest, "Recordings with texts, as for seben eval")->required();
  precision->add_option("--max-feature-error", flags->feature_error, "Relative root mean square");
  precision->add_option("--max-logit-error", flags->logit_error, "Largest difference of a log-probability");
  precision->add_option("--max-cer-change", flags->cer_change, "Absolute; 0.002 is a fifth of a point");
  precision->add_flag("--dry-run", flags->dry_run, "Do not store the record");
  precision->footer("Example: seben verify precision bundles/demo-nko --precision int8 --manifest test.tsv");

  CLI::App* skew =
      add(*verify, "skew", "Whether another bundle's features may go into this one's head", flags, verify_skew);
  skew->add_option("--extractor", flags->other, "Bundle whose encoder makes the features")->required();
  skew->add_option("--manifest", flags->manifest, "Recordings with texts, as for seben eval")->required();
  skew->add_option("--max-mean-error", flags->bounds.max_mean_error, "Relative, mean over frames");
  skew->add_option("--min-mean-cosine", flags->bounds.min_mean_cosine, "Mean over frames");
  skew->add_option("--max-cer-difference", flags->bounds.max_cer_difference, "Absolute");
  skew->add_flag("--dry-run", flags->dry_run, "Do not store the record");
  skew->footer("Example: seben verify skew bundles/mine --extractor bundles/other --manifest test.tsv");

  CLI::App* stages = add(*verify, "stages", "Parity of every encoder stage with another implementation's outputs",
                         flags, verify_stages);
  stages->add_option("--reference", flags->other, "What tools/oracles/encoder_parity.py wrote (.safetensors)")
      ->required();
  stages->add_option("--max-mse", flags->max_stage_mse, "Of one stage");
  stages->add_option("--max-encoder-mse", flags->max_encoder_mse, "Of the whole encoder");
  stages->footer("Example: seben verify stages bundles/demo-nko --reference reference.safetensors");
}

}  // namespace seben::cli
