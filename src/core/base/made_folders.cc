// SPDX-License-Identifier: Apache-2.0
#include "base/made_folders.h"

#include <algorithm>

namespace seben::base {

namespace fs = std::filesystem;

MadeFolders::MadeFolders(const fs::path& path, std::error_code& failed) {
  std::error_code ignored;
  for (fs::path missing = path.has_filename() ? path : path.parent_path();
       !missing.empty() && !fs::exists(missing, ignored); missing = missing.parent_path()) {
    made_.push_back(missing);
  }
  std::ranges::reverse(made_);
  failed.clear();
  for (const fs::path& folder : made_) {
    fs::create_directory(folder, failed);  // another process may have been quicker: no failure
    if (failed) break;
  }
  if (!failed && !fs::is_directory(path, failed) && !failed) failed = std::make_error_code(std::errc::not_a_directory);
}

MadeFolders::~MadeFolders() {
  std::error_code full;
  for (auto folder = made_.rbegin(); folder != made_.rend(); ++folder) fs::remove(*folder, full);
}

}  // namespace seben::base
