// SPDX-License-Identifier: Apache-2.0
// The parts of `seben rank`, each in a file of its own.
#pragma once

#include <CLI/CLI.hpp>

namespace seben::cli {}  // namespace seben::cli
