// SPDX-License-Identifier: Apache-2.0
// The files in which Hugging Face's tokenizers come. Everything that would make other tokens than this library does
// (another model, pre-tokeniser, normaliser, added tokens that take their neighbours) is Error(bad_data) by its field.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "text/tokenizer/parts.h"

namespace seben::tokenizer {

/// `tokenizer.json`: "model" (BPE) with "vocab" and "merges" (pairs, or texts of two words), "added_tokens".
[[nodiscard]] Parts parse_tokenizer_json(std::string_view json, const std::string& where);

/// `vocab.json` and `merges.txt` of a folder, with `added_tokens.json`, `special_tokens_map.json` and
/// `tokenizer_config.json` ("added_tokens_decoder") where they are.
[[nodiscard]] Parts read_vocabulary_files(const std::filesystem::path& folder);

}  // namespace seben::tokenizer
