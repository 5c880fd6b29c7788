// SPDX-License-Identifier: Apache-2.0
#include "proofs/prepare.h"

#include <fmt/format.h>

#include <filesystem>

#include "audio/windows.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "bundle/ranker.h"
#include "convert/encoder.h"
#include "engine/recogniser.h"
#include "export/package_subject.h"
#include "proofs/fixture.h"
#include "proofs/gates.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;

class Preparer {
 public:
  Preparer(const deploy::Source& source, const RunOptions& options)
      : source_(source), bundle_(*source.bundle()), options_(options) {}

  Prepared run() {
    out_.gates_text = options_.gates.empty() ? std::string(builtin_gates_text())
                                             : base::read_text(options_.gates, std::size_t{1} << 18);
    const ProofGates gates = parse_gates(out_.gates_text, options_.gates.empty() ? "built-in gates" : options_.gates);
    choose_modes(gates);
    choose_stages();
    fill_request(gates);
    check();
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool native() const { return options_.target == Target::native; }

  void choose_modes(const ProofGates& gates) {
    std::vector<std::string>& modes = out_.request.modes;
    modes = options_.modes;
    if (native()) {
      if (!options_.packages.empty() || !options_.runner.empty()) {
        throw Error(ErrorCategory::usage, "--packages, --runner", "--target package", "--target native");
      }
      for (const kernels::Precision p : {kernels::Precision::f32, kernels::Precision::bf16, kernels::Precision::int8}) {
        if (options_.modes.empty() && bundle_.admits(p)) modes.emplace_back(kernels::to_string(p));
      }
    } else if (!options_.packages.empty()) {
      modes = {deploy::precision_of_plan(options_.packages)};
    } else if (options_.modes.empty()) {
      modes = {"fp32", "fp16"};
    }
    for (const std::string& mode : modes) {
      if (native()) static_cast<void>(pipeline::choose_precision(bundle_, {mode == "auto" ? "?" : mode}));
      if (!native() && options_.packages.empty() && mode != "fp32" && mode != "fp16") {
        throw Error(ErrorCategory::usage, "--modes", "fp32 or fp16 for packages that are exported", mode);
      }
      static_cast<void>(gates.at(mode));
    }
  }

  void choose_stages() {
    const whisper::EncoderConfig& config = source_.encoder().config;
    const std::string words = !options_.packages.empty() ? deploy::stages_of_plan(options_.packages)
                              : options_.stages.empty()  ? (native() ? "single" : "device-safe")
                                                         : options_.stages;
    out_.stages = words == "single"        ? whisper::single_stages(config)
                  : words == "device-safe" ? convert::device_safe_stages(config)
                                           : whisper::parse_stages(words, config);
    for (const whisper::Stage& stage : out_.stages) out_.request.stages.push_back(whisper::to_string(stage));
  }

  void fill_request(const ProofGates& gates) {
    Request& r = out_.request;
    r.target = options_.target;
    r.model = bundle_.manifest().name;
    r.bundle_digest = bundle_.digest();
    r.audio = fs::path(options_.audio).filename().string();
    r.runner = native() ? "" : options_.runner.empty() ? "interpreter" : options_.runner;
    r.threads = options_.threads;
    r.repetitions = options_.repetitions;
    r.min_free = options_.min_free.value_or(static_cast<std::uint64_t>(gates.min_free_bytes.value));
    r.gates_digest = base::sha256_hex(out_.gates_text);
    r.tool = "seben " SEBEN_VERSION;
    r.program_digest = program_digest();
  }

  void check() {
    Request& r = out_.request;
    guard_disk(options_.out, r.min_free);
    Ready& ready = out_.ready;
    ready.free = free_bytes(options_.out);
    ready.least = r.min_free;
    const auto add = [&](const char* name, std::string needed, std::string found) {
      ready.checks.push_back({name, std::move(needed), std::move(found)});
    };
    add("disk", fmt::format("{} bytes free", ready.least), fmt::format("{} bytes", ready.free));
    bundle::verify_digests(bundle_, [](std::uint64_t, std::uint64_t) { base::throw_if_interrupted(); });
    if (!bundle::load_ranker(bundle_)) {
      throw Error(ErrorCategory::incomplete, bundle_.folder() + ": ranker", "one: its decision is part of the proof",
                  "none (seben rank fit makes one)");
    }
    add("bundle", "every listed file with its digest, a ranker of this head",
        fmt::format("{} files, bundle {}", bundle_.manifest().files.size(), bundle_.digest()));
    const bool skewed = bundle_.require_features(bundle_.provided(kernels::Precision::f32), bundle_.folder());
    add("contract", "features that the head requires", skewed ? "held by a skew record" : "equal, field by field");
    if (const auto padding = bundle_.required().framing.padding; padding != frontend::Padding::samples) {
      throw Error(ErrorCategory::incomplete, bundle_.folder() + ": contract.requires.mel.padding",
                  "samples, as a proof's recording is padded", std::string(to_string(padding)));
    }
    static_cast<void>(first_window(options_.audio));
    r.audio_digest = base::sha256_file(options_.audio);
    add("recording", fmt::format("sound, to be {} samples", audio::kWindowSamples), r.audio_digest);
    add("modes", "admitted by the bundle's record", fmt::format("{}", fmt::join(r.modes, ", ")));
  }

  const deploy::Source& source_;
  const bundle::Bundle& bundle_;
  const RunOptions& options_;
  Prepared out_;
};

}  // namespace

Prepared prepare(const deploy::Source& source, const RunOptions& options) { return Preparer(source, options).run(); }

}  // namespace seben::proof
