// SPDX-License-Identifier: Apache-2.0
// Which model a command works with: `--bundle FOLDER`, or `--model NAME` as `seben fetch` has named it.
#pragma once

#include <string>

#include "cli/app.h"

namespace seben::cli {

/// The options of both; `about` says what --bundle is.
void add_model_choice(const App& command, std::string& bundle, std::string& model,
                      const std::string& about = "Folder of the model");

/// The folder of the bundle. `otherwise` is used when neither was given; empty: one of them has to be. Error(usage) for
/// both or none, Error(no_input) for a name that nothing has, with the names that exist and how to fetch it.
[[nodiscard]] std::string choose_model(const std::string& bundle, const std::string& model,
                                       const std::string& otherwise = "");

}  // namespace seben::cli
