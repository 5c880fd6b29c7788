// SPDX-License-Identifier: Apache-2.0
// The command `inspect labels`.
#pragma once

#include "cli/app.h"

namespace seben::cli {

void add_inspect_labels(const App& parent);

}  // namespace seben::cli
