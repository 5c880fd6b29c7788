// SPDX-License-Identifier: Apache-2.0
// The parts of `seben rank`, each in a file of its own.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {

void add_rank_rows(CLI::App& rank);
void add_rank_mine(CLI::App& rank);
void add_rank_check_text(CLI::App& rank);
void add_rank_lm(CLI::App& rank);
void add_rank_fit(CLI::App& rank);

}  // namespace seben::cli
