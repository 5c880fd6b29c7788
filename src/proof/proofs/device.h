// SPDX-License-Identifier: Apache-2.0
// Evidence of a device as part of a proof: does it belong to these packages and this recording, and does it hold?
#pragma once

#include <string>
#include <vector>

#include "proofs/proof.h"

namespace seben::proof {

/// Of the evidence in `folder`/device; `proof` has its request, gates and modes. `encoder_digest` is what the bundle's
/// contract says of its encoder. What is wrong with the evidence is a gate that does not hold, never an error.
[[nodiscard]] DeviceProof judge_device(const std::string& folder, const std::vector<ProofFile>& files,
                                       const Proof& proof, const std::string& encoder_digest);

/// What is claimed about devices, supported or not, with or without evidence of one.
[[nodiscard]] std::vector<Claim> device_claims(const Proof& proof);

}  // namespace seben::proof
