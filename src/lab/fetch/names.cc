// SPDX-License-Identifier: Apache-2.0
#include "fetch/names.h"

#include <algorithm>
#include <cstddef>

#include "base/inner_path.h"

namespace seben::fetch {
namespace {

bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

bool is_part(std::string_view part) noexcept {
  const auto is_edge = [](char c) { return c == '.' || c == '-'; };
  return !part.empty() && part.size() <= 96 && std::ranges::all_of(part, is_plain) && !is_edge(part.front()) &&
         !is_edge(part.back()) && part.find("..") == std::string_view::npos;
}

}  // namespace

bool is_repository(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  return slash != std::string_view::npos && text.find("--") == std::string_view::npos &&
         is_part(text.substr(0, slash)) && is_part(text.substr(slash + 1));
}

bool is_revision(std::string_view text) noexcept {
  if (text.size() > 200) return false;
  while (true) {
    const std::size_t slash = text.find('/');
    if (!is_part(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_repository_file(std::string_view text) noexcept {
  return base::is_inner_path(text, 400) && text.front() != '.' && text.find("/.") == std::string_view::npos;
}

bool is_model_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 90 && std::ranges::all_of(text, is_plain) && text.front() != '.' &&
         text.front() != '-' && text.front() != '_';
}

}  // namespace seben::fetch
