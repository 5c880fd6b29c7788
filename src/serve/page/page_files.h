// SPDX-License-Identifier: Apache-2.0
// The files that the server itself is made of: the page, its font, the description of its interface. They are those
// of the folder page/files, embedded when the server is built.
#pragma once

#include <span>
#include <string_view>

namespace seben::serve {

struct PageFile {
  std::string_view path;  ///< below page/files
  std::string_view content;
};

[[nodiscard]] std::span<const PageFile> page_files() noexcept;

/// The file of an address ("/" is index.html), or nullptr.
[[nodiscard]] const PageFile* find_page(std::string_view path) noexcept;
/// By the ending of its name.
[[nodiscard]] std::string_view type_of(const PageFile& file) noexcept;

}  // namespace seben::serve
