// SPDX-License-Identifier: Apache-2.0
// The mel filters in whisper.cpp's files, and ours.
#pragma once

#include <cstdint>

#include "import/model.h"

namespace seben::models {

/// Those of Seben's frontend, [n_mels, 201].
[[nodiscard]] MelFilters whisper_filters(std::int64_t n_mels);

/// Error(bad_data) when the model brings filters that differ from Seben's: its encoder was trained on other features.
void require_whisper_filters(const Model& model);

}  // namespace seben::models
