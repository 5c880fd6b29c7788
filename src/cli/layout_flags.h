// SPDX-License-Identifier: Apache-2.0
// How wide, high and long subtitles may be, and marks of direction in them.
#pragma once

#include "cli/app.h"
#include "engine/writers.h"

namespace seben::cli {

inline constexpr const char* kLayoutGroup = "Subtitles";

void add_layout_flags(const App& command, pipeline::Layout& layout);
/// --script, for texts that a head wrote.
void add_script_flag(const App& command, pipeline::Layout& layout);

/// Error(usage) for one of these options that this format has no use for.
void refuse_idle_layout(const App& command, const pipeline::Layout& layout, pipeline::Format format);

}  // namespace seben::cli
