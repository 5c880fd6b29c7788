// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/tokenizer.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/format.h"
#include "base/utf8.h"
#include "seben/error.h"
#include "text/tokenizer/added_tokens.h"
#include "text/tokenizer/ggml.h"
#include "text/tokenizer/pretokenize.h"
#include "text/tokenizer/source_json.h"
#include "text/tokenizer/sources.h"

namespace seben::tokenizer {
namespace {

namespace fs = std::filesystem;

// Older files end with <|notimestamps|>, though the model has the 1501 tokens that follow it.
void add_missing_timestamps(Parts& parts) {
  const auto last = parts.added.find("<|notimestamps|>");
  if (last == parts.added.end() || parts.added.contains(timestamp_content(0))) return;
  const std::int32_t id = last->second.id;
  const bool is_last = parts.vocabulary.size() <= static_cast<std::size_t>(id) &&
                       std::ranges::all_of(parts.added, [id](const auto& token) { return token.second.id <= id; });
  if (!is_last || static_cast<std::size_t>(id) + kTimestamps >= kMaxTokens) return;
  for (std::int32_t i = 0; i < kTimestamps; ++i) parts.added[timestamp_content(i)] = {id + 1 + i, false};
}

// Every id's bytes; unused ids stay empty.
std::vector<std::string> tokens_by_id(Parts& parts) {
  add_missing_timestamps(parts);
  std::size_t size = parts.vocabulary.size();
  for (const auto& [content, token] : parts.added) size = std::max(size, static_cast<std::size_t>(token.id) + 1);
  std::vector<std::string> tokens(size);
  for (std::size_t id = 0; id < parts.vocabulary.size(); ++id) tokens[id] = parts.vocabulary[id].value_or("");
  for (const auto& [content, token] : parts.added) tokens[static_cast<std::size_t>(token.id)] = content;
  return tokens;
}

std::vector<Merge> listed_merges(const Parts& parts, const TokenTable& table) {
  std::vector<Merge> merges;
  merges.reserve(parts.merges.size());
  for (std::size_t rank = 0; rank < parts.merges.size(); ++rank) {
    const auto& [left, right] = parts.merges[rank];
    const Merge merge{table.find(left), table.find(right), static_cast<std::uint32_t>(rank), table.find(left + right)};
    if (std::min({merge.left, merge.right, merge.result}) == TokenTable::kNone) {
      throw Error(ErrorCategory::bad_data, base::format("{}: merge {}", parts.where, rank),
                  "two tokens of the vocabulary that make a third", "an unknown one");
    }
    merges.push_back(merge);
  }
  return merges;
}

// Each way in which two tokens make a third.
std::vector<Merge> all_merges(const Parts& parts, const TokenTable& table) {
  std::vector<Merge> merges;
  for (std::size_t i = 0; i < parts.vocabulary.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    const std::string_view token = table.bytes(id);
    for (std::size_t cut = 1; cut < token.size(); ++cut) {
      const std::int32_t left = table.find(token.substr(0, cut)), right = table.find(token.substr(cut));
      if (left != TokenTable::kNone && right != TokenTable::kNone) {
        merges.push_back({left, right, static_cast<std::uint32_t>(id), id});
      }
    }
  }
  return merges;
}

}  // namespace

Tokenizer Tokenizer::load(const fs::path& folder_or_file) {
  std::error_code failure;
  fs::path path = folder_or_file;
  if (fs::is_directory(path, failure)) {
    if (!fs::exists(path / "tokenizer.json", failure) && fs::exists(path / "vocab.json", failure)) {
      return Tokenizer(read_vocabulary_files(path));
    }
    path /= "tokenizer.json";
  } else if (path.filename() == "vocab.json") {
    return Tokenizer(read_vocabulary_files(path.parent_path()));
  }
  return parse(base::read_text(path.string(), kVocabularyLimits.max_bytes), path.string());
}

Tokenizer Tokenizer::parse(std::string_view json, const std::string& where) {
  return Tokenizer(parse_tokenizer_json(json, where));
}

Tokenizer Tokenizer::from_ggml(std::vector<std::string> tokens, std::size_t n_vocab, std::string where) {
  return Tokenizer(ggml_parts(std::move(tokens), n_vocab, std::move(where)));
}

Tokenizer::Tokenizer(Parts parts)
    : source_(parts.where),
      table_(tokens_by_id(parts)),
      flags_(table_.size()),
      merges_({}),
      whole_words_first_(parts.whole_words_first) {
  for (std::size_t id = 0; id < parts.vocabulary.size(); ++id) flags_[id] = parts.vocabulary[id] ? kUsed : 0;
  std::vector<ControlToken> controls;
  for (const auto& [content, token] : parts.added) {  // by content, which is the order that added_ needs
    unsigned char& flags = flags_[static_cast<std::size_t>(token.id)];
    if (flags != 0) {
      throw Error(ErrorCategory::bad_data, base::format("{}: added token {}", source_, token.id),
                  "an id that no other token has", "it again");
    }
    const bool is_control = token.special || is_control_form(content);
    flags = static_cast<unsigned char>(kUsed | kAdded | (token.special ? kSpecial : 0) | (is_control ? kControl : 0));
    added_.push_back(token.id);
    if (is_control) {
      controls.push_back({content, token.id});
    } else {
      added_words_.push_back(token.id);
    }
  }
  index_vocabulary();
  merges_ = MergeTable(parts.ranks_are_ids ? all_merges(parts, table_) : listed_merges(parts, table_));
  specials_ = find_specials(
      controls, [this](std::string_view content) { return find_added(content); }, source_);
}

void Tokenizer::index_vocabulary() {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const auto id = static_cast<std::int32_t>(i);
    if (flags_[i] != kUsed || bytes(id).empty()) continue;  // multilingual vocabularies have an empty token
    if (const std::int32_t other = table_.index(id); other != TokenTable::kNone) {
      throw Error(ErrorCategory::bad_data, base::format("{}: token {}", source_, id), "every token once",
                  base::format("token {} again", other));
    }
  }
  for (unsigned byte = 0; byte < byte_ids_.size(); ++byte) {
    const char c = static_cast<char>(static_cast<unsigned char>(byte));
    byte_ids_[byte] = table_.find({&c, 1});
    if (byte_ids_[byte] == TokenTable::kNone) {
      throw Error(ErrorCategory::bad_data, source_, "a token for every byte", base::format("none for 0x{:02x}", byte));
    }
  }
}

// Most words are one token: a word that is, and that merging would make one, is found without merging.
const std::vector<char>& Tokenizer::whole_words() const {
  std::call_once(words_->found, [this] {
    words_->is.assign(table_.size(), 0);
    std::vector<std::int32_t> symbols;
    for (std::size_t i = 0; i < table_.size(); ++i) {
      const auto id = static_cast<std::int32_t>(i);
      if (flags_[i] != kUsed || bytes(id).empty()) continue;
      if (!whole_words_first_) merge_bytes(bytes(id), symbols);
      words_->is[i] = whole_words_first_ || (symbols.size() == 1 && symbols[0] == id) ? 1 : 0;
    }
  });
  return words_->is;
}

void Tokenizer::merge_bytes(std::string_view bytes, std::vector<std::int32_t>& symbols) const {
  symbols.clear();
  for (const char c : bytes) symbols.push_back(byte_ids_[static_cast<unsigned char>(c)]);
  merge_word(merges_, symbols);
}

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, bool allow_special) const {
  if (text.size() > kMaxText) {
    throw Error(ErrorCategory::bad_data, "text to encode", base::format("at most {} bytes", kMaxText),
                std::to_string(text.size()));
  }
  if (const std::size_t good = base::well_formed_prefix(text); good != text.size()) {
    throw Error(ErrorCategory::bad_data, "text to encode", "UTF-8", base::format("ill-formed byte at {}", good));
  }
  std::vector<std::int32_t> ids;
  ids.reserve(text.size() / 4 + 4);
  const std::vector<std::int32_t>& split_out = allow_special ? added_ : added_words_;
  for (std::size_t at = 0; at < text.size();) {
    const AddedMatch match = find_added_token(table_, split_out, text, at);
    encode_plain(text.substr(at, match.begin - at), ids);
    if (match.size != 0) ids.push_back(match.id);
    at = match.begin + match.size;
  }
  return ids;
}

void Tokenizer::encode_plain(std::string_view text, std::vector<std::int32_t>& ids) const {
  constexpr std::size_t kLongText = 4096;  // for less it does not pay to look at all words first
  const std::vector<char>* whole = text.size() < kLongText && !whole_words_first_ ? nullptr : &whole_words();
  std::vector<std::int32_t> symbols;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = piece_end(text, at);
    const std::string_view piece = text.substr(at, end - at);
    at = end;
    const std::int32_t id = piece.size() <= table_.longest() ? table_.find(piece) : TokenTable::kNone;
    if (id != TokenTable::kNone && whole != nullptr && (*whole)[static_cast<std::size_t>(id)] != 0) {
      ids.push_back(id);
    } else {
      merge_bytes(piece, symbols);
      ids.insert(ids.end(), symbols.begin(), symbols.end());
    }
  }
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skip_special) const {
  std::string out;
  for (const std::int32_t id : ids) {
    const std::string_view token = bytes(id);
    if (!skip_special || !has(id, kControl)) out += token;
  }
  return out;
}

std::string Tokenizer::decode_text(std::span<const std::int32_t> ids, bool skip_special) const {
  return base::replace_ill_formed(decode(ids, skip_special));
}

std::string_view Tokenizer::bytes(std::int32_t id) const {
  if (id < 0 || static_cast<std::size_t>(id) >= size()) {
    throw Error(ErrorCategory::bad_data, source_, base::format("token ids from 0 to {}", size() - 1),
                std::to_string(id));
  }
  return table_.bytes(id);
}

std::optional<std::int32_t> Tokenizer::find_added(std::string_view content) const noexcept {
  const auto found =
      std::ranges::lower_bound(added_, content, {}, [this](std::int32_t id) { return table_.bytes(id); });
  if (found == added_.end() || table_.bytes(*found) != content) return std::nullopt;
  return *found;
}

bool Tokenizer::has(std::int32_t id, unsigned char flag) const noexcept {
  return (flags_[static_cast<std::size_t>(id)] & flag) != 0;
}

bool Tokenizer::is_used(std::int32_t id) const noexcept {
  return id >= 0 && static_cast<std::size_t>(id) < size() && has(id, kUsed);
}

bool Tokenizer::is_control(std::int32_t id) const noexcept {
  return id >= 0 && static_cast<std::size_t>(id) < size() && has(id, kControl);
}

}  // namespace seben::tokenizer
