// SPDX-License-Identifier: Apache-2.0
// What a fit measured, for people (HTML with plots), for terminals (a table) and for the model itself (JSON).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "fit/fit.h"

namespace seben::pipeline {

/// The figures that stay in ranker.json: sizes of the parts, error rates and counts of every mode on the test part.
[[nodiscard]] nlohmann::json fit_summary(const correction::FitReport& report, const correction::FitOptions& options);

/// One line a mode, the uncorrected text first.
[[nodiscard]] std::string fit_table(const correction::FitReport& report);

/// One self-contained page; `rows` names the file that was fitted on.
[[nodiscard]] std::string fit_page(const correction::FitResult& result, const std::string& rows);

}  // namespace seben::pipeline
