// SPDX-License-Identifier: Apache-2.0
// What a proof has to hold: gates.json, every number with the text that says where it comes from. It is compiled in;
// a proof stores the file that it was judged by.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "parity/gate.h"

namespace seben::proof {

using parity::Limit;
/// Errors are relative: root of the mean squared difference over root of the reference's mean square.
using parity::ModeGates;

struct ProofGates {
  std::string name;  ///< "seben.gates.proof 2"
  std::string sha256;
  bool own = false;  ///< Seben's own, byte by byte; all others are somebody else's, whatever they call themselves
  Limit audio_samples;
  Limit min_free_bytes;
  Limit min_repetitions;
  Limit min_nonblank_frames;
  Limit max_candidates;
  std::map<std::string, ModeGates, std::less<>> modes;  ///< f32, bf16, int8; of packages fp32, fp16, compressed

  /// Error(incomplete) when there are none for that mode.
  [[nodiscard]] const ModeGates& at(std::string_view mode) const;
  /// "Seben's own, seben.gates.proof 2", or "not Seben's, gates.json with SHA-256 0123456789abcdef".
  [[nodiscard]] std::string whose() const;
};

/// Error(bad_data) names the field. No file may ask for less than the hard ceilings in gates.cc.
[[nodiscard]] ProofGates parse_gates(std::string_view text, const std::string& source);
/// The text of src/proof/proofs/gates.json.
[[nodiscard]] std::string_view builtin_gates_text() noexcept;

}  // namespace seben::proof
