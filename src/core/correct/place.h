// SPDX-License-Identifier: Apache-2.0
// Where the symbols of a known hypothesis lie on the frames.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode/ctc/greedy.h"
#include "decode/ctc/log_probs.h"
#include "text/nko/vocabulary.h"

namespace seben::correction {

/// The symbols of `hypothesis` on the frames: the greedy ones when they read so, else the best alignment; nothing when
/// the frames cannot carry it.
[[nodiscard]] std::optional<std::vector<ctc::Symbol>> place(ctc::LogProbsView log_probs, const std::string& hypothesis,
                                                            const nko::Vocabulary& vocabulary);

}  // namespace seben::correction
