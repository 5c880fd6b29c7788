// SPDX-License-Identifier: Apache-2.0
// Options that would do nothing are mistakes of whoever typed them: they are refused, and the line says what for.
#pragma once

#include <string>
#include <vector>

#include "cli/app.h"

namespace seben::cli {

/// Error(usage) for the first of `options` ("--audio") that was given: it needs `needed`, and there is `found`.
void refuse_idle(const App& command, const std::vector<std::string>& options, const std::string& needed,
                 const std::string& found);

/// The same for all options of a group of the help page.
void refuse_idle_group(const App& command, const std::string& group, const std::string& needed,
                       const std::string& found);

}  // namespace seben::cli
