// SPDX-License-Identifier: Apache-2.0
#include "cli/output_place.h"

#include <sys/stat.h>

#include <filesystem>
#include <system_error>
#include <utility>

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

std::optional<Inputs::Place> Inputs::place_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return Place(status.st_dev, status.st_ino);
}

Inputs::Inputs(const std::vector<std::string>& paths, std::string what) : what_(std::move(what)) {
  for (const std::string& path : paths) {
    if (const auto place = place_of(path == "-" ? "/dev/stdin" : path)) recordings_.emplace(*place, path);
  }
}

void Inputs::add_bundle(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code none;
  for (fs::recursive_directory_iterator at(folder, none), end; !none && at != end; at.increment(none)) {
    if (const auto place = place_of(at->path().string())) bundle_.emplace(*place, at->path().string());
  }
}

void Inputs::refuse(const std::string& path, const std::string& own) const {
  const auto place = place_of(path);
  if (!place) return;
  if (const auto part = bundle_.find(*place); part != bundle_.end()) {
    throw Error(ErrorCategory::usage, path, "another file than the model's", "its " + part->second);
  }
  if (const auto found = recordings_.find(*place); found != recordings_.end()) {
    throw Error(ErrorCategory::usage, path, "another file than the " + what_,
                "the " + what_ + (found->second == own ? " itself" : " " + found->second));
  }
}

bool is_special_file(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

}  // namespace seben::cli
