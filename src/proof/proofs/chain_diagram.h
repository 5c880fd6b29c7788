// SPDX-License-Identifier: Apache-2.0
// A picture of what a proof looked at.
#pragma once

#include "proofs/proof.h"
#include "report/plots.h"

namespace seben::proof {

/// Boxes from the recording to the ranker's decision, in rows; grey where a gate does not hold in some mode.
[[nodiscard]] report::Svg chain_diagram(const Proof& proof);

}  // namespace seben::proof
