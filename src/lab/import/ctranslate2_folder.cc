// SPDX-License-Identifier: Apache-2.0
#include "import/ctranslate2_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/bad_data.h"
#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/json.h"
#include "text/tokenizer/byte_letters.h"

namespace seben::models {
namespace {

namespace fs = std::filesystem;
using base::bad_data;

constexpr std::size_t kMaxListBytes = std::size_t{16} << 20;
constexpr std::string_view kEndOfText = "<|endoftext|>", kStartOfTranscript = "<|startoftranscript|>";

bool is_in_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// One a line, as converters before 3.17 wrote them.
std::vector<std::string> split_lines(std::string_view text) {
  text = base::without_byte_order_mark(text);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line(text.substr(at, end - at));
    if (line.ends_with('\r')) line.pop_back();  // no token's spelling has one
    lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

struct TokenList {
  std::string source;
  std::vector<std::string> tokens;
};

TokenList read_tokens(const fs::path& folder, std::int64_t count) {
  TokenList list;
  if (const fs::path json = folder / "vocabulary.json"; is_in_folder(json)) {
    list.source = json.string();
    const nlohmann::json value = base::read_json(list.source);
    for (const base::JsonReader& token : base::JsonReader(value, list.source).as_array()) {
      list.tokens.push_back(token.as_string());
    }
  } else if (const fs::path text = folder / "vocabulary.txt"; is_in_folder(text)) {
    list.source = text.string();
    list.tokens = split_lines(base::read_text(list.source, kMaxListBytes));
  } else {
    return list;
  }
  if (static_cast<std::int64_t>(list.tokens.size()) != count) {
    bad_data(list.source, fmt::format("{} tokens, as the decoder has", count), std::to_string(list.tokens.size()));
  }
  return list;
}

std::size_t number_of(const TokenList& list, std::string_view token) {
  const auto found = std::ranges::find(list.tokens, token);
  if (found == list.tokens.end()) bad_data(list.source, fmt::format("the token {}", token), "none");
  return static_cast<std::size_t>(found - list.tokens.begin());
}

// Bytes up to the first special token, and the special ones as they are.
void add_vocabulary(Model& model, const TokenList& list, nlohmann::ordered_json& config) {
  if (list.source.empty()) return;
  const std::size_t end = number_of(list, kEndOfText);
  for (std::size_t i = 0; i < end; ++i) {
    auto bytes = tokenizer::bytes_of_letters(list.tokens[i]);
    if (!bytes) bad_data(fmt::format("{}: token {}", list.source, i), "letters that stand for bytes", list.tokens[i]);
    model.vocabulary.push_back(*std::move(bytes));
  }
  model.special_tokens.assign(list.tokens.begin() + static_cast<std::ptrdiff_t>(end), list.tokens.end());
  config["eos_token_id"] = end;
  config["decoder_start_token_id"] = number_of(list, kStartOfTranscript);
}

// CTranslate2's names of what Hugging Face keeps in config.json and generation_config.json.
void add_generation(const std::string& path, std::int64_t tokens, nlohmann::ordered_json& config) {
  const nlohmann::json value = base::read_json(path);
  const base::JsonReader json(value, path);
  (void)json.as_object();
  const auto ids = [&](const char* key) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const base::JsonReader& id : json.array(key, static_cast<std::size_t>(tokens))) {
      list.push_back(id.as_integer(0, tokens - 1));
    }
    return list;
  };
  if (json.has("suppress_ids")) config["suppress_tokens"] = ids("suppress_ids");
  if (json.has("suppress_ids_begin")) config["begin_suppress_tokens"] = ids("suppress_ids_begin");
  if (json.has("lang_ids")) (void)ids("lang_ids");  // the vocabulary names them; English-only models list wrong ones
  if (!json.has("alignment_heads")) return;
  nlohmann::ordered_json& heads = config["alignment_heads"] = nlohmann::ordered_json::array();
  const auto number = [&](const char* key) { return config[key].get<std::int64_t>(); };
  for (const base::JsonReader& pair : json.array("alignment_heads")) {
    const std::vector<base::JsonReader> numbers = pair.as_array(2);
    if (numbers.size() != 2) bad_data(pair.where(), "a pair of layer and head", std::to_string(numbers.size()));
    heads.push_back({numbers[0].as_integer(0, number("decoder_layers") - 1),
                     numbers[1].as_integer(0, number("decoder_attention_heads") - 1)});
  }
}

}  // namespace

void read_ctranslate2_folder(Model& model, const fs::path& folder) {
  auto config = nlohmann::ordered_json::parse(model.config_json);
  const auto tokens = config["vocab_size"].get<std::int64_t>();
  add_vocabulary(model, read_tokens(folder, tokens), config);
  if (const fs::path json = folder / "config.json"; is_in_folder(json)) add_generation(json.string(), tokens, config);
  model.config_json = config.dump(2) + "\n";
}

}  // namespace seben::models
