// SPDX-License-Identifier: Apache-2.0
#include "proofs/gates.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"
#include "seben/error.h"

namespace seben::proof {

namespace {

using parity::read_limit;

// Whoever writes gates of his own may be stricter than Seben, or more lenient up to here. An output of zeros has an
// error of 1 and a cosine of 0; at right angles an error of 0.5 leaves a cosine of 0.9.
constexpr double kMostError = 0.5, kMostLogitsError = 1.0, kLeastCosine = 0.9, kMostArgmaxShare = 0.05;
constexpr double kMostCandidates = 65536.0;

// Gates that earlier versions of Seben had of their own: the same numbers, other words. Their proofs stay what they
// are.
constexpr std::array<std::string_view, 1> kEarlier{
    "3b78315a95478a44e325c4eba1a27c22d2180470214c6abd9f26abfa1089413b"};  // 1

}  // namespace

const ModeGates& ProofGates::at(std::string_view mode) const {
  const auto it = modes.find(mode);
  if (it == modes.end()) {
    throw Error(ErrorCategory::incomplete, name + ": modes", "gates for " + std::string(mode), "none");
  }
  return it->second;
}

std::string ProofGates::whose() const {
  return own ? "Seben's own, " + name : "not Seben's, gates.json with SHA-256 " + sha256.substr(0, 16);
}

ProofGates parse_gates(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 18, 8, 5000});
  const base::JsonReader reader(json, source);
  reader.refuse_unknown_keys({"schema", "version", "run", "modes"});
  if (reader.string("schema") != "seben.gates.proof") {
    reader.fail("schema", "seben.gates.proof", reader.string("schema"));
  }
  ProofGates gates;
  gates.name = "seben.gates.proof " + std::to_string(reader.integer("version", 1, 2));
  gates.sha256 = base::sha256_hex(text);
  gates.own = text == builtin_gates_text() || std::ranges::find(kEarlier, gates.sha256) != kEarlier.end();
  const base::JsonReader run = reader.object("run");
  run.refuse_unknown_keys(
      {"audio_samples", "min_free_bytes", "min_repetitions", "min_nonblank_frames", "max_candidates"});
  gates.audio_samples = read_limit(run, "audio_samples", 480'000, 480'000);  // nothing else is Whisper's window
  gates.min_free_bytes = read_limit(run, "min_free_bytes", 0, 1e18);
  gates.min_repetitions = read_limit(run, "min_repetitions", 1, 1000);
  gates.min_nonblank_frames = read_limit(run, "min_nonblank_frames", 1, 1e6);
  gates.max_candidates = read_limit(run, "max_candidates", 1, kMostCandidates);
  const base::JsonReader modes = reader.object("modes");
  for (const std::string& mode : modes.keys()) {
    const base::JsonReader m = modes.object(mode);
    m.refuse_unknown_keys(
        {"stage_error", "encoder_error", "head_error", "logits_error", "min_cosine", "max_argmax_share"});
    gates.modes[mode] = {
        read_limit(m, "stage_error", 0, kMostError),      read_limit(m, "encoder_error", 0, kMostError),
        read_limit(m, "head_error", 0, kMostLogitsError), read_limit(m, "logits_error", 0, kMostLogitsError),
        read_limit(m, "min_cosine", kLeastCosine, 1),     read_limit(m, "max_argmax_share", 0, kMostArgmaxShare)};
  }
  return gates;
}

}  // namespace seben::proof
