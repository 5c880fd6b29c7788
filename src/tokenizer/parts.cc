// SPDX-License-Identifier: Apache-2.0
#include "tokenizer/parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "seben/error.h"
#include "tokenizer/byte_letters.h"

namespace seben::tokenizer {
namespace {

void check_size(std::string_view token, const std::string& where) {
  if (token.size() > kMaxTokenBytes) {
    throw Error(ErrorCategory::bad_data, where, fmt::format("a token of at most {} bytes", kMaxTokenBytes),
                std::to_string(token.size()));
  }
}

bool is_control_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

}  // namespace

bool is_control_form(std::string_view content) noexcept {
  return content.size() > 4 && content.starts_with("<|") && content.ends_with("|>") &&
         std::ranges::all_of(content.substr(2, content.size() - 4), is_control_letter);
}

void put_token(Parts& parts, const std::string& letters, std::int64_t id, const std::string& where) {
  if (id < 0 || id >= static_cast<std::int64_t>(kMaxTokens)) {
    throw Error(ErrorCategory::bad_data, where, fmt::format("an id from 0 to {}", kMaxTokens - 1), std::to_string(id));
  }
  if (const auto added = parts.added.find(letters); added != parts.added.end()) {
    if (added->second.id != id) {
      throw Error(ErrorCategory::bad_data, where, fmt::format("{}, as where it is added", added->second.id),
                  std::to_string(id));
    }
    return;
  }
  if (is_control_form(letters)) {
    put_added(parts, letters, {static_cast<std::int32_t>(id), true}, where);
    return;
  }
  check_size(letters, where);
  std::optional<std::string> bytes = bytes_of_letters(letters);
  if (!bytes) {
    throw Error(ErrorCategory::bad_data, where, "letters that stand for bytes (byte-level BPE)", "another character");
  }
  if (!parts.vocabulary.emplace(static_cast<std::int32_t>(id), std::move(*bytes)).second) {
    throw Error(ErrorCategory::bad_data, where, "an id that no other token has", std::to_string(id));
  }
}

void put_added(Parts& parts, const std::string& content, AddedToken token, const std::string& where) {
  check_size(content, where);
  const auto [entry, is_new] = parts.added.emplace(content, token);
  if (!is_new && entry->second.id != token.id) {
    throw Error(ErrorCategory::bad_data, where, fmt::format("one id for it, {}", entry->second.id),
                std::to_string(token.id));
  }
}

}  // namespace seben::tokenizer
