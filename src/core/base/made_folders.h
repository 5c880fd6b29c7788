// SPDX-License-Identifier: Apache-2.0
// Folders that are made on the way to a result, and taken away again when nothing came to lie in them.
#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

#include "base/interrupt.h"

namespace seben::base {

class MadeFolders {
 public:
  /// Makes `path` and whatever is missing on the way to it. `failed` says why it could not; what was made goes then.
  MadeFolders(const std::filesystem::path& path, std::error_code& failed);
  MadeFolders(const MadeFolders&) = delete;
  MadeFolders& operator=(const MadeFolders&) = delete;
  /// Removes those of them that are empty.
  ~MadeFolders();

 private:
  std::vector<std::filesystem::path> made_;  // the outermost first
  MustTidyUp until_something_is_in_them_;
};

}  // namespace seben::base
