// SPDX-License-Identifier: Apache-2.0
#include "proofs/folder.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"
#include "bundle/manifest.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostFiles = 20'000;
constexpr std::string_view kSchema = "seben.proof-manifest";
constexpr std::string_view kPartial = ".partial-";  // base::AtomicFile's, until a file is whole

// "run.log.partial-" and digits.
bool is_leftover(std::string_view name) {
  const std::size_t mark = name.rfind(kPartial);
  if (mark == std::string_view::npos) return false;
  const std::string_view digits = name.substr(mark + kPartial.size());
  return !digits.empty() && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_plain(fs::file_type type) {
  return type == fs::file_type::regular || type == fs::file_type::directory || type == fs::file_type::not_found;
}

[[noreturn]] void refuse_odd(const fs::path& path) {
  std::error_code ignored;
  const bool is_link = fs::is_symlink(path, ignored);
  throw Error(ErrorCategory::usage, path.string(), "a file or a folder of the proof",
              is_link ? "a link" : "neither of them");
}

}  // namespace

std::vector<std::string> list_files(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) throw Error(ErrorCategory::no_input, folder, "a proof's folder", "none");
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string path = it->path().lexically_relative(folder).generic_string();
    const fs::file_type type = it->symlink_status(error).type();
    if (type == fs::file_type::directory) {
      const bool empty = fs::is_empty(it->path(), error);
      if (error) break;
      if (empty) throw Error(ErrorCategory::incomplete, folder, "no empty folder", path);
      continue;
    }
    if (type != fs::file_type::regular) {
      throw Error(ErrorCategory::incomplete, folder, "files and folders alone", path + ", which is neither");
    }
    if (path == kSummaryName || path == kManifestName || path == kUnfinishedName) continue;
    files.push_back(path);
    if (files.size() > kMostFiles) throw Error(ErrorCategory::incomplete, folder, "at most 20000 files", "more");
  }
  if (error) throw Error(ErrorCategory::io, folder, "a folder that can be read", error.message());
  std::ranges::sort(files);
  return files;
}

ProofFile measure(const std::string& folder, const std::string& path) {
  const std::string file = (fs::path(folder) / path).string();
  std::error_code error;
  const auto bytes = fs::file_size(file, error);
  if (error) throw Error(ErrorCategory::no_input, file, "a readable file", error.message());
  return {path, static_cast<std::uint64_t>(bytes), base::sha256_file(file)};
}

std::string manifest_text(const std::vector<ProofFile>& files) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ProofFile& f : files) list.push_back({{"path", f.path}, {"bytes", f.bytes}, {"sha256", f.sha256}});
  return nlohmann::ordered_json{{"schema", kSchema}, {"version", 1}, {"files", std::move(list)}}.dump(2) + "\n";
}

std::vector<ProofFile> parse_manifest(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{8} << 20, 6, 200'000});
  const base::JsonReader reader(json, source);
  reader.refuse_unknown_keys({"schema", "version", "files"});
  if (reader.string("schema") != kSchema) reader.fail("schema", std::string(kSchema), reader.string("schema"));
  static_cast<void>(reader.integer("version", 1, 1));
  std::vector<ProofFile> files;
  for (const base::JsonReader& item : reader.array("files", kMostFiles)) {
    item.as_object().refuse_unknown_keys({"path", "bytes", "sha256"});
    ProofFile f{item.string("path"), static_cast<std::uint64_t>(item.integer("bytes", 0, std::int64_t{1} << 50)),
                item.string("sha256")};
    if (!bundle::is_safe_path(f.path)) item.fail("path", "a path inside of the folder", f.path);
    if (!base::is_sha256_hex(f.sha256)) item.fail("sha256", "64 lower-case hexadecimal digits", f.sha256);
    if (!files.empty() && files.back().path >= f.path) item.fail("path", "paths in ascending order", f.path);
    files.push_back(std::move(f));
  }
  if (manifest_text(files) != text) reader.fail("files", "the form that Seben writes", "another one");
  return files;
}

std::string place_for(const std::string& folder, const std::string& path) {
  fs::path way = folder;
  for (const fs::path& part : fs::path(path)) {
    way /= part;
    std::error_code ignored;  // what is not there yet has no type either
    if (!is_plain(fs::symlink_status(way, ignored).type())) refuse_odd(way);
  }
  std::error_code error;
  fs::create_directories(way.parent_path(), error);
  if (error) throw Error(ErrorCategory::io, way.parent_path().string(), "a folder that can be made", error.message());
  return way.string();
}

void refuse_links(const std::string& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const fs::file_type type = it->symlink_status(error).type();
    if (!error && !is_plain(type)) refuse_odd(it->path());
  }
  if (error) throw Error(ErrorCategory::io, folder, "a folder that can be read", error.message());
}

void remove_leftovers(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!is_leftover(it->path().filename().string())) continue;
    found.push_back(it->path().string());
    it.disable_recursion_pending();
  }
  if (error) throw Error(ErrorCategory::io, folder, "a folder that can be read", error.message());
  for (const std::string& path : found) remove_whole(path);
}

void remove_leftovers(const std::string& folder, std::string_view name) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().filename().string();
    if (is_leftover(file) && file.starts_with(std::string(name) + std::string(kPartial))) {
      found.push_back(it->path().string());
    }
  }
  if (error) throw Error(ErrorCategory::io, folder, "a folder that can be read", error.message());
  for (const std::string& path : found) remove_whole(path);
}

void remove_whole(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) throw Error(ErrorCategory::io, path, "to be removed", error.message());
}

bool lies_within(const std::string& path, const std::string& folder) {
  const auto resolved = [](const std::string& name) {
    std::error_code error;
    fs::path whole = fs::weakly_canonical(fs::absolute(name, error), error);
    if (error) throw Error(ErrorCategory::io, name, "a path that can be followed", error.message());
    return whole.has_filename() ? whole : whole.parent_path();
  };
  const fs::path inner = resolved(path), outer = resolved(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace seben::proof
