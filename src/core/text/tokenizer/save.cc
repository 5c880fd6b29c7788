// SPDX-License-Identifier: Apache-2.0
// tokenizer.json as Hugging Face's tokenizers reads it.

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/format.h"
#include "seben/error.h"
#include "text/tokenizer/byte_letters.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::tokenizer {
namespace {

std::string as_json(std::string_view text) { return nlohmann::json(text).dump(); }

constexpr const char* kByteLevel =
    R"({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true})";

}  // namespace

void Tokenizer::save(const std::filesystem::path& folder) const {
  // Ids of added tokens are not read from the file but counted on from the vocabulary, so that what lies between its
  // tokens must be in the vocabulary too, and nothing may be missing.
  std::size_t vocabulary = 0;
  for (std::size_t i = 0; i < size(); ++i) {
    if (!has(static_cast<std::int32_t>(i), kUsed)) {
      throw Error(ErrorCategory::bad_data, source_, "a token for every id", base::format("none for {}", i));
    }
    if (!has(static_cast<std::int32_t>(i), kAdded)) vocabulary = i + 1;
  }
  const auto letters = [this](std::int32_t id) {
    return as_json(has(id, kAdded) ? std::string(bytes(id)) : letters_of_bytes(bytes(id)));
  };
  std::string json = "{\n\"version\": \"1.0\",\n\"truncation\": null,\n\"padding\": null,\n\"added_tokens\": [";
  const char* separator = "\n";
  for (std::size_t i = 0; i < size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (!has(id, kAdded)) continue;
    json += base::format(R"({}{{"id": {}, "content": {}, "single_word": false, "lstrip": false, "rstrip": false, )"
                         R"("normalized": false, "special": {}}})",
                         separator, id, letters(id), has(id, kSpecial));
    separator = ",\n";
  }
  json += base::format(
      "],\n\"normalizer\": null,\n\"pre_tokenizer\": {0},\n\"post_processor\": null,\n\"decoder\": {0},\n", kByteLevel);
  json += base::format(
      R"("model": {{"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, )"
      R"("end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": {},)",
      whole_words_first_);
  json += "\n\"vocab\": {";
  separator = "\n";
  for (std::size_t i = 0; i < vocabulary; ++i) {
    json += base::format("{}{}: {}", separator, letters(static_cast<std::int32_t>(i)), i);
    separator = ",\n";
  }
  json += "},\n\"merges\": [";
  separator = "\n";
  for (const Merge& merge : merges_.sorted()) {
    json += base::format("{}[{}, {}]", separator, letters(merge.left), letters(merge.right));
    separator = ",\n";
  }
  json += "]}\n}\n";
  base::write_text((folder / "tokenizer.json").string(), json);
}

}  // namespace seben::tokenizer
