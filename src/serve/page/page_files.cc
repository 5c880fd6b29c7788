// SPDX-License-Identifier: Apache-2.0
#include "page/page_files.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seben::serve {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kTypes{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
}};

}  // namespace

const PageFile* find_page(std::string_view path) noexcept {
  const std::string_view name = path == "/" ? "index.html" : path.substr(std::min<std::size_t>(path.size(), 1));
  const auto files = page_files();
  const auto found = std::ranges::find_if(files, [&](const PageFile& file) { return file.path == name; });
  return found == files.end() ? nullptr : &*found;
}

std::string_view type_of(const PageFile& file) noexcept {
  for (const auto& [ending, type] : kTypes) {
    if (file.path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace seben::serve
