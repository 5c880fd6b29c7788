// SPDX-License-Identifier: Apache-2.0
// `seben inspect encoder A B`.
#pragma once

#include "cli/app.h"

namespace seben::cli {

void add_inspect_encoder(const App& inspect);

}  // namespace seben::cli
