// SPDX-License-Identifier: Apache-2.0
#include "cli/output_place.h"

#include <sys/stat.h>

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
    if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      known_.emplace(std::pair(status.st_dev, status.st_ino), path);
    }
  }
}

void Inputs::refuse(const std::string& path) const {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return;
  const auto found = known_.find({status.st_dev, status.st_ino});
  if (found == known_.end()) return;
  throw Error(ErrorCategory::usage, path, "another file than the recording",
              found->second == path ? "the recording itself" : "the recording " + found->second);
}

bool is_special_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace seben::cli
