// SPDX-License-Identifier: Apache-2.0
#include "cli/output_place.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "seben/error.h"

namespace seben::cli {

void require_output(const std::string& flag, const std::string& path) {
  if (path.empty()) return;
  if (path == "-") {
    throw Error(ErrorCategory::usage, flag, "the name of a file, for standard output takes what the command says", "-");
  }
  base::require_writable(path);
}

Inputs::Inputs(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    struct stat status {};
    const int failed = path == "-" ? ::fstat(STDIN_FILENO, &status) : ::stat(path.c_str(), &status);
    if (failed == 0 && S_ISREG(status.st_mode)) {
      known_.emplace(std::pair(status.st_dev, status.st_ino), path);
    }
  }
}

void Inputs::add_bundle(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code none;
  for (fs::recursive_directory_iterator at(folder, none), end; !none && at != end; at.increment(none)) {
    struct stat status {};
    if (::stat(at->path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      bundle_.emplace(Place(status.st_dev, status.st_ino), at->path().string());
    }
  }
}

void Inputs::refuse(const std::string& path, const std::string& own) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  if (const auto part = bundle_.find({status.st_dev, status.st_ino}); part != bundle_.end()) {
    throw Error(ErrorCategory::usage, path, "another file than the model's", "its " + part->second);
  }
  const auto found = known_.find({status.st_dev, status.st_ino});
  if (found == known_.end()) return;
  throw Error(ErrorCategory::usage, path, "another file than the recording",
              found->second == own ? "the recording itself" : "the recording " + found->second);
}

bool is_special_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace seben::cli
