// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/file.h"
#include "base/sha256.h"
#include "proofs/device.h"
#include "proofs/proof.h"
#include "proofs/steps.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostDerivedText = std::size_t{16} << 20;

class Deriver {
 public:
  Deriver(const std::string& folder, const std::vector<ProofFile>& files) : folder_(folder), files_(files) {}

  Proof run() {
    proof_.manifest_digest = base::sha256_hex(manifest_text(files_));
    proof_.request = parse_request(text("request.json"), at("request.json"));
    const std::string gates = text("gates.json");
    require(base::sha256_hex(gates) == proof_.request.gates_digest, "gates.json", "the gates that were asked for");
    proof_.gates = parse_gates(gates, at("gates.json"));
    proof_.environment = parse_environment(text("environment.json"), at("environment.json"));
    proof_.preflight = parse_preflight(text("preflight.json"), at("preflight.json"));
    require(proof_.preflight.least == proof_.request.min_free, "preflight.json", "the room that was asked for");
    check_layout();
    const Reader reader((fs::path(folder_) / "bundle").string());
    require(reader.bundle_digest() == proof_.request.bundle_digest, "bundle/bundle.json", "the bundle of the request");
    check_plans();
    check_audio();
    std::vector<float> logits = read_tensor(folder_, "reference/logits.npy");
    proof_.reference_text = reader.decode(logits).text;
    for (const std::string& mode : proof_.request.modes) proof_.modes.push_back(derive_mode(mode, reader));
    if (receipts_.contains(std::string(kDevice))) {
      proof_.device = judge_device(folder_, files_, proof_, reader.encoder_digest());
    }
    conclude();
    proof_.claims = derive_claims(proof_, files_);
    return std::move(proof_);
  }

 private:
  [[nodiscard]] std::string at(const std::string& path) const { return (fs::path(folder_) / path).string(); }
  [[nodiscard]] std::string text(const std::string& path) const { return base::read_text(at(path), kMostDerivedText); }
  void require(bool holds, const std::string& path, const std::string& expected) const {
    if (!holds) throw Error(ErrorCategory::incomplete, at(path), expected, "something else");
  }

  // Exactly these files, each the output of exactly one step but for what the run itself writes.
  void check_layout() {
    const Request& r = proof_.request;
    std::set<std::string> expected{"request.json", "gates.json", "environment.json", "preflight.json"};
    std::vector<std::string> steps{"bundle", "fixture", "reference"};
    for (const std::string& mode : r.modes) steps.push_back("mode-" + mode);
    if (r.target == Target::package) {
      for (const std::string& mode : r.modes) steps.push_back("packages-" + mode);
      const std::string device = receipt_file(kDevice);
      if (std::ranges::find(files_, device, &ProofFile::path) != files_.end()) steps.emplace_back(kDevice);
    }
    for (const std::string& step : steps) {
      const std::string path = receipt_file(step);
      const Receipt receipt = parse_receipt(text(path), at(path));
      require(receipt.step == step && !receipt.outputs.empty(), path, "the receipt of " + step);
      expected.insert(path);
      for (const ProofFile& output : receipt.outputs) {
        const bool is_listed = std::ranges::find(files_, output) != files_.end();
        require(is_listed && expected.insert(output.path).second, output.path,
                "the file that step " + step + " wrote, and one step alone");
      }
      receipts_[step] = receipt;
    }
    for (const ProofFile& file : files_) require(expected.contains(file.path), file.path, "no file of that name");
    check_inputs();
  }

  // Every step worked on what lies here now.
  void check_inputs() {
    for (const auto& [step, receipt] : receipts_) {
      std::map<std::string, std::string> inputs = step_inputs(proof_.request, step);
      if (step == "reference" || step.starts_with("mode-")) inputs["fixture"] = digest_of(receipts_.at("fixture"));
      if (step.starts_with("mode-")) {
        inputs["reference"] = digest_of(receipts_.at("reference"));
        inputs["bundle"] = digest_of(receipts_.at("bundle"));
        if (proof_.request.target == Target::package) {
          inputs["packages"] = digest_of(receipts_.at("packages-" + step.substr(5)));
        }
      }
      require(receipt.inputs == inputs, receipt_file(step), "the inputs that lie here");
    }
  }

  void check_plans() {
    const Request& r = proof_.request;
    require(r.plans.size() == (r.target == Target::package ? r.modes.size() : 0), "request.json", "a plan a mode");
    for (const auto& [mode, digest] : r.plans) {
      const std::string path = "packages/" + mode + "/plan.json";
      require(std::ranges::find(r.modes, mode) != r.modes.end(), "request.json", "plans of the modes");
      require(base::sha256_file(at(path)) == digest, path, "the plan of the request");
    }
  }

  void check_audio() {
    const auto samples = static_cast<double>(read_tensor(folder_, "reference/audio.npy").size());
    const Limit& limit = proof_.gates.audio_samples;
    for (const bool at_most : {true, false}) {
      proof_.run_gates.push_back({"", "audioFixture", "audio_samples", samples, limit.value, at_most, limit.source});
    }
    const Limit& least = proof_.gates.min_repetitions;
    proof_.run_gates.push_back({"", "timings", "min_repetitions", static_cast<double>(proof_.request.repetitions),
                                least.value, false, least.source});
  }

  ModeProof derive_mode(const std::string& mode, const Reader& reader) {
    ModeProof out;
    out.mode = mode;
    out.figures = measure_mode(folder_, proof_.request, mode);
    const std::string result = mode_file(mode, "result.json");
    out.reading = parse_reading(text(result), at(result));
    std::vector<float> logits = read_tensor(folder_, mode_file(mode, "logits.npy"));
    require(out.reading.agrees(reader.read(logits)), result, "what the logits give when they are read again");
    const std::string timings = mode_file(mode, "timings.json");
    out.timings = parse_timings(text(timings), at(timings));
    for (const Timings::Phase& phase : out.timings.phases) {
      require(phase.seconds.size() == static_cast<std::size_t>(proof_.request.repetitions), timings,
              "as many repetitions as were asked for");
    }
    out.gates = judge_mode(mode, out.figures, out.reading, proof_.reference_text, proof_.gates);
    const std::string path = mode_file(mode, "run.log"), log = text(path);
    out.log = evidence::analyse_runtime_log(log, path,
                                            log_options(proof_.request, mode, out.figures, out.reading, proof_.gates));
    require_marker(log, at(path), out.figures, out.reading);
    const auto& tests = out.log.facts["tests"];
    require(tests.is_object() && tests.value("executed", std::size_t{0}) == check_names(proof_.request).size(), path,
            "every check of the plan as a test");
    return out;
  }

  void conclude() {
    const auto fails = [](const GateResult& gate) { return !gate.holds(); };
    for (const ModeProof& mode : proof_.modes) {
      if (mode.passed()) continue;
      const auto gate = std::ranges::find_if(mode.gates, fails);
      proof_.reason = gate == mode.gates.end()
                          ? fmt::format("Mode {}: {}", mode.mode, mode.log.reason)
                          : fmt::format("Mode {}: {} of {} is {:.3g}, {} {:.3g}.", mode.mode, gate->gate, gate->check,
                                        gate->value, gate->at_most ? "above" : "below", gate->limit);
      return;
    }
    if (const auto gate = std::ranges::find_if(proof_.run_gates, fails); gate != proof_.run_gates.end()) {
      proof_.reason = fmt::format("{} is {:g}, not {:g}.", gate->gate, gate->value, gate->limit);
      return;
    }
    const std::string here =
        fmt::format("All {} stages, head, decode and correction hold in {} {}{}", proof_.request.stages.size(),
                    proof_.modes.size(), proof_.modes.size() == 1 ? "mode" : "modes", proof_.device ? "" : ".");
    if (proof_.device && !proof_.device->passed()) {
      proof_.reason = here + "; the evidence of a device does not: " + device_failure();
      return;
    }
    proof_.holds = true;
    proof_.passed = proof_.gates.own;
    proof_.reason = here + (proof_.device ? " and on a device." : "");
    if (!proof_.gates.own) proof_.reason += fmt::format(" But the gates are {}.", proof_.gates.whose());
  }

  [[nodiscard]] std::string device_failure() const {
    const DeviceProof& device = *proof_.device;
    const auto gate = std::ranges::find_if(device.gates, [](const GateResult& g) { return !g.holds(); });
    if (gate == device.gates.end()) return "a part of it is missing.";
    const evidence::Verdict all = evidence::conclude(device.evidence);
    return all.passed ? fmt::format("{} of {}.", gate->gate, gate->check) : all.reason;
  }

  const std::string& folder_;
  const std::vector<ProofFile>& files_;
  std::map<std::string, Receipt> receipts_;
  Proof proof_;
};

}  // namespace

Standing Proof::standing() const {
  if (!holds) return Standing::fails;
  if (!passed) return Standing::other_gates;
  return computed ? Standing::proved : Standing::consistent;
}

std::string headline(const Proof& proof) {
  switch (proof.standing()) {
    case Standing::proved: return "Proved.";
    case Standing::consistent: return "Consistent.";
    case Standing::other_gates: return "Held by other gates.";
    case Standing::fails: break;
  }
  return "Not proved.";
}

bool ModeProof::passed() const {
  return log.passed && !gates.empty() && std::ranges::all_of(gates, [](const GateResult& g) { return g.holds(); });
}

Proof derive(const std::string& folder, const std::vector<ProofFile>& files) { return Deriver(folder, files).run(); }

Proof conclude(const std::string& folder) {
  std::vector<ProofFile> files;
  for (const std::string& path : list_files(folder)) files.push_back(measure(folder, path));
  Proof proof = derive(folder, files);
  base::write_text(place_for(folder, std::string(kManifestName)), manifest_text(files));
  base::write_text(place_for(folder, std::string(kSummaryName)), to_text(proof));
  return proof;
}

}  // namespace seben::proof
