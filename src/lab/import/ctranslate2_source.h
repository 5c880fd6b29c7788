// SPDX-License-Identifier: Apache-2.0
// How open_model reads CTranslate2's model.bin, which faster-whisper takes.
#pragma once

#include <memory>

#include "formats/ctranslate2_file.h"
#include "import/model.h"

namespace seben::models {

/// Sizes and tensors of a model.bin, by its own names in errors: Error(bad_data) for another layout than Whisper's, a
/// tensor that is missing, unknown or of the wrong shape or dtype, scales that are none, and arithmetic that is not
/// Whisper's. Integers with scales are F32 here, computed when they are streamed.
[[nodiscard]] Model model_of(const std::shared_ptr<const tensor::CTranslate2File>& file);

}  // namespace seben::models
