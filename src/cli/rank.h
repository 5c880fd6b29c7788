// SPDX-License-Identifier: Apache-2.0
// The parts of `seben rank`, each in a file of its own.
#pragma once

#include "cli/app.h"

namespace seben::cli {

void add_rank_rows(const App& rank);
void add_rank_mine(const App& rank);
void add_rank_check_text(const App& rank);
void add_rank_lm(const App& rank);
void add_rank_fit(const App& rank);

}  // namespace seben::cli
