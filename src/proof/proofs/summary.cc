// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "proofs/proof.h"

namespace seben::proof {
namespace {

using Json = nlohmann::ordered_json;

Json parity_json(const Parity& p) {
  return {{"name", p.name}, {"mse", p.mse}, {"max_abs", p.max_abs}, {"cosine", p.cosine}, {"error", p.error}};
}

Json mode_json(const ModeProof& m) {
  Json stages = Json::array(), timings = Json::object();
  for (const Parity& p : m.figures.stages) stages.push_back(parity_json(p));
  for (const Timings::Phase& phase : m.timings.phases) {
    const Spread s = spread_of(phase.seconds);
    timings[phase.name] = {{"repetitions", phase.seconds.size()},
                           {"median_s", s.median},
                           {"quartiles_s", {s.low, s.high}},
                           {"range_s", {s.least, s.most}}};
  }
  return {{"mode", m.mode},
          {"passed", m.passed()},
          {"stages", std::move(stages)},
          {"encoder", parity_json(m.figures.encoder)},
          {"head", parity_json(m.figures.head)},
          {"logits", parity_json(m.figures.logits)},
          {"frames", m.figures.frames},
          {"argmax_changes", m.figures.argmax_changes},
          {"nonblank_frames", m.reading.nonblank_frames},
          {"text", m.reading.text},
          {"candidates", m.reading.candidates},
          {"ranker",
           {{"mode", Reader::mode()},
            {"accepted", m.reading.accepted},
            {"score", m.reading.score},
            {"text", m.reading.corrected}}},
          {"timings", std::move(timings)},
          {"runtime_log", evidence::to_json(m.log)}};
}

Json gate_json(const GateResult& g) {
  return {{"mode", g.mode},   {"check", g.check},     {"gate", g.gate},     {"value", g.value},
          {"limit", g.limit}, {"at_most", g.at_most}, {"holds", g.holds()}, {"source", g.source}};
}

Json device_json(const DeviceProof& d) {
  const evidence::DeviceEvidence& e = d.evidence;
  Json modes = Json::array(), plans = Json::array();
  if (e.details) {
    for (const evidence::DeviceMode& m : e.details->modes) {
      double median = 0.0;
      for (const evidence::DevicePackage& p : m.packages) median += p.predict ? p.predict->median : 0.0;
      modes.push_back({{"compute_units", m.compute_units},
                       {"encoder_mse", m.encoder_mse},
                       {"head_mse", m.head_mse},
                       {"argmax_changes", m.argmax_changes},
                       {"text", m.text},
                       {"sum_of_medians_s", median}});
    }
  }
  for (const evidence::JudgedPlan& plan : e.plans) {
    plans.push_back({{"file", plan.file}, {"verdict", evidence::to_json(plan.verdict)}});
  }
  const auto verdict = [](const std::optional<evidence::Verdict>& v) { return v ? evidence::to_json(*v) : Json(); };
  return {{"passed", d.passed()},
          {"mode", d.mode},
          {"evidence", evidence::to_json(e.whole)},
          {"preflight", verdict(e.preflight)},
          {"runtime_log", verdict(e.log)},
          {"trace", verdict(e.trace)},
          {"compute_plans", std::move(plans)},
          {"modes", std::move(modes)}};
}

}  // namespace

std::string to_text(const Proof& p) {
  Json modes = Json::array(), gates = Json::array(), claims = Json::array(), environment = Json::object();
  for (const ModeProof& m : p.modes) modes.push_back(mode_json(m));
  for (const GateResult& g : p.run_gates) gates.push_back(gate_json(g));
  for (const ModeProof& m : p.modes) {
    for (const GateResult& g : m.gates) gates.push_back(gate_json(g));
  }
  if (p.device) {
    for (const GateResult& g : p.device->gates) gates.push_back(gate_json(g));
  }
  for (const Claim& c : p.claims) {
    Json evidence = Json::array();
    for (const ProofFile& f : c.evidence) evidence.push_back({{"path", f.path}, {"sha256", f.sha256}});
    claims.push_back({{"id", c.id},
                      {"sentence", c.sentence},
                      {"supported", c.supported},
                      {"because", c.because},
                      {"evidence", std::move(evidence)}});
  }
  for (const Fact& f : p.environment) environment[f.name] = f.value;
  const Json json{{"schema", "seben.proof-summary"},
                  {"version", 1},
                  {"passed", p.passed},
                  {"verdict", p.passed  ? "within Seben's gates"
                              : p.holds ? "within other gates"
                                        : "a gate does not hold"},
                  {"reason", p.reason},
                  {"target", to_string(p.request.target)},
                  {"model", p.request.model},
                  {"bundle_sha256", p.request.bundle_digest},
                  {"audio", p.request.audio},
                  {"audio_sha256", p.request.audio_digest},
                  {"gates_file", {{"name", p.gates.name}, {"own", p.gates.own}, {"sha256", p.gates.sha256}}},
                  {"manifest_sha256", p.manifest_digest},
                  {"environment", std::move(environment)},
                  {"free_bytes", p.preflight.free},
                  {"reference_text", p.reference_text},
                  {"modes", std::move(modes)},
                  {"device", p.device ? device_json(*p.device) : Json()},
                  {"gates", std::move(gates)},
                  {"claims", std::move(claims)}};
  return json.dump(2) + "\n";
}

}  // namespace seben::proof
