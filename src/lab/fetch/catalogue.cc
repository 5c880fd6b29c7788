// SPDX-License-Identifier: Apache-2.0
#include "fetch/catalogue.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "fetch/names.h"
#include "fetch/sha1.h"

namespace seben::fetch {
namespace {

constexpr std::size_t kMaxText = std::size_t{4} << 20;
constexpr std::size_t kMaxModels = 10'000, kMaxFiles = 1000, kMaxLine = 200;
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 40;

std::string checked(const base::JsonReader& json, const char* key, bool (*is_fit)(std::string_view) noexcept,
                    const char* expected) {
  std::string text = json.string(key);
  if (!is_fit(text)) json.fail(key, expected, text);
  return text;
}

std::string digest(const base::JsonReader& json, const char* key, bool (*is_fit)(std::string_view) noexcept,
                   const char* expected) {
  return json.has(key) ? checked(json, key, is_fit, expected) : std::string();
}

CatalogueFile read_file(const base::JsonReader& json) {
  json.as_object().refuse_unknown_keys({"path", "bytes", "sha256", "git"});
  CatalogueFile file;
  file.path = checked(json, "path", is_repository_file, "a path in the repository, without .. and hidden names");
  if (json.has("bytes")) file.expected.bytes = static_cast<std::uint64_t>(json.integer("bytes", 1, kMaxBytes));
  file.expected.sha256 = digest(json, "sha256", base::is_sha256_hex, "64 lowercase hexadecimal digits");
  file.expected.git = digest(json, "git", is_sha1_hex, "40 lowercase hexadecimal digits");
  return file;
}

std::string read_line(const base::JsonReader& json, const char* key) {
  std::string line = json.string(key);
  if (line.empty() || line.size() > kMaxLine) json.fail(key, "a line of 1 to 200 bytes", line.substr(0, kMaxLine));
  return line;
}

CatalogueModel read_model(const base::JsonReader& json) {
  json.as_object().refuse_unknown_keys({"name", "aliases", "about", "repository", "revision", "licence", "files"});
  CatalogueModel model;
  model.name = checked(json, "name", is_model_name, "a name that a folder can have");
  if (json.has("aliases")) model.aliases = json.strings("aliases", 100);
  for (const std::string& alias : model.aliases) {
    if (!is_model_name(alias)) json.fail("aliases", "names that a folder can have", alias);
  }
  model.about = read_line(json, "about");
  model.licence = read_line(json, "licence");
  model.repository = checked(json, "repository", is_repository, "OWNER/NAME");
  model.revision = checked(json, "revision", is_revision, "a commit, a branch or a tag");
  std::set<std::string> paths;
  for (const base::JsonReader& entry : json.array("files", kMaxFiles)) {
    model.files.push_back(read_file(entry));
    if (!paths.insert(model.files.back().path).second) {
      json.fail("files", "every path once", model.files.back().path + " twice");
    }
  }
  if (model.files.empty()) json.fail("files", "at least one file", "none");
  return model;
}

}  // namespace

std::optional<std::uint64_t> CatalogueModel::bytes() const {
  std::uint64_t sum = 0;
  for (const CatalogueFile& file : files) {
    if (!file.expected.bytes) return std::nullopt;
    sum += *file.expected.bytes;
  }
  return sum;
}

bool CatalogueModel::is_pinned() const {
  return std::ranges::all_of(files, [](const CatalogueFile& file) { return file.expected.has_digest(); });
}

const CatalogueModel* Catalogue::find(std::string_view name) const {
  for (const CatalogueModel& model : models) {
    if (model.name == name || std::ranges::find(model.aliases, name) != model.aliases.end()) return &model;
  }
  return nullptr;
}

std::vector<std::string> Catalogue::names() const {
  std::vector<std::string> names;
  for (const CatalogueModel& model : models) names.push_back(model.name);
  return names;
}

Catalogue parse_catalogue(std::string_view text, const std::string& source) {
  const nlohmann::json value = base::parse_json(text, source, {kMaxText, 8, 500'000});
  const base::JsonReader json(value, source);
  json.as_object().refuse_unknown_keys({"schema", "version", "models"});
  if (json.string("schema") != "seben.catalogue") json.fail("schema", "seben.catalogue", json.string("schema"));
  (void)json.integer("version", 1, 1);
  Catalogue catalogue;
  std::set<std::string> taken;
  for (const base::JsonReader& entry : json.array("models", kMaxModels)) {
    CatalogueModel model = read_model(entry);
    std::vector<std::string> names = model.aliases;
    names.push_back(model.name);
    for (const std::string& name : names) {
      if (!taken.insert(name).second) entry.fail("name", "every name and alias once", name + " twice");
    }
    catalogue.models.push_back(std::move(model));
  }
  return catalogue;
}

Catalogue load_catalogue(const std::string& path) {
  if (path.empty()) return parse_catalogue(builtin_catalogue_text(), "catalogue");
  return parse_catalogue(base::read_text(path, kMaxText), path);
}

}  // namespace seben::fetch
