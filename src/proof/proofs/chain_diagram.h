// SPDX-License-Identifier: Apache-2.0
// A proof's chain as a picture, and what its steps are called.
#pragma once

#include <string>
#include <string_view>

#include "proofs/proof.h"
#include "report/plots.h"

namespace seben::proof {

/// "convpos", "layer 3", "layers 0-2", "finalnorm"
[[nodiscard]] std::string stage_label(std::string_view stage);

/// Boxes from the recording to the ranker's decision, in rows; grey and with a cross where a gate does not hold in some
/// mode.
[[nodiscard]] report::Svg chain_diagram(const Proof& proof);

}  // namespace seben::proof
