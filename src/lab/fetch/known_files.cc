// SPDX-License-Identifier: Apache-2.0
#include "fetch/known_files.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/file.h"
#include "base/json.h"
#include "base/posix.h"
#include "base/sha256.h"
#include "fetch/file_lock.h"

namespace seben::fetch {
namespace {

std::map<std::string, std::string> read_known(const std::string& path) {
  std::map<std::string, std::string> known;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return known;
  const nlohmann::json value = base::read_json(path);
  const base::JsonReader json(value, path);
  json.as_object().refuse_unknown_keys({"schema", "version", "sha256"});
  if (json.string("schema") != "seben.known-files") json.fail("schema", "seben.known-files", json.string("schema"));
  (void)json.integer("version", 1, 1);
  const base::JsonReader files = json.object("sha256");
  for (const std::string& file : files.keys()) {
    const std::string digest = files.string(file);
    if (!base::is_sha256_hex(digest)) files.fail(file, "64 lowercase hexadecimal digits", digest);
    known[file] = digest;
  }
  return known;
}

}  // namespace

std::string KnownFiles::find(const std::string& file) const {
  const std::map<std::string, std::string> known = read_known(path_);
  const auto it = known.find(file);
  return it == known.end() ? std::string() : it->second;
}

void KnownFiles::keep(const std::string& file, const std::string& sha256) const {
  const FileLock one_at_a_time(base::folder_of(path_) + "/.locks/known-files.lock");
  std::map<std::string, std::string> known = read_known(path_);
  known[file] = sha256;
  const nlohmann::json json{{"schema", "seben.known-files"}, {"version", 1}, {"sha256", known}};
  base::write_text(path_, json.dump(2) + "\n");
}

}  // namespace seben::fetch
