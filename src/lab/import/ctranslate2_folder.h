// SPDX-License-Identifier: Apache-2.0
// What lies beside CTranslate2's model.bin.
#pragma once

#include <filesystem>

#include "import/model.h"

namespace seben::models {

/// Adds what the folder says of the decoder, where it says it: config.json's tokens never written and heads that follow
/// the speech, and the vocabulary of vocabulary.json or vocabulary.txt. Error(bad_data) for what does not fit.
void read_ctranslate2_folder(Model& model, const std::filesystem::path& folder);

}  // namespace seben::models
