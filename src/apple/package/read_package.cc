// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>
#include <set>

#include "mil/check.h"
#include "mil/label.h"
#include "mil/names.h"
#include "package/manifest.h"
#include "package/package.h"
#include "package/wire.h"
#include "seben/error.h"

namespace seben::coreml {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxManifest = std::size_t{1} << 20;
constexpr std::uint64_t kMaxModel = std::uint64_t{512} << 20;
constexpr std::size_t kMaxEntries = 10'000;

bool is_stray(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("._") || name == ".DS_Store";
}

std::vector<fs::path> all_files(const std::string& path) {
  std::vector<fs::path> files;
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(path, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (!it->is_directory() || it->is_symlink()) files.push_back(it->path());
    if (files.size() > kMaxEntries) {
      throw Error(ErrorCategory::bad_data, path, "at most " + std::to_string(kMaxEntries) + " files", "more");
    }
  }
  if (error) throw Error(ErrorCategory::io, path, "a folder that can be listed", error.message());
  std::ranges::sort(files);
  return files;
}

// Everything in the folder is the manifest's business, and nothing is a way out of it.
void require_only_listed(const std::string& path, const PackageManifest& manifest) {
  const fs::path root(path);
  for (const fs::path& file : all_files(path)) {
    const std::string name = fs::relative(file, root).string();
    if (is_stray(file)) {
      throw Error(ErrorCategory::bad_data, path + ": " + mil::printable(name), "no stray files in a package",
                  "one that macOS left behind (seben inspect --clean removes it)");
    }
    const bool listed = name == "Manifest.json" || std::ranges::any_of(manifest.items, [&](const PackageItem& item) {
                          const std::string at = "Data/" + item.path;
                          return name == at || name.starts_with(at + "/");
                        });
    if (!listed) {
      throw Error(ErrorCategory::bad_data, path + ": " + mil::printable(name), "only what the manifest lists",
                  "a file that it does not");
    }
    if (fs::is_symlink(file)) {
      throw Error(ErrorCategory::bad_data, path + ": " + mil::printable(name), "a file", "a link");
    }
  }
}

// The payloads of one package, which keep its mapping alive.
class WeightLookup {
 public:
  WeightLookup(fs::path folder, std::string source) : folder_(std::move(folder)), source_(std::move(source)) {}

  std::shared_ptr<const mil::Payload> find(const std::string& file, std::uint64_t offset, const mil::Type& type) {
    static constexpr std::string_view kPrefix = "@model_path/";
    const bool inside = file.starts_with(kPrefix) && file.find("..") == std::string::npos &&
                        file.find('\0') == std::string::npos && file.size() < 256 &&
                        fs::path(file.substr(kPrefix.size())).is_relative();
    if (!inside) {
      throw Error(ErrorCategory::bad_data, source_ + ": weight file", "@model_path/…", mil::printable(file));
    }
    const std::string path = (folder_ / file.substr(kPrefix.size())).string();
    if (!weights_) {
      weights_ = std::make_shared<BlobFile>(BlobFile::open(path));
      path_ = path;
    } else if (path != path_) {
      throw Error(ErrorCategory::bad_data, source_ + ": weight file", path_, mil::printable(path));
    }
    const BlobRecord record = weights_->record(offset);
    const std::size_t expected = mil::bytes_of(type.dtype, type.elements());
    if (record.dtype != type.dtype || record.bytes != expected) {
      throw Error(ErrorCategory::bad_data, path + ": record at " + std::to_string(offset),
                  std::to_string(expected) + " bytes of " + std::string(to_string(type.dtype)),
                  std::to_string(record.bytes) + " of " + std::string(to_string(record.dtype)));
    }
    return mil::borrow_bytes(weights_->data(record), path + ": record at " + std::to_string(offset), weights_);
  }

  [[nodiscard]] std::shared_ptr<const BlobFile> weights() const { return weights_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  fs::path folder_;
  std::string source_, path_;
  std::shared_ptr<BlobFile> weights_;
};

}  // namespace

std::vector<std::string> find_strays(const std::string& path) {
  std::vector<std::string> strays;
  for (const fs::path& file : all_files(path)) {
    if (is_stray(file)) strays.push_back(file.string());
  }
  return strays;
}

std::vector<std::string> remove_strays(const std::string& path) {
  std::vector<std::string> strays = find_strays(path);
  for (const std::string& stray : strays) {
    std::error_code error;
    if (!fs::remove(stray, error)) throw Error(ErrorCategory::io, stray, "a file that can be removed", error.message());
  }
  return strays;
}

Package read_package(const std::string& path) {
  if (!fs::is_directory(path)) {
    throw Error(ErrorCategory::no_input, path, "a package folder",
                fs::exists(path) ? "something else" : "nothing of that name");
  }
  const std::string manifest_path = (fs::path(path) / "Manifest.json").string();
  const PackageManifest manifest = parse_manifest(base::read_text(manifest_path, kMaxManifest), manifest_path);
  require_only_listed(path, manifest);
  for (const PackageItem& item : manifest.items) {
    if (!fs::exists(fs::path(path) / "Data" / item.path)) {
      throw Error(ErrorCategory::bad_data, manifest_path + ": itemInfoEntries", "items that exist",
                  item.path + " missing");
    }
  }
  const fs::path model_path = fs::path(path) / "Data" / manifest.model().path;
  const base::MappedFile file = base::MappedFile::open(model_path.string());
  if (file.size() > kMaxModel) {
    throw Error(ErrorCategory::bad_data, model_path.string(), "at most 512 MB", std::to_string(file.size()) + " bytes");
  }
  Package package;
  package.path = path;
  package.model_bytes = file.size();
  package.model_digest = base::sha256_hex(file.bytes());
  WeightLookup lookup(model_path.parent_path(), model_path.string());
  package.model = deserialize(file.bytes(), model_path.string(),
                              [&](const std::string& name, std::uint64_t offset, const mil::Type& type) {
                                return lookup.find(name, offset, type);
                              });
  package.weights = lookup.weights();
  package.weights_path = lookup.path();
  if (package.weights) static_cast<void>(package.weights->records());
  mil::check(package.model, path);
  return package;
}

bool verify_weights(const Package& package) {
  const std::string stated = mil::read_label(package.model.metadata).weights_digest;
  if (stated.empty()) return false;
  const std::string found = package.weights ? base::sha256_file(package.weights_path) : "no weight file";
  if (found != stated) {
    throw Error(ErrorCategory::bad_data, package.path + ": weight file: SHA-256", stated, found);
  }
  return true;
}

}  // namespace seben::coreml
