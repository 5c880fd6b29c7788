// SPDX-License-Identifier: Apache-2.0
// The marker line: what the test that runs on a device prints, once, when its chain has gone through.
//
//   SEBEN_PROOF {"format":"seben-proof-marker","version":1, ...}
//
// One line on standard output, beginning with the word SEBEN_PROOF and one space, the rest one JSON object (RFC 8259,
// UTF-8, no key twice, no other keys than these, at most 1 MiB, numbers finite):
//
//   key               type      meaning
//   format            string    "seben-proof-marker"
//   version           integer   1
//   run               string    1 to 64 characters that tell this run from others, as the caller handed them in
//   model_digest      string    SHA-256 of the plan that was run, 64 lower-case hexadecimal digits
//   fixture_digest    string    SHA-256 of the file that lists what outputs were compared with (Proof/chain.json of a
//                               harness), in the same digits
//   audio_samples     integer   samples of the recording, 480000 (30 s of 16 kHz)
//   compute_units     [string]  what was asked of Core ML, in the order of `modes`: "cpu_only", "cpu_and_gpu",
//                               "cpu_and_ne" or "all"; a request, not a placement
//   modes             [object]  two or more, one for each of compute_units, in that order:
//     compute_units     string    the same word again
//     stages            [object]  one or more, in the order in which they ran; equal names in every mode:
//       name              string    such as "convpos" or "layers[0..2]", each once
//       mse               number    mean squared difference to the fixture, 0 or more
//       max_abs           number    largest absolute difference, 0 or more
//   encoder_mse       number    of the whole chain's features, the worst of all modes, 0 or more
//   head_mse          number    of the logits, the worst of all modes, 0 or more
//   frames            integer   frames of the head's output, 1 or more (375)
//   nonblank_frames   integer   of these, greedily decoded as something else than blank: 1 to `frames`
//   text              string    the greedy decode, not empty
//   candidates        integer   corrections that were scored, 1 or more
//   ranker            object    its decision:
//     accepted          boolean   whether a correction was accepted
//     mode              string    the ranker's operating point, 1 to 64 characters
//     score             number    of the best candidate
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/verdict.h"

namespace seben::evidence {

inline constexpr std::string_view kMarkerWord = "SEBEN_PROOF";
inline constexpr std::string_view kMarkerFormat = "seben-proof-marker";
inline constexpr int kMarkerVersion = 1;

struct StageParity {
  std::string name;
  double mse = 0.0;
  double max_abs = 0.0;
};

struct ModeParity {
  std::string compute_units;
  std::vector<StageParity> stages;
};

struct ProofMarker {
  std::string run;
  std::string model_digest;
  std::string fixture_digest;
  std::int64_t audio_samples = 0;
  std::vector<ModeParity> modes;
  double encoder_mse = 0.0;
  double head_mse = 0.0;
  std::int64_t frames = 0;
  std::int64_t nonblank_frames = 0;
  std::string text;
  std::int64_t candidates = 0;
  bool ranker_accepted = false;
  std::string ranker_mode;
  double ranker_score = 0.0;
};

/// What a marker has to hold. The error bounds are the fp32 row of the built-in gates (deploy/gates.cc, with where they
/// come from) for outputs whose mean square is 1 or less: larger ones round more, and callers that know their size, or
/// have other precisions, pass their own.
struct MarkerThresholds {
  std::int64_t audio_samples = 480'000;  ///< exactly
  std::size_t min_modes = 2;
  double max_stage_mse = 1e-11;
  std::optional<double> max_stage_abs;  ///< largest absolute difference of any stage
  double max_encoder_mse = 1e-9;
  double max_head_mse = 1e-10;
  std::optional<std::int64_t> frames;  ///< exactly
  std::int64_t min_nonblank_frames = 1;
  std::int64_t max_candidates = 4096;  ///< a bounded search, not more than the ranker may be given
  bool require_accepted = false;       ///< the ranker may rightly keep the first text
  std::vector<std::string> stages;     ///< exactly these names in this order, unless empty
  std::string run;                     ///< exactly, unless empty: tells old logs from this one
  std::string model_digest;            ///< exactly, unless empty
  std::string fixture_digest;          ///< exactly, unless empty
  std::string text;                    ///< exactly, unless empty
};

/// The object after the marker word. Error(bad_data) with `where` as its beginning when anything above does not hold.
[[nodiscard]] ProofMarker parse_marker(std::string_view json, const std::string& where);

/// What of `marker` is beyond `thresholds`; fatal findings of class "marker.threshold" or "marker.contradiction".
[[nodiscard]] std::vector<Finding> check_marker(const ProofMarker& marker, const MarkerThresholds& thresholds);

/// The figures of the marker, for facts.
[[nodiscard]] nlohmann::ordered_json marker_facts(const ProofMarker& marker);

/// A marker line with these figures, as the harness has to print it; for fixtures and tests.
[[nodiscard]] std::string marker_line(const ProofMarker& marker);

}  // namespace seben::evidence
