// SPDX-License-Identifier: Apache-2.0
// One mode of a proof: every stage on the reference's input, the whole chain, the head, what is read, how long it
// takes, and the log of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/whisper/config.h"
#include "parity/subject.h"
#include "proofs/gates.h"
#include "proofs/reading.h"
#include "proofs/request.h"

namespace seben::proof {

inline constexpr std::string_view kFixtureMel = "reference/mel.npy", kFixtureAudio = "reference/audio.npy";

struct ModeRun {
  const std::string& folder;  ///< of the proof, with its reference
  const Request& request;
  const ProofGates& gates;
  const Reader& reader;
  const whisper::EncoderConfig& config;
  std::int64_t subsample = 1, feature_frames = 0;        ///< of the features, as the head takes them
  std::function<void(const std::string& what)> advance;  ///< told before every part; may throw to stop
};

/// Writes modes/<mode>/ and returns the paths of its files.
[[nodiscard]] std::vector<std::string> run_mode(const ModeRun& run, const std::string& mode, parity::Backend& backend);

/// Shape of logits with that many classes.
[[nodiscard]] std::vector<std::int64_t> logits_shape(const std::vector<float>& logits, std::int64_t classes);

}  // namespace seben::proof
