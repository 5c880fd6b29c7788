// SPDX-License-Identifier: Apache-2.0
// The part of `seben proof` that lies in another file.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {

void add_proof_analyse(CLI::App& proof);

}  // namespace seben::cli
