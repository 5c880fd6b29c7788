// SPDX-License-Identifier: Apache-2.0
// The one line of a terminal that shows an utterance while it goes on.
#pragma once

#include <cstdint>
#include <string>

#include "engine/writers.h"

namespace seben::pipeline {

/// The line of a terminal of so many columns: committed words, provisional ones dimmed, isolated from what stands
/// around it; of a text that is too long its end.
[[nodiscard]] std::string live_line(const std::string& committed, const std::string& provisional, Direction direction,
                                    std::int64_t columns);

}  // namespace seben::pipeline
