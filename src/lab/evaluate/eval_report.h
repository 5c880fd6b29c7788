// SPDX-License-Identifier: Apache-2.0
// An evaluation as lines and as a page.
#pragma once

#include <string>

#include "evaluate/evaluation.h"

namespace seben::pipeline {

/// One line a condition and mode.
[[nodiscard]] std::string eval_table(const Evaluation& evaluation);

/// One self-contained page; `manifest` names what was evaluated.
[[nodiscard]] std::string eval_page(const Evaluation& evaluation, const std::string& manifest);

}  // namespace seben::pipeline
