// SPDX-License-Identifier: Apache-2.0
#include "base/new_folder.h"

#include <unistd.h>

#include <system_error>

#include "base/file.h"
#include "seben/error.h"

namespace seben::base {
namespace {

namespace fs = std::filesystem;

void make_folders(const fs::path& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) throw Error(ErrorCategory::io, path.string(), "to make the folder", failed.message());
}

}  // namespace

NewFolder::NewFolder(const std::string& path)
    : path_(fs::path(path + "/.").lexically_normal().parent_path()),
      partial_(path_.string() + ".partial-" + std::to_string(::getpid())) {
  if (fs::exists(fs::symlink_status(path_))) {
    throw Error(ErrorCategory::io, path_.string(), "a folder that does not exist yet", "one that does");
  }
  make_folders(partial_);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

void NewFolder::write(std::string_view relative, std::string_view text) const {
  const fs::path file = partial_ / relative;
  make_folders(file.parent_path());
  write_text(file.string(), text);
}

void NewFolder::commit() const {
  std::error_code failed;
  fs::rename(partial_, path_, failed);
  if (failed) throw Error(ErrorCategory::io, path_.string(), "to give the folder its name", failed.message());
}

}  // namespace seben::base
