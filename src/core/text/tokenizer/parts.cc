// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/parts.h"

#include <algorithm>

#include "base/format.h"
#include "seben/error.h"

namespace seben::tokenizer {
namespace {

bool is_control_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

}  // namespace

bool is_control_form(std::string_view content) noexcept {
  return content.size() > 4 && content.starts_with("<|") && content.ends_with("|>") &&
         std::ranges::all_of(content.substr(2, content.size() - 4), is_control_letter);
}

bool put_token(Parts& parts, std::int32_t id, std::string bytes) {
  const auto index = static_cast<std::size_t>(id);
  if (index >= parts.vocabulary.size()) parts.vocabulary.resize(index + 1);
  if (parts.vocabulary[index]) return false;
  parts.vocabulary[index] = std::move(bytes);
  return true;
}

void put_added(Parts& parts, const std::string& content, AddedToken token, const std::string& where) {
  if (content.size() > kMaxTokenBytes) {
    throw Error(ErrorCategory::bad_data, where, base::format("a token of at most {} bytes", kMaxTokenBytes),
                std::to_string(content.size()));
  }
  const auto [entry, is_new] = parts.added.emplace(content, token);
  if (!is_new && entry->second.id != token.id) {
    throw Error(ErrorCategory::bad_data, where, base::format("one id for it, {}", entry->second.id),
                std::to_string(token.id));
  }
}

}  // namespace seben::tokenizer
