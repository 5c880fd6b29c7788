// SPDX-License-Identifier: Apache-2.0
// What `seben export` can do; one file each.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {

void add_export_coreml(CLI::App& parent);
void add_export_fixtures(CLI::App& parent);
void add_export_harness(CLI::App& parent);
void add_export_features(CLI::App& parent);
void add_export_ggml(CLI::App& parent);

}  // namespace seben::cli
