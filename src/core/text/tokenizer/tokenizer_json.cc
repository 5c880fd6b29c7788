// SPDX-License-Identifier: Apache-2.0
// Fields as tokenizers (Hugging Face) writes them, versions 0.10 to 0.23.

#include <nlohmann/json.hpp>

#include "base/flat_json.h"
#include "base/format.h"
#include "seben/error.h"
#include "text/tokenizer/byte_letters.h"
#include "text/tokenizer/source_json.h"
#include "text/tokenizer/sources.h"

namespace seben::tokenizer {
namespace {

using base::JsonReader;

void require_type(const JsonReader& object, std::string_view key, const char* type) {
  if (!object.has(key)) object.fail(key, base::format("an object of type {}", type), "nothing");
  const JsonReader part = object.object(key);
  if (const std::string found = part.string("type"); found != type) part.fail("type", type, found);
}

void check_pipeline(const JsonReader& root) {
  if (root.has("normalizer")) root.fail("normalizer", "null", "a normaliser");
  require_type(root, "pre_tokenizer", "ByteLevel");
  const JsonReader pieces = root.object("pre_tokenizer");
  if (pieces.boolean_or("add_prefix_space", true)) pieces.fail("add_prefix_space", "false", "true");
  if (!pieces.boolean_or("use_regex", true)) pieces.fail("use_regex", "true", "false");
  if (root.has("decoder")) require_type(root, "decoder", "ByteLevel");
}

void check_model(const JsonReader& model) {
  if (const std::string type = model.string_or("type", "BPE"); type != "BPE") model.fail("type", "BPE", type);
  if (model.number_or("dropout", 0) != 0) model.fail("dropout", "null", "a number");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!model.string_or(affix, "").empty()) model.fail(affix, "null", "a text");
  }
}

void read_merges(const JsonReader& model, Parts& parts) {
  if (!model.has("merges")) model.fail("merges", "an array", "nothing");
  const nlohmann::json& merges = model.value()["merges"];
  const std::string where = model.where("merges");
  if (!merges.is_array()) model.fail("merges", "an array", "something else");
  if (merges.size() > kMaxMerges) {
    model.fail("merges", base::format("at most {} merges", kMaxMerges), std::to_string(merges.size()));
  }
  for (std::size_t i = 0; i < merges.size(); ++i) {  // without a reader each: there are 50,000
    const nlohmann::json& merge = merges[i];
    bool is_read = false;
    if (merge.is_string()) {
      is_read = read_merge(merge.get_ref<const std::string&>(), parts);
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      is_read = put_merge(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>(), parts);
    }
    if (!is_read) {
      throw Error(ErrorCategory::bad_data, base::format("{}[{}]", where, i),
                  "two tokens in letters that stand for bytes", "something else");
    }
  }
}

}  // namespace

bool put_merge(std::string_view left, std::string_view right, Parts& parts) {
  std::optional<std::string> l = bytes_of_letters(left), r = bytes_of_letters(right);
  if (!l || !r || l->empty() || r->empty() || l->size() + r->size() > kMaxTokenBytes) return false;
  parts.merges.emplace_back(std::move(*l), std::move(*r));
  return true;
}

bool read_merge(std::string_view line, Parts& parts) {
  const std::size_t space = line.find(' ');
  return space != std::string_view::npos && put_merge(line.substr(0, space), line.substr(space + 1), parts);
}

void read_added_token(const JsonReader& entry, std::int64_t id, Parts& parts) {
  const std::string content = entry.string("content");
  for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
    if (entry.boolean_or(flag, false)) entry.fail(flag, "false: added tokens leave their neighbours alone", "true");
  }
  put_added(parts, content, {static_cast<std::int32_t>(id), entry.boolean_or("special", false)}, entry.where());
}

void read_vocabulary(const JsonReader& vocabulary, Parts& parts) {
  for (const auto& item : vocabulary.as_object().value().items()) {  // without a reader each: there are 50,000
    read_vocabulary_entry(vocabulary, item.key(), item.value(), parts);
  }
}

void read_vocabulary_entry(const JsonReader& vocabulary, const std::string& letters, const nlohmann::json& value,
                           Parts& parts) {
  const auto fail = [&](const std::string& expected, const std::string& found) {
    vocabulary.fail(letters, expected, found);
  };
  if (!value.is_number_integer()) fail("an id", "something else");
  // What int64 does not hold becomes negative, which is refused.
  const auto number = value.get<std::int64_t>();
  if (number < 0 || number >= static_cast<std::int64_t>(kMaxTokens)) {
    fail(base::format("an id from 0 to {}", kMaxTokens - 1), value.dump());
  }
  const auto id = static_cast<std::int32_t>(number);
  const auto added = parts.added.find(letters);
  if (added == parts.added.end() && is_control_form(letters)) {
    put_added(parts, letters, {id, true}, vocabulary.where(letters));
  } else if (added != parts.added.end()) {
    if (added->second.id != id) fail(base::format("{}, as where it is added", added->second.id), std::to_string(id));
  } else {
    std::optional<std::string> bytes = bytes_of_letters(letters);
    if (!bytes) fail("letters that stand for bytes (byte-level BPE)", "another character");
    if (bytes->size() > kMaxTokenBytes) {
      fail(base::format("a token of at most {} bytes", kMaxTokenBytes), std::to_string(bytes->size()));
    }
    if (!put_token(parts, id, std::move(*bytes))) fail("an id that no other token has", std::to_string(id));
  }
}

Parts parse_tokenizer_json(std::string_view json, const std::string& where) {
  base::FlatMembers vocabulary;
  const nlohmann::json value = base::parse_json_flat(json, where, kVocabularyLimits, "model", "vocab", vocabulary);
  const JsonReader root(value, where);
  check_pipeline(root);
  const JsonReader model = root.object("model");
  check_model(model);
  Parts parts;
  parts.where = where;
  parts.whole_words_first = model.boolean_or("ignore_merges", false);
  if (root.has("added_tokens")) {
    for (const JsonReader& entry : root.array("added_tokens", kMaxTokens)) {
      read_added_token(entry, entry.integer("id", 0, kMaxTokens - 1), parts);
    }
  }
  const JsonReader tokens = model.object("vocab");
  for (const auto& [letters, id] : vocabulary) read_vocabulary_entry(tokens, letters, id, parts);
  read_merges(model, parts);
  return parts;
}

}  // namespace seben::tokenizer
