// SPDX-License-Identifier: Apache-2.0
// How open_model reads the kinds of files that name their tensors as OpenAI does.
#pragma once

#include <memory>

#include "formats/ggml_file.h"
#include "formats/torch_file.h"
#include "import/model.h"

namespace seben::models {

/// Sizes, tensors, vocabulary and filters of whisper.cpp's file. Nothing is checked against the sizes yet.
[[nodiscard]] Model model_of(const std::shared_ptr<const tensor::GgmlFile>& file);

/// Sizes and tensors of OpenAI's {"dims", "model_state_dict"}.
[[nodiscard]] Model model_of(const std::shared_ptr<const tensor::TorchFile>& file);

}  // namespace seben::models
