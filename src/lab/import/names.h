// SPDX-License-Identifier: Apache-2.0
// The two ways in which the tensors of a Whisper are named: OpenAI's, which whisper.cpp keeps, and Hugging Face's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seben::models {

/// "encoder.blocks.0.attn.query.weight" -> "model.encoder.layers.0.self_attn.q_proj.weight"; nothing for a name that is
/// none of OpenAI's.
[[nodiscard]] std::optional<std::string> hugging_face_name(std::string_view openai);

/// The way back, with or without "model." in front; nothing for "proj_out.weight", which is the token embedding, and
/// for names that are none of Hugging Face's Whisper.
[[nodiscard]] std::optional<std::string> openai_name(std::string_view hugging_face);

}  // namespace seben::models
