// SPDX-License-Identifier: Apache-2.0
// Sentences about devices. What was asked of Core ML is no placement, what a compute plan prefers is none either: a
// placement needs intervals of the process in a trace.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "evidence/unit.h"
#include "proofs/device.h"

namespace seben::proof {
namespace {

using evidence::Unit;

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

class DeviceClaims {
 public:
  explicit DeviceClaims(const Proof& proof) : proof_(proof) {}

  std::vector<Claim> run() {
    if (!proof_.device) {
      nothing();
    } else {
      ran();
      text();
      on_cpu_and_gpu();
      on_neural_engine();
      requested();
    }
    return std::move(claims_);
  }

 private:
  void add(const char* id, std::string sentence, bool supported, std::string because,
           const std::vector<std::string>& paths = {}) {
    Claim claim{id, std::move(sentence), supported, std::move(because), {}};
    if (proof_.device) {
      for (const ProofFile& file : proof_.device->files) {
        const std::string path = file.path.substr(kDevice.size() + 1);
        if (std::ranges::find(paths, path) != paths.end()) claim.evidence.push_back(file);
      }
    }
    claims_.push_back(std::move(claim));
  }

  void nothing() {
    const Request& request = proof_.request;
    const std::string runner = request.runner == "interpreter" ? "Seben's interpreter on this machine"
                                                               : "the command \"" + request.runner + "\"";
    const std::string here = request.target == Target::native
                                 ? "this proof ran the engine on the processor of this machine"
                                 : "these packages were executed by " + runner;
    add("device", "On-device Core ML recognition.", false, here + "; there is no log of a device");
    add("placement", "Placement on CPU, GPU or Neural Engine of a device.", false,
        here + "; there is no trace of a device");
    add("requested", "Compute units were requested of Core ML.", false, here + "; Core ML took no part");
  }

  [[nodiscard]] const evidence::DeviceEvidence& evidence() const { return proof_.device->evidence; }
  [[nodiscard]] std::string place() const {
    return evidence().run && evidence().run->on_mac() ? "this Mac" : "the device";
  }

  // Why nothing at all is known of the device; "" when its run counts.
  [[nodiscard]] std::string refusal() const {
    if (proof_.device->passed()) return proof_.gates.own ? "" : "the gates are " + proof_.gates.whose();
    const auto gate = std::ranges::find_if(proof_.device->gates, [](const GateResult& g) { return !g.holds(); });
    return gate == proof_.device->gates.end()
               ? "a part of the evidence is missing"
               : fmt::format("{} of the evidence does not hold: {}", gate->gate, why(*gate));
  }
  [[nodiscard]] std::string why(const GateResult& gate) const {
    const evidence::DeviceEvidence& e = evidence();
    if (gate.gate == "evidence_whole") return e.whole.reason;
    if (gate.gate == "ready" && e.preflight) return e.preflight->reason;
    if (gate.gate == "runtime_proven" && e.log) return e.log->reason;
    if (gate.gate == "placement_markers_found" && e.trace) return e.trace->reason;
    if (gate.check == "belonging") return "it is of something else";
    return fmt::format("{} is {:.3g}, limit {:.3g}", gate.check, gate.value, gate.limit);
  }

  void ran() {
    const std::string reason = refusal();
    const std::string units = evidence().run ? joined(evidence().run->compute_units) : "none";
    add("device",
        fmt::format("On-device Core ML recognition: {} ran the whole chain of the {} packages.", place(),
                    proof_.device->mode.empty() ? "(unknown)" : proof_.device->mode),
        reason.empty(),
        reason.empty() ? fmt::format("{} {} stages, head, decode and correction within the gates for each of: {}",
                                     evidence().log->reason, proof_.request.stages.size(), units)
                       : reason,
        {"run.json", "run.log", "proof/plan.json", "proof/chain.json", "SHA256SUMS"});
  }

  void text() {
    const std::string reason = refusal();
    bool same = evidence().details.has_value();
    if (same) {
      same = std::ranges::all_of(evidence().details->modes,
                                 [&](const auto& mode) { return mode.text == proof_.reference_text; });
    }
    add("device-text", fmt::format("On this recording {} reads the same text as the f32 reference.", place()),
        reason.empty() && same,
        !reason.empty() ? reason
        : same          ? "the greedy decodes of every mode are equal"
                        : "a greedy decode differs",
        {"run.log", details_file()});
  }

  [[nodiscard]] std::string details_file() const {
    for (const ProofFile& file : proof_.device->files) {
      if (file.path.ends_with("/details.json")) return file.path.substr(kDevice.size() + 1);
    }
    return "";
  }

  /// Intervals of a unit in the process; none when no trace passed.
  [[nodiscard]] std::size_t intervals(Unit unit) const {
    const auto& trace = evidence().trace;
    if (!trace || !trace->passed) return 0;
    const auto at = nlohmann::ordered_json::json_pointer("/units/" + std::string(to_string(unit)) + "/intervals");
    return trace->facts.value(at, std::size_t{0});
  }

  // Why nothing is known of placements; "" when a trace counts.
  [[nodiscard]] std::string no_trace() const {
    if (std::string reason = refusal(); !reason.empty()) return reason;
    return evidence().trace ? "" : "no trace was recorded (run-on-device.sh --trace)";
  }

  void on_cpu_and_gpu() {
    const std::size_t cpu = intervals(Unit::cpu), gpu = intervals(Unit::gpu);
    std::string reason = no_trace();
    const bool holds = reason.empty() && cpu + gpu > 0;
    if (reason.empty()) {
      reason = fmt::format("the trace has {} intervals on the CPU and {} on the GPU within predictions of the process",
                           cpu, gpu);
    }
    const char* units = gpu == 0 ? "CPU" : cpu == 0 ? "GPU" : "CPU and GPU";
    add("placement:cpu-gpu",
        fmt::format("On-device Core ML recognition with placement on {}.", holds ? units : "CPU or GPU"), holds, reason,
        evidence().traces);
  }

  struct Intent {
    std::string units;  ///< asked for
    std::size_t preferred = 0, operations = 0;
    std::vector<std::string> files;
  };

  // Of all packages, for the request for which Core ML prefers the Neural Engine most often.
  [[nodiscard]] Intent intent() const {
    Intent best;
    for (const char* units : {"cpu_and_ne", "all"}) {
      Intent one{units, 0, 0, {}};
      for (const evidence::JudgedPlan& plan : evidence().plans) {
        if (plan.compute_units != units || !plan.verdict.passed) continue;
        const nlohmann::ordered_json& preferred = plan.verdict.facts["preferred"];
        one.preferred += preferred.value("ane", std::size_t{0});
        for (const Unit unit : evidence::kUnits) {
          one.operations += preferred.value(std::string(to_string(unit)), std::size_t{0});
        }
        one.files.push_back(plan.file);
      }
      if (best.operations == 0 || one.preferred > best.preferred) best = std::move(one);
    }
    return best;
  }

  void on_neural_engine() {
    const Intent plan = intent();
    const std::size_t ane = intervals(Unit::ane);
    std::string reason = no_trace();
    const bool holds = reason.empty() && ane > 0 && plan.preferred > 0;
    if (reason.empty() && plan.operations == 0) {
      reason = "no compute plan was written for a request that includes the Neural Engine";
    } else if (reason.empty()) {
      reason = fmt::format(
          "asked for {}, Core ML prefers the Neural Engine for {} of {} operators; the trace has {} intervals of it "
          "within predictions of the process, which do not say of which operator",
          plan.units, plan.preferred, plan.operations, ane);
    }
    std::vector<std::string> files = evidence().traces;
    files.insert(files.end(), plan.files.begin(), plan.files.end());
    add("placement:ane",
        holds ? fmt::format("Neural Engine placement for {} of {} operators.", plan.preferred, plan.operations)
              : std::string("Neural Engine placement of operators."),
        holds, reason, files);
  }

  // The least that a run shows.
  void requested() {
    std::string reason = refusal();
    const bool more =
        std::ranges::any_of(claims_, [](const Claim& c) { return c.supported && c.id.starts_with("placement:"); });
    const bool holds = reason.empty() && !more;
    if (reason.empty()) {
      reason = more ? "more is known: see the placement"
                    : fmt::format("asked for: {}; a request is no placement", joined(evidence().run->compute_units));
    }
    add("requested", "Of placement, only the compute units that were requested are known.", holds, reason,
        {"run.json", "run.log"});
  }

  const Proof& proof_;
  std::vector<Claim> claims_;
};

}  // namespace

std::vector<Claim> device_claims(const Proof& proof) { return DeviceClaims(proof).run(); }

}  // namespace seben::proof
