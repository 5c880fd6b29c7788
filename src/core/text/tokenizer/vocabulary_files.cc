// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "seben/error.h"
#include "text/tokenizer/source_json.h"
#include "text/tokenizer/sources.h"

namespace seben::tokenizer {
namespace {

namespace fs = std::filesystem;
using base::JsonReader;

// {"content": id, …}
void read_added_tokens(const std::string& path, Parts& parts) {
  const nlohmann::json value = base::read_json(path, kVocabularyLimits);
  const JsonReader tokens(value, path);
  for (const std::string& content : tokens.keys()) {
    const auto id = static_cast<std::int32_t>(tokens.integer(content, 0, kMaxTokens - 1));
    put_added(parts, content, {id, is_control_form(content)}, tokens.where(content));
  }
}

// "added_tokens_decoder": {"50257": {"content": …}, …}
void read_decoder(const std::string& path, Parts& parts) {
  const nlohmann::json value = base::read_json(path, kVocabularyLimits);
  const JsonReader config(value, path);
  if (config.boolean_or("add_prefix_space", false)) config.fail("add_prefix_space", "false", "true");
  if (!config.has("added_tokens_decoder")) return;
  const JsonReader decoder = config.object("added_tokens_decoder");
  for (const std::string& key : decoder.keys()) {
    std::int64_t id = -1;
    const auto [end, failure] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (failure != std::errc{} || end != key.data() + key.size() || id < 0 ||
        id >= static_cast<std::int64_t>(kMaxTokens)) {
      decoder.fail(key, "an id as the key", "another key");
    }
    read_added_token(decoder.object(key), id, parts);
  }
}

// "bos_token": text or {"content": text}, "additional_special_tokens": several of them.
void mark_special(const nlohmann::json& value, Parts& parts) {
  if (value.is_array()) {
    for (const nlohmann::json& element : value) {
      if (!element.is_array()) mark_special(element, parts);
    }
  } else if (value.is_object() && value.contains("content")) {
    if (value["content"].is_string()) mark_special(value["content"], parts);
  } else if (value.is_string()) {
    const auto found = parts.added.find(value.get_ref<const std::string&>());
    if (found != parts.added.end()) found->second.special = true;
  }
}

void read_special_map(const std::string& path, Parts& parts) {
  const nlohmann::json value = base::read_json(path, kVocabularyLimits);
  for (const auto& item : JsonReader(value, path).as_object().value().items()) mark_special(item.value(), parts);
}

void read_merges(const std::string& path, Parts& parts) {
  const std::string text = base::read_text(path, kVocabularyLimits.max_bytes);
  std::string_view rest = base::without_byte_order_mark(text);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("#version")) continue;
    const auto where = [&] { return path + ": line " + std::to_string(number); };
    if (parts.merges.size() == kMaxMerges) {
      throw Error(ErrorCategory::bad_data, where(), "at most " + std::to_string(kMaxMerges) + " merges", "more");
    }
    if (!read_merge(line, parts)) {
      throw Error(ErrorCategory::bad_data, where(), "two tokens in letters that stand for bytes", "something else");
    }
  }
}

}  // namespace

Parts read_vocabulary_files(const fs::path& folder) {
  const auto optional = [&](const char* name, auto read) {
    const fs::path path = folder / name;
    std::error_code failure;
    if (fs::exists(path, failure)) read(path.string());
  };
  Parts parts;
  parts.where = (folder / "vocab.json").string();
  optional("tokenizer_config.json", [&](const std::string& path) { read_decoder(path, parts); });
  optional("added_tokens.json", [&](const std::string& path) { read_added_tokens(path, parts); });
  const nlohmann::json value = base::read_json(parts.where, kVocabularyLimits);
  read_vocabulary(JsonReader(value, parts.where), parts);
  optional("special_tokens_map.json", [&](const std::string& path) { read_special_map(path, parts); });
  read_merges((folder / "merges.txt").string(), parts);
  return parts;
}

}  // namespace seben::tokenizer
