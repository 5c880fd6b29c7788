// SPDX-License-Identifier: Apache-2.0
// A proof as its evidence gives it. Everything here is computed from the files; the summary is this, written down.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "evidence/device_folder.h"
#include "evidence/verdict.h"
#include "proofs/environment.h"
#include "proofs/folder.h"
#include "proofs/judge.h"

namespace seben::proof {

struct ModeProof {  // NOLINT(bugprone-exception-escape): as Proof
  std::string mode;
  ModeFigures figures;
  Reading reading;
  Timings timings;
  evidence::Verdict log;
  std::vector<GateResult> gates;

  [[nodiscard]] bool passed() const;
};

/// What came back from a device that ran the packages of one of the modes.
struct DeviceProof {                  // NOLINT(bugprone-exception-escape): as Proof
  std::string mode;                   ///< whose packages it ran; "" when they are none of this proof's
  std::vector<ProofFile> files;       ///< below device/
  evidence::DeviceEvidence evidence;  ///< what the analysers say
  std::vector<GateResult> gates;

  [[nodiscard]] bool passed() const;
};

/// A sentence and whether the evidence carries it. Sentences are made from the evidence, never read from a file.
struct Claim {
  std::string id;
  std::string sentence;
  bool supported = false;
  std::string because;
  std::vector<ProofFile> evidence;  ///< that it rests on
};

/// What may be said of a proof.
enum class Standing : std::uint8_t {
  fails,        ///< a gate does not hold
  other_gates,  ///< every gate holds, but they are not Seben's own
  consistent,   ///< Seben's own gates hold of the files; whether bundle and recording give these files was not computed
  proved,       ///< that was computed as well
};

struct Proof {  // NOLINT(bugprone-exception-escape): verdicts hold nlohmann's ordered objects
  Request request;
  ProofGates gates;
  std::vector<Fact> environment;
  Ready preflight;
  std::string reference_text;  ///< greedy decode of the reference
  std::vector<ModeProof> modes;
  std::vector<GateResult> run_gates;  ///< of the whole run
  std::optional<DeviceProof> device;  ///< when evidence of a device was attached (attach.h)
  std::vector<Claim> claims;
  std::string manifest_digest;
  bool holds = false;     ///< every gate, whoever's they are
  bool passed = false;    ///< every gate, and they are Seben's own
  bool computed = false;  ///< all tensors were computed from bundle and recording just now; no file can say so
  std::string reason;     ///< one sentence or two

  [[nodiscard]] Standing standing() const;
};

/// "Proved.", "Consistent.", "Held by other gates.", "Not proved."
[[nodiscard]] std::string headline(const Proof& proof);

/// Reads the evidence listed in `files` (already compared with their digests) and concludes. Error(bad_data) or
/// Error(incomplete) when it is not whole or contradicts itself.
[[nodiscard]] Proof derive(const std::string& folder, const std::vector<ProofFile>& files);
/// Measures and lists the folder's files, derives, and writes manifest.json and proof-summary.json.
[[nodiscard]] Proof conclude(const std::string& folder);

[[nodiscard]] std::vector<Claim> derive_claims(const Proof& proof, const std::vector<ProofFile>& files);

/// proof-summary.json; the same evidence gives the same bytes.
[[nodiscard]] std::string to_text(const Proof& proof);

}  // namespace seben::proof
