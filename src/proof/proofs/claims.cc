// SPDX-License-Identifier: Apache-2.0
// Which sentences the evidence of this machine carries; what a device did is concluded from its own (device.h).
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "proofs/device.h"
#include "proofs/proof.h"

namespace seben::proof {
namespace {

class Claims {
 public:
  Claims(const Proof& proof, const std::vector<ProofFile>& files) : proof_(proof), files_(files) {}

  std::vector<Claim> run() {
    for (const ModeProof& mode : proof_.modes) of_mode(mode);
    if (proof_.request.target == Target::native) {
      add("packages", "The Core ML packages compute what the engine computes.", false, "no package was executed", {});
    }
    for (Claim& claim : device_claims(proof_)) claims_.push_back(std::move(claim));
    return std::move(claims_);
  }

 private:
  void add(std::string id, std::string sentence, bool supported, std::string because,
           const std::vector<std::string>& paths) {
    Claim claim{std::move(id), std::move(sentence), supported, std::move(because), {}};
    for (const ProofFile& file : files_) {
      if (std::ranges::find(paths, file.path) != paths.end()) claim.evidence.push_back(file);
    }
    claims_.push_back(std::move(claim));
  }

  [[nodiscard]] static bool holds(const ModeProof& mode, std::initializer_list<const char*> kinds) {
    bool any = false;
    for (const GateResult& gate : mode.gates) {
      if (std::ranges::none_of(kinds, [&](const char* kind) { return gate.check.starts_with(kind); })) continue;
      any = true;
      if (!gate.holds()) return false;
    }
    return any;
  }

  // A command may do anything anywhere; nothing is known of it but its words.
  [[nodiscard]] std::string runner() const {
    return proof_.request.runner == "interpreter" ? "Seben's interpreter on this machine"
                                                  : "the command \"" + proof_.request.runner + "\"";
  }

  // By somebody else's gates nothing that rests on a limit is claimed.
  void judged(std::string id, std::string sentence, bool holds, std::string because,
              const std::vector<std::string>& paths) {
    if (!proof_.gates.own) because += "; the gates are " + proof_.gates.whose();
    add(std::move(id), std::move(sentence), holds && proof_.gates.own, std::move(because), paths);
  }

  void of_mode(const ModeProof& m) {
    const bool native = proof_.request.target == Target::native;
    const std::string backend = native ? fmt::format("the engine in {}", m.mode)
                                       : fmt::format("{}, which runs the {} packages,", runner(), m.mode);
    const auto file = [&](const std::string& name) { return mode_file(m.mode, name); };
    std::vector<std::string> tensors;
    double worst = 0.0;
    for (std::size_t i = 0; i < m.figures.stages.size(); ++i) {
      tensors.push_back(file(stage_file(i, m.figures.stages[i].name)));
      tensors.push_back("reference/" + stage_file(i, m.figures.stages[i].name));
      worst = std::max(worst, m.figures.stages[i].error);
    }
    const ModeGates& limits = proof_.gates.at(m.mode);
    judged("parity:" + m.mode,
           fmt::format("Each of {} encoder stages of {} gives what the f32 reference gives.", m.figures.stages.size(),
                       backend),
           holds(m, {"stage_", "encoder", "head"}),
           fmt::format("largest relative error of a stage {:.3g}, at most {:.3g}; of the chain {:.3g}, at most {:.3g}",
                       worst, limits.stage_error.value, m.figures.encoder.error, limits.encoder_error.value),
           tensors);
    const bool same = m.reading.text == proof_.reference_text;
    add("text:" + m.mode, fmt::format("On this recording {} reads the same text as the f32 reference.", backend), same,
        same ? "the greedy decodes are equal" : "the greedy decodes differ",
        {file("logits.npy"), "reference/logits.npy", file("result.json")});
    add("decode:" + m.mode, fmt::format("The greedy decode of {} is not blank.", backend),
        m.reading.nonblank_frames > 0 && !m.reading.text.empty(),
        fmt::format("{} of {} frames are not blank", m.reading.nonblank_frames, m.reading.frames),
        {file("logits.npy"), file("result.json")});
    judged("correction:" + m.mode, fmt::format("The ranker decided over a bounded number of candidates ({}).", m.mode),
           holds(m, {"boundedCandidates"}),
           fmt::format("{} candidates; best probability {:.4f}; {}", m.reading.candidates, m.reading.score,
                       m.reading.accepted ? "a correction was accepted" : "the first text was kept"),
           {file("result.json"), "bundle/bundle.json"});
    judged("runtime:" + m.mode,
           fmt::format("The whole chain ran through: {} in {}.", native ? "the engine" : runner(), m.mode), m.passed(),
           m.log.passed ? fmt::format("{} checks ran and passed, and the marker says what the tensors say",
                                      check_names(proof_.request).size())
                        : m.log.reason,
           {file("run.log")});
  }

  const Proof& proof_;
  const std::vector<ProofFile>& files_;
  std::vector<Claim> claims_;
};

}  // namespace

std::vector<Claim> derive_claims(const Proof& proof, const std::vector<ProofFile>& files) {
  return Claims(proof, files).run();
}

}  // namespace seben::proof
