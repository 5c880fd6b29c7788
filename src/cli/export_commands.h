// SPDX-License-Identifier: Apache-2.0
// What `seben export` can do; one file each.
#pragma once

#include "cli/app.h"

namespace seben::cli {

void add_export_coreml(const App& parent);
void add_export_fixtures(const App& parent);
void add_export_harness(const App& parent);
void add_export_features(const App& parent);
void add_export_ggml(const App& parent);

}  // namespace seben::cli
