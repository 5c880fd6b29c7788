// SPDX-License-Identifier: Apache-2.0
// Whether the recordings of a measurement are enough for it to admit anything.
#pragma once

#include <string>
#include <vector>

#include "bundle/basis.h"
#include "evaluate/evaluation.h"

namespace seben::pipeline {

/// One word for one recording, whatever name it goes by.
[[nodiscard]] std::string recording_identity(const std::string& path);

/// A recording counts once, however often it is listed; characters are code points of the texts.
[[nodiscard]] bundle::Basis basis_of(const std::vector<EvalRow>& rows, double reference_cer);

/// Before anything is run. Error(usage) for limits that bundle::require_sound refuses; Error(incomplete) for fewer
/// recordings or characters than the limits ask.
void require_enough(const std::vector<EvalRow>& rows, const bundle::BasisLimits& limits);

}  // namespace seben::pipeline
