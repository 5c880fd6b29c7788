// SPDX-License-Identifier: Apache-2.0
// `seben proof analyse`: one analyser on files that lie here.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/failures.h"
#include "cli/group_examples.h"
#include "cli/output.h"
#include "cli/proof_commands.h"
#include "evidence/compute_plan.h"
#include "evidence/device_folder.h"
#include "evidence/preflight.h"
#include "evidence/runtime_log.h"
#include "evidence/trace.h"
#include "export/gates.h"
#include "proofs/environment.h"
#include "proofs/probe.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct ProofAnalyseFlags {
  std::vector<std::string> files, required;
  evidence::PreflightOptions preflight;
  evidence::RuntimeLogOptions log;
  evidence::TraceOptions trace;
  std::optional<std::uint64_t> free_bytes;
};

void conclude(const evidence::Verdict& verdict, ErrorCategory category) {
  write_json(evidence::to_json(verdict).dump(2) + "\n");
  if (!verdict.passed) throw Failed(static_cast<int>(category));
}

void preflight(const ProofAnalyseFlags& flags) {
  evidence::PreflightOutputs outputs = proof::sort_files(flags.files);
  outputs.free_bytes = flags.free_bytes.value_or(proof::free_bytes("."));
  conclude(evidence::analyse_preflight(outputs, flags.preflight), ErrorCategory::device_blocked);
}

void log(const ProofAnalyseFlags& flags) {
  conclude(evidence::analyse_runtime_log_file(flags.files.front(), flags.log), ErrorCategory::incomplete);
}

void trace(ProofAnalyseFlags& flags) {
  for (const std::string& word : flags.required) {
    flags.trace.required.push_back(word == "ane"   ? evidence::Unit::ane
                                   : word == "gpu" ? evidence::Unit::gpu
                                                   : evidence::Unit::cpu);
  }
  conclude(evidence::analyse_trace_files(flags.files, flags.trace), ErrorCategory::incomplete);
}

void plan(const ProofAnalyseFlags& flags) {
  conclude(evidence::analyse_compute_plan_file(flags.files.front()), ErrorCategory::incomplete);
}

// The bounds of the packages' precision, where chain.json can be read and none were given.
void choose_bounds(const std::string& folder, evidence::DeviceOptions& options) {
  evidence::MarkerThresholds& marker = options.log.marker;
  try {
    const std::string path = (std::filesystem::path(folder) / "proof" / "chain.json").string();
    const std::string precision =
        evidence::parse_device_chain(base::read_text(path, std::size_t{4} << 20), path).precision;
    const bool coded = precision.find("weights") != std::string::npos;
    const deploy::Gates gates = deploy::builtin_gates();
    const deploy::Gate& gate = gates.at(coded ? "compressed" : precision.starts_with("fp16") ? "fp16" : "fp32");
    options.bounds_of_mean_square_1 = gate.measure == parity::Measure::share;
    marker.max_stage_mse = gate.stage_error.value;
    marker.max_encoder_mse = gate.encoder_error.value;
    marker.max_head_mse = gate.head_error.value;
  } catch (const Error&) {  // the analyser says what is wrong with it
    return;
  }
}

void folder(const ProofAnalyseFlags& flags) {
  evidence::DeviceOptions options;
  choose_bounds(flags.files.front(), options);
  options.min_free_bytes = flags.preflight.min_free_bytes;
  const evidence::DeviceEvidence evidence = evidence::read_device_evidence(flags.files.front(), options);
  conclude(evidence::conclude(evidence), ErrorCategory::incomplete);
}

App add(const App& parent, const char* name, const char* about, std::size_t most,
        const std::shared_ptr<ProofAnalyseFlags>& flags, void (*work)(ProofAnalyseFlags&)) {
  App command = parent.add_subcommand(name, about);
  command->add_option("files", flags->files, "Files of evidence from the device")
      ->required()
      ->expected(1, static_cast<int>(most));
  command->callback([flags, work] { work(*flags); });
  return command;
}

}  // namespace

void add_proof_analyse(const App& proof) {
  App analyse = proof.add_subcommand("analyse", "Judge evidence from a device; prints the verdict as JSON");
  analyse->require_subcommand(1);
  auto flags = std::make_shared<ProofAnalyseFlags>();
  App command = add(*analyse, "preflight", "Outputs of devicectl, xcodebuild, xctrace; exit 76 unless ready", 16, flags,
                    [](ProofAnalyseFlags& f) { preflight(f); });
  command->add_option("--device", flags->preflight.device,
                      "Device to be ready, by UDID, identifier or name; default: the only one");
  command->add_option("--min-free", flags->preflight.min_free_bytes, "Room that the disk must have; default 2GiB")
      ->as_size();
  command->add_option("--free-bytes", flags->free_bytes,
                      "Room that the Mac's disk had; default: that of this disk, now");
  command->footer("Example: seben proof analyse preflight devices.json lock-state.json destinations.txt");

  command = add(*analyse, "log", "Output of xcodebuild test; exit 78 unless proven", 1, flags,
                [](ProofAnalyseFlags& f) { log(f); });
  evidence::MarkerThresholds& m = flags->log.marker;
  command->add_option("--max-stage-mse", m.max_stage_mse, "Largest mean square error of any stage")
      ->capture_default_str();
  command->add_option("--max-encoder-mse", m.max_encoder_mse, "Largest mean square error of the features")
      ->capture_default_str();
  command->add_option("--max-head-mse", m.max_head_mse, "Largest mean square error of the logits")
      ->capture_default_str();
  command->add_option("--min-modes", m.min_modes, "How many compute modes there must be at least")
      ->capture_default_str();
  command->add_option("--run", m.run, "Name that the run must have; default: any");
  command->add_option("--model-digest", m.model_digest, "SHA-256 that the plan must have; default: any");
  command->add_flag("--tolerate-device-support-line", flags->log.tolerate_device_support_line,
                    "Allow the line about device support that some versions of Xcode print before tests that run");
  command->footer("Example: seben proof analyse log run.log --run 2026-07-12");

  command = add(*analyse, "trace", "XML that xctrace exported; exit 78 without placement markers", 256, flags,
                [](ProofAnalyseFlags& f) { trace(f); });
  command->add_option("--process", flags->trace.process, "Name of the process under test; default: any");
  command->add_option("--pid", flags->trace.pid, "Number of the process under test; default: any");
  command
      ->add_option("--require", flags->required,
                   "Units that must have computed, with commas: ane, gpu, cpu; default: any")
      ->delimiter(',')
      ->one_of({"ane", "gpu", "cpu"});
  command->footer("Example: seben proof analyse trace coreml.xml ane.xml --process SebenProof --require ane");

  command = add(*analyse, "evidence", "Folder that a harness brought back; exit 78 unless whole and good", 1, flags,
                [](ProofAnalyseFlags& f) { folder(f); });
  command->add_option("--min-free", flags->preflight.min_free_bytes, "Room that the Mac's disk must have; default 2GiB")
      ->as_size();
  command->footer("Example: seben proof analyse evidence evidence-2026-07-12");

  command = add(*analyse, "plan", "Compute plan of a model; exit 78 unless whole", 1, flags,
                [](ProofAnalyseFlags& f) { plan(f); });
  command->footer("Example: seben proof analyse plan compute-plan.json");
  show_examples(*analyse);
}

}  // namespace seben::cli
