// SPDX-License-Identifier: Apache-2.0
#include "base/new_folder.h"

#include <cerrno>
#include <system_error>

#include "base/file.h"
#include "base/output_target.h"
#include "base/partial_name.h"
#include "base/posix.h"
#include "base/rename.h"
#include "seben/error.h"

namespace seben::base {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

// A slash at the end, "." and ".." make no other folder.
fs::path plain(const std::string& path) { return fs::path(path + "/.").lexically_normal().parent_path(); }

}  // namespace

NewFolder::NewFolder(const std::string& path, const NewFolderOptions& options) : options_(options), path_(plain(path)) {
  if (options_.replaces) path_ = follow_links(path_.string());
  if (!options_.replaces && is_there(path_)) fail("a folder that does not exist yet", "one that does");
  std::error_code failed;
  if (options_.makes_parents && path_.has_parent_path()) parents_.emplace(path_.parent_path(), failed);
  if (failed) fail(options_.made, failed.message());
  std::string partial;
  if (!create_partial_folder(path_.string(), 0777, partial)) fail(options_.made, reason(errno));
  partial_ = partial;
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  fs::remove_all(partial_, ignored);  // after commit: what was replaced, if anything
}

void NewFolder::fail(const char* expected, const std::string& found) const {
  throw Error(ErrorCategory::io, path_.string(), expected, found);
}

std::string NewFolder::place(std::string_view relative) const {
  const fs::path file = partial_ / relative;
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  if (failed) fail(options_.made, failed.message());
  return file.string();
}

void NewFolder::write(std::string_view relative, std::string_view text) const { write_text(place(relative), text); }

void NewFolder::commit() const {
  const std::string from = partial_.string(), to = path_.string();
  sync_folder(from);
  int error = rename_new(from, to);
  if (error == EEXIST && options_.replaces) {
    error = exchange(from, to, folder_of(to) + "/" + partial_name(path_.filename().string()));
  }
  if (error != 0) fail(options_.named, reason(error));
  sync_folder(folder_of(to));
}

}  // namespace seben::base
