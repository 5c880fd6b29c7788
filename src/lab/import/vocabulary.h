// SPDX-License-Identifier: Apache-2.0
// The bytes of a Whisper's tokens, as whisper.cpp's files want them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seben::models {

/// From Hugging Face's vocab.json, an object of token -> number whose tokens spell every byte as a visible letter
/// (GPT-2's table). The tokens from "<|endoftext|>" on are special ones and left out. Error(bad_data) for numbers that
/// are not 0, 1, 2, … each once, and for letters that stand for no byte.
[[nodiscard]] std::vector<std::string> parse_vocabulary(std::string_view json, const std::string& source);

}  // namespace seben::models
