// SPDX-License-Identifier: Apache-2.0
#include "proofs/recompute.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/scratch_folder.h"
#include "base/sha256.h"
#include "bundle/manifest.h"
#include "proofs/mode_run.h"
#include "proofs/run.h"
#include "proofs/steps.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostRecomputedText = std::size_t{4} << 20;
constexpr double kSamplesError = 1e-4;  // decoders of compressed recordings differ from version to version

class Recomputer {
 public:
  Recomputer(const std::string& folder, const Proof& proof, const Origin& origin)
      : folder_(folder), proof_(proof), origin_(origin), again_folder_(scratch_.file("again")) {}

  std::vector<std::string> run() {
    if (!same_origin()) return std::move(problems_);
    require_means();
    try {
      const Proof again = proof::run(options());
      compare(again);
    } catch (const Error& error) {
      if (error.category() == ErrorCategory::io || error.category() == ErrorCategory::no_input) throw;
      problem("bundle and recording do not give this proof: " + std::string(error.what()));
    }
    return std::move(problems_);
  }

 private:
  void problem(std::string text) { problems_.push_back(std::move(text)); }

  // By digests, before anything is computed.
  bool same_origin() {
    const std::string manifest = (fs::path(origin_.bundle) / bundle::kManifestName).string();
    if (base::sha256_file(manifest) != proof_.request.bundle_digest) {
      problem(manifest + ": another bundle than the proof's");
    }
    if (base::sha256_file(origin_.audio) != proof_.request.audio_digest) {
      problem(origin_.audio + ": another recording than the proof's");
    }
    return problems_.empty();
  }

  // Packages that were brought from outside left nothing but their plan.
  [[nodiscard]] bool has_own_packages() const {
    const std::string path = (fs::path(folder_) / receipt_file("packages-" + proof_.request.modes.front())).string();
    return parse_receipt(base::read_text(path, kMostRecomputedText), path).outputs.size() > 1;
  }

  void require_means() const {
    if (proof_.request.target == Target::native) return;
    const std::string& runner = proof_.request.runner;
    if (runner != (origin_.runner.empty() ? "interpreter" : origin_.runner)) {
      throw Error(ErrorCategory::usage, "--runner", runner + ", which executed the proof's packages",
                  origin_.runner.empty() ? "none" : origin_.runner);
    }
    if (origin_.packages.empty() && !has_own_packages()) {
      throw Error(ErrorCategory::usage, "--packages", "the packages that the proof is about", "none");
    }
  }

  [[nodiscard]] RunOptions options() const {
    const Request& request = proof_.request;
    RunOptions options;
    options.bundle = origin_.bundle;
    options.audio = origin_.audio;
    options.out = again_folder_;
    options.target = request.target;
    options.packages = origin_.packages;
    options.runner = origin_.runner;
    if (origin_.packages.empty()) {  // else they say it themselves
      options.modes = request.modes;
      options.stages = fmt::format("{}", fmt::join(request.stages, ","));
    }
    if (!proof_.gates.own) options.gates = (fs::path(folder_) / "gates.json").string();
    options.repetitions = 1;  // of times, which are not compared
    options.threads = origin_.threads;
    options.min_free = 0;
    options.progress = origin_.progress;
    return options;
  }

  void compare(const Proof& again) {
    Request expected = again.request;
    expected.audio = proof_.request.audio;
    expected.threads = proof_.request.threads;
    expected.repetitions = proof_.request.repetitions;
    expected.min_free = proof_.request.min_free;
    expected.tool = proof_.request.tool;
    expected.program_digest = proof_.request.program_digest;
    if (to_text(expected) != to_text(proof_.request)) {
      return problem("request.json: not what bundle and recording give");
    }
    if (again.reference_text != proof_.reference_text) problem("reference/logits.npy: another text");
    const ModeGates& f32 = own_gates_.at("f32");
    tensor(kFixtureAudio, kSamplesError);
    tensor(kFixtureMel, f32.encoder_error.value);
    tensors("reference", f32, "");
    for (std::size_t i = 0; i < again.modes.size(); ++i) compare_mode(again.modes[i], proof_.modes[i]);
  }

  void compare_mode(const ModeProof& again, const ModeProof& mode) {
    const auto gate = std::ranges::find_if(again.gates, [](const GateResult& g) { return !g.holds(); });
    if (gate != again.gates.end() && mode.passed()) {
      problem(fmt::format("mode {}: {} of {} does not hold of what bundle and recording give", mode.mode, gate->gate,
                          gate->check));
    }
    if (again.reading.text != mode.reading.text || again.reading.corrected != mode.reading.corrected) {
      problem(mode_file(mode.mode, "result.json") + ": another text");
    }
    // Of coded weights it is the arithmetic that may round otherwise, not the coding.
    tensors("modes/" + mode.mode, own_gates_.at(mode.mode == "compressed" ? "fp16" : mode.mode), "head.npy");
  }

  void tensors(const std::string& folder, const ModeGates& limits, const std::string& more) {
    const auto at = [&](const std::string& name) { return folder + "/" + name; };
    for (std::size_t i = 0; i < proof_.request.stages.size(); ++i) {
      // The reference's stages follow each other; a mode's are each given the reference's input.
      tensor(at(stage_file(i, proof_.request.stages[i])), limits.encoder_error.value);
    }
    tensor(at("features.npy"), limits.encoder_error.value);
    tensor(at("logits.npy"), limits.logits_error.value);
    if (!more.empty()) tensor(at(more), limits.logits_error.value);
  }

  void tensor(std::string_view path, double limit) {
    const std::string name(path);
    bool same = false;
    try {
      same = relative_error(folder_, again_folder_, name) <= limit;
    } catch (const Error& error) {  // another shape
      if (error.category() != ErrorCategory::bad_data) throw;
    }
    if (!same) problem(name + ": not what bundle and recording give");
  }

  const std::string& folder_;
  const Proof& proof_;
  const Origin& origin_;
  const ProofGates own_gates_ = parse_gates(builtin_gates_text(), "built-in gates");
  const base::ScratchFolder scratch_;
  const std::string again_folder_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> recompute(const std::string& folder, const Proof& proof, const Origin& origin) {
  return Recomputer(folder, proof, origin).run();
}

}  // namespace seben::proof
