// SPDX-License-Identifier: Apache-2.0
// The part of `seben proof` that lies in another file.
#pragma once

#include "cli/app.h"

namespace seben::cli {

void add_proof_analyse(const App& proof);

}  // namespace seben::cli
