// SPDX-License-Identifier: Apache-2.0
// Texts before and after correction, side by side.
#pragma once

#include <vector>

#include "fit/fit.h"
#include "report/html.h"

namespace seben::pipeline {

/// Heard, corrected and said side by side, with what was taken away and added marked.
[[nodiscard]] report::Table examples_table(const std::vector<correction::CorrectedExample>& examples);

}  // namespace seben::pipeline
