// SPDX-License-Identifier: Apache-2.0
#include "fetch/hub_cache.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/bad_data.h"
#include "base/file.h"
#include "fetch/names.h"
#include "fetch/sha1.h"
#include "seben/error.h"

namespace seben::fetch {
namespace {

namespace fs = std::filesystem;

std::string folder_name(const std::string& repository) {
  const std::size_t slash = repository.find('/');
  return "models--" + repository.substr(0, slash) + "--" + repository.substr(slash + 1);
}

void make_folders(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error(ErrorCategory::io, folder.string(), "to be made", failed.message());
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

bool is_blob_name(std::string_view tag) noexcept {
  const auto is_fit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  };
  return !tag.empty() && tag.size() <= 128 && tag.front() != '.' && std::ranges::all_of(tag, is_fit) &&
         !tag.ends_with(".incomplete");
}

HubCache::HubCache(std::string root, const std::string& repository)
    : root_(std::move(root)),
      folder_(root_ + "/" + folder_name(repository)),
      locks_(root_ + "/.locks/" + folder_name(repository)) {}

std::optional<std::string> HubCache::commit_of(const std::string& revision) const {
  if (is_sha1_hex(revision)) return revision;
  const std::string path = folder_ + "/refs/" + revision;
  if (!is_file(path)) return std::nullopt;
  std::string commit = base::read_text(path, 4096);
  while (!commit.empty() && (commit.back() == '\n' || commit.back() == '\r')) commit.pop_back();
  if (!is_sha1_hex(commit)) base::bad_data(path, "a commit of 40 digits", commit.substr(0, 80));
  return commit;
}

void HubCache::keep_reference(const std::string& revision, const std::string& commit) const {
  if (revision == commit || commit_of(revision) == commit) return;
  const fs::path path = fs::path(folder_) / "refs" / revision;
  make_folders(path.parent_path());
  base::write_text(path.string(), commit, base::Links::replaced);
}

std::string HubCache::snapshot(const std::string& commit) const { return folder_ + "/snapshots/" + commit; }

std::optional<std::string> HubCache::find(const std::string& commit, const std::string& path) const {
  std::string file = snapshot(commit) + "/" + path;
  if (!is_file(file)) return std::nullopt;
  return file;
}

std::vector<std::string> HubCache::files(const std::string& commit) const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(snapshot(commit), ignored)) {
    const std::string name = entry.path().filename().string();
    if (is_file(entry.path()) && is_repository_file(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::string HubCache::blob(const std::string& tag) const { return folder_ + "/blobs/" + tag; }
std::string HubCache::lock(const std::string& tag) const { return locks_ + "/" + tag + ".lock"; }
bool HubCache::has_blob(const std::string& tag) const { return !tag.empty() && is_file(blob(tag)); }

void HubCache::link(const std::string& commit, const std::string& path, const std::string& tag) const {
  const fs::path at = fs::path(snapshot(commit)) / path;
  if (is_file(at)) return;
  make_folders(at.parent_path());
  std::error_code failed;
  fs::remove(at, failed);  // a link to a blob that is gone
  const fs::path target = fs::path(blob(tag)).lexically_relative(at.parent_path());
  fs::create_symlink(target, at, failed);
  if (failed && !is_file(at)) {  // another may have been quicker
    throw Error(ErrorCategory::io, at.string(), "to be made a link", failed.message());
  }
}

}  // namespace seben::fetch
