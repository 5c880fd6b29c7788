// SPDX-License-Identifier: Apache-2.0
#include "proofs/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "base/sha256.h"
#include "proofs/steps.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
using evidence::Verdict;

constexpr const char* kBelongs = "evidence of other packages, fixtures or encoders proves nothing about these";
constexpr const char* kPasses = "docs/evidence.md: analysers fail closed, and one that does not pass is no evidence";

// 1e30 for a difference from nothing.
double relative(double mse, double mean_square) {
  return mse == 0.0 ? 0.0 : mean_square > 0.0 ? std::sqrt(mse / mean_square) : 1e30;
}

class DeviceJudge {
 public:
  DeviceJudge(const std::string& folder, const std::vector<ProofFile>& files, const Proof& proof,
              const std::string& encoder_digest)
      : folder_(folder), proof_(proof), encoder_digest_(encoder_digest) {
    const std::string prefix = std::string(kDevice) + "/";
    for (const ProofFile& file : files) {
      if (file.path.starts_with(prefix)) out_.files.push_back(file);
      if (file.path == prefix + "proof/plan.json") plan_ = file.sha256;
      if (file.path == "reference/audio.npy") audio_ = file.sha256;
    }
  }

  DeviceProof run() {
    for (const ModeProof& mode : proof_.modes) {
      if (proof_.request.plans.contains(mode.mode) && proof_.request.plans.at(mode.mode) == plan_) mode_ = &mode;
    }
    if (mode_ != nullptr) out_.mode = mode_->mode;
    out_.evidence = evidence::read_device_evidence((fs::path(folder_) / kDevice).string(), options());
    verdicts();
    belonging();
    figures();
    return std::move(out_);
  }

 private:
  void add(std::string check, const char* gate, double value, const Limit& limit, bool at_most) {
    out_.gates.push_back({std::string(kDevice), std::move(check), gate, value, limit.value, at_most, limit.source});
  }
  void require(const char* check, const char* gate, bool holds, const char* source) {
    add(check, gate, holds ? 1.0 : 0.0, {1.0, source}, false);
  }

  // The log is judged by the figures of this proof; of other packages there are none, and it fails anyhow.
  [[nodiscard]] evidence::DeviceOptions options() const {
    evidence::DeviceOptions options;
    options.min_free_bytes = static_cast<std::uint64_t>(proof_.gates.min_free_bytes.value);
    if (mode_ == nullptr) return options;
    options.log = log_options(proof_.request, mode_->mode, mode_->figures, mode_->reading, proof_.gates);
    options.log.marker.text.clear();  // judged below, for every unit that was asked for
    const double head = proof_.gates.at(mode_->mode).logits_error.value;  // a harness's head also ends its chain
    options.log.marker.max_head_mse = head * head * mode_->figures.head.mean_square;
    options.bounds_of_mean_square_1 = false;
    return options;
  }

  void verdicts() {
    const evidence::DeviceEvidence& e = out_.evidence;
    const auto passes = [&](const char* check, const char* gate, const std::optional<Verdict>& verdict) {
      require(check, gate, verdict && verdict->passed, kPasses);
    };
    passes("evidence", "evidence_whole", e.whole);
    if (!e.run || !e.run->on_mac()) passes("preflight", "ready", e.preflight);
    passes("runtime log", "runtime_proven", e.log);
    if (e.run && e.run->traced) passes("trace", "placement_markers_found", e.trace);
    if (e.plans.empty()) return;
    const auto unread = std::ranges::count_if(e.plans, [](const auto& plan) { return !plan.verdict.passed; });
    add("compute plans", "unread_plans", static_cast<double>(unread), {0.0, kPasses}, true);
  }

  void belonging() {
    const evidence::DeviceEvidence& e = out_.evidence;
    require("belonging", "plan_digest", mode_ != nullptr && e.plan_digest == plan_, kBelongs);
    require("belonging", "fixture_digest", e.chain && !audio_.empty() && e.chain->audio_digest == audio_, kBelongs);
    require("belonging", "encoder_digest", !encoder_digest_.empty() && e.encoder_digest == encoder_digest_, kBelongs);
    const auto same_name = [](const evidence::ChainPart& part, const std::string& stage) { return part.name == stage; };
    require("belonging", "stages", e.chain && std::ranges::equal(e.chain->stages, proof_.request.stages, same_name),
            kBelongs);
    require("belonging", "ranker_mode", e.marker && e.marker->ranker_mode == Reader::mode(), kBelongs);
  }

  // Stage by stage, where the log's one bound is that of the largest stage.
  void figures() {
    const auto& [marker, details] = std::tie(out_.evidence.marker, out_.evidence.details);
    if (mode_ == nullptr || !marker) return;
    const ModeGates& limits = proof_.gates.at(mode_->mode);
    const ModeFigures& reference = mode_->figures;
    for (const evidence::ModeParity& units : marker->modes) {
      for (std::size_t i = 0; i < std::min(units.stages.size(), reference.stages.size()); ++i) {
        add(fmt::format("stage {} {}, {}", i, units.stages[i].name, units.compute_units), "stage_error",
            relative(units.stages[i].mse, reference.stages[i].mean_square), limits.stage_error, true);
      }
    }
    if (!details) return;
    for (const evidence::DeviceMode& units : details->modes) {
      add("encoder, " + units.compute_units, "encoder_error",
          relative(units.encoder_mse, reference.encoder.mean_square), limits.encoder_error, true);
      add("head, " + units.compute_units, "head_error", relative(units.head_mse, reference.head.mean_square),
          limits.logits_error, true);
      add("greedy decode, " + units.compute_units, "max_argmax_share",
          static_cast<double>(units.argmax_changes) / static_cast<double>(std::max<std::int64_t>(marker->frames, 1)),
          limits.max_argmax_share, true);
      out_.gates.push_back(same_text(std::string(kDevice), "greedy decode, " + units.compute_units,
                                     units.text == proof_.reference_text));
    }
  }

  const std::string& folder_;
  const Proof& proof_;
  const std::string& encoder_digest_;
  const ModeProof* mode_ = nullptr;
  std::string plan_, audio_;
  DeviceProof out_;
};

}  // namespace

bool DeviceProof::passed() const {
  return evidence.passed() && !gates.empty() &&
         std::ranges::all_of(gates, [](const GateResult& gate) { return gate.holds(); });
}

DeviceProof judge_device(const std::string& folder, const std::vector<ProofFile>& files, const Proof& proof,
                         const std::string& encoder_digest) {
  return DeviceJudge(folder, files, proof, encoder_digest).run();
}

}  // namespace seben::proof
