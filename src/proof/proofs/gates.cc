// SPDX-License-Identifier: Apache-2.0
#include "proofs/gates.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "seben/error.h"

namespace seben::proof {

using parity::read_limit;

const ModeGates& ProofGates::at(std::string_view mode) const {
  const auto it = modes.find(mode);
  if (it == modes.end()) {
    throw Error(ErrorCategory::incomplete, name + ": modes", "gates for " + std::string(mode), "none");
  }
  return it->second;
}

ProofGates parse_gates(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 18, 8, 5000});
  const base::JsonReader reader(json, source);
  reader.refuse_unknown_keys({"schema", "version", "run", "modes"});
  if (reader.string("schema") != "seben.gates.proof") {
    reader.fail("schema", "seben.gates.proof", reader.string("schema"));
  }
  ProofGates gates;
  gates.name = "seben.gates.proof " + std::to_string(reader.integer("version", 1, 1));
  const base::JsonReader run = reader.object("run");
  run.refuse_unknown_keys(
      {"audio_samples", "min_free_bytes", "min_repetitions", "min_nonblank_frames", "max_candidates"});
  gates.audio_samples = read_limit(run, "audio_samples", 480'000, 480'000);  // nothing else is Whisper's window
  gates.min_free_bytes = read_limit(run, "min_free_bytes", 0, 1e18);
  gates.min_repetitions = read_limit(run, "min_repetitions", 1, 1000);
  gates.min_nonblank_frames = read_limit(run, "min_nonblank_frames", 1, 1e6);
  gates.max_candidates = read_limit(run, "max_candidates", 1, 1e6);
  const base::JsonReader modes = reader.object("modes");
  for (const std::string& mode : modes.keys()) {
    const base::JsonReader m = modes.object(mode);
    m.refuse_unknown_keys(
        {"stage_error", "encoder_error", "head_error", "logits_error", "min_cosine", "max_argmax_share"});
    gates.modes[mode] = {read_limit(m, "stage_error", 0, 1), read_limit(m, "encoder_error", 0, 1),
                         read_limit(m, "head_error", 0, 1),  read_limit(m, "logits_error", 0, 1),
                         read_limit(m, "min_cosine", 0, 1),  read_limit(m, "max_argmax_share", 0, 1)};
  }
  return gates;
}

}  // namespace seben::proof
