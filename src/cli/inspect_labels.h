// SPDX-License-Identifier: Apache-2.0
// The command `inspect labels`.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {

void add_inspect_labels(CLI::App& parent);

}  // namespace seben::cli
