// SPDX-License-Identifier: Apache-2.0
// The help page of a group of commands shows how each of them is used.
#pragma once

#include "cli/app.h"

namespace seben::cli {

/// Makes the examples of all subcommands, in their order, the group's own; its footer, if it has one, stays before
/// them. To be called once they are all there.
void show_examples(const App& group);

}  // namespace seben::cli
