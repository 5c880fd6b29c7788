// SPDX-License-Identifier: Apache-2.0
// A picture of what is taken for what.
#pragma once

#include "correct/confusions.h"
#include "report/plots.h"

namespace seben::pipeline {

/// Rows: what was said; columns: what was read; "" is nothing. The `most` most frequent confusions choose both.
[[nodiscard]] report::Svg confusion_picture(const correction::ConfusionMaps& maps, std::size_t most = 40);

}  // namespace seben::pipeline
