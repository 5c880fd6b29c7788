// SPDX-License-Identifier: Apache-2.0
// `seben inspect encoder A B`.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {

void add_inspect_encoder(CLI::App& inspect);

}  // namespace seben::cli
