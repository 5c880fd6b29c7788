// SPDX-License-Identifier: Apache-2.0
#include "package/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "base/sha256.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxItems = 64;

void require_version(const base::JsonReader& json) {
  const std::string text = json.string("fileFormatVersion");
  std::vector<int> parts;
  const char* at = text.data();
  const char* end = text.data() + text.size();
  while (at <= end) {
    int part = -1;
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc{} || part < 0) break;
    parts.push_back(part);
    if (next == end) {
      at = nullptr;
      break;
    }
    if (*next != '.') break;
    at = next + 1;
  }
  const bool newest = parts == std::vector{1, 0, 0} || (!parts.empty() && parts[0] == 0);
  if (at != nullptr || parts.size() != 3 || !newest) json.fail("fileFormatVersion", "1.0.0 or less", text);
}

void require_inside(const base::JsonReader& item, const std::string& path) {
  bool inside = !path.empty() && path.size() < 512 && path.front() != '/' && path.find('\\') == std::string::npos &&
                path.find('\0') == std::string::npos;
  for (std::size_t at = 0; inside && at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view part = std::string_view(path).substr(at, slash - at);
    inside = !part.empty() && part != "." && part != "..";
    at = slash + 1;
  }
  if (!inside) item.fail("path", "a relative path inside of the package", path);
}

}  // namespace

const PackageItem& PackageManifest::model() const { return *std::ranges::find(items, root, &PackageItem::identifier); }

PackageManifest parse_manifest(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {kMaxBytes, 8, 10'000});
  const base::JsonReader reader(json, source);
  static_cast<void>(reader.as_object());
  require_version(reader);
  PackageManifest manifest;
  manifest.root = reader.string("rootModelIdentifier");
  const base::JsonReader entries = reader.object("itemInfoEntries");
  if (entries.keys().size() > kMaxItems) {
    reader.fail("itemInfoEntries", "at most " + std::to_string(kMaxItems), std::to_string(entries.keys().size()));
  }
  std::set<std::pair<std::string, std::string>> names;
  for (const std::string& identifier : entries.keys()) {
    const base::JsonReader item = entries.object(identifier);
    manifest.items.push_back(
        {identifier, item.string("path"), item.string("name"), item.string("author"), item.string("description")});
    require_inside(item, manifest.items.back().path);
    if (!names.emplace(manifest.items.back().name, manifest.items.back().author).second) {
      item.fail("name", "one item of that name and author", manifest.items.back().name);
    }
  }
  if (std::ranges::find(manifest.items, manifest.root, &PackageItem::identifier) == manifest.items.end()) {
    reader.fail("rootModelIdentifier", "an identifier of itemInfoEntries", manifest.root);
  }
  return manifest;
}

std::string manifest_text(std::string_view digest, bool weights) {
  const auto identifier = [&](const char* what) {
    const std::string d = base::sha256_hex(std::string(digest) + " " + what);
    // The form of a version 8 UUID (RFC 9562): digits of our own choice.
    return fmt::format("{}-{}-8{}-a{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 3), d.substr(15, 3),
                       d.substr(18, 12));
  };
  const auto item = [](const char* name, const char* description) {
    return nlohmann::ordered_json{{"author", "com.apple.CoreML"},
                                  {"description", description},
                                  {"name", name},
                                  {"path", std::string("com.apple.CoreML/") + name}};
  };
  nlohmann::ordered_json items;
  items[identifier("model")] = item("model.mlmodel", "CoreML Model Specification");
  if (weights) items[identifier("weights")] = item("weights", "CoreML Model Weights");
  const nlohmann::ordered_json all{
      {"fileFormatVersion", "1.0.0"}, {"itemInfoEntries", items}, {"rootModelIdentifier", identifier("model")}};
  return all.dump(4) + "\n";
}

}  // namespace seben::coreml
