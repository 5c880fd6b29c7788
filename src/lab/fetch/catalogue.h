// SPDX-License-Identifier: Apache-2.0
// Published models by name: catalogue.json, which is compiled in, or a file of the same form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/digests.h"

namespace seben::fetch {

struct CatalogueFile {
  std::string path;   ///< in the repository
  Expected expected;  ///< as far as public listings of the revision tell
};

struct CatalogueModel {
  std::string name;
  std::vector<std::string> aliases;
  std::string about;       ///< one line for people
  std::string repository;  ///< of Hugging Face's hub
  std::string revision;
  std::string licence;
  std::vector<CatalogueFile> files;  ///< all that importing needs

  /// Nothing when the size of one is not known.
  [[nodiscard]] std::optional<std::uint64_t> bytes() const;
  /// Whether every file's content is known beforehand.
  [[nodiscard]] bool is_pinned() const;
};

struct Catalogue {
  std::vector<CatalogueModel> models;

  /// By name or alias.
  [[nodiscard]] const CatalogueModel* find(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;
};

/// Error(bad_data) names the field; names and aliases are unique, paths stay in their folder.
[[nodiscard]] Catalogue parse_catalogue(std::string_view text, const std::string& source);
/// Of the file, or the one that is compiled in when `path` is empty.
[[nodiscard]] Catalogue load_catalogue(const std::string& path);
/// The text of src/lab/fetch/catalogue.json.
[[nodiscard]] std::string_view builtin_catalogue_text() noexcept;

}  // namespace seben::fetch
