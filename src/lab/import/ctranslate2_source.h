// SPDX-License-Identifier: Apache-2.0
// How open_model reads CTranslate2's folders, which faster-whisper takes: model.bin, and what lies beside it.
#pragma once

#include <filesystem>
#include <memory>

#include "formats/ctranslate2_file.h"
#include "import/model.h"

namespace seben::models {

/// Sizes and tensors of a model.bin, by its own names in errors: Error(bad_data) for another layout than Whisper's, a
/// tensor that is missing, unknown or of the wrong shape or dtype, scales that are none, and arithmetic that is not
/// Whisper's. Integers with scales are F32 here, computed when they are streamed.
[[nodiscard]] Model model_of(const std::shared_ptr<const tensor::CTranslate2File>& file);

/// Adds what the folder says of the decoder, where it says it: config.json's tokens never written and heads that follow
/// the speech, and the vocabulary of vocabulary.json or vocabulary.txt. Error(bad_data) for what does not fit.
void read_ctranslate2_folder(Model& model, const std::filesystem::path& folder);

}  // namespace seben::models
