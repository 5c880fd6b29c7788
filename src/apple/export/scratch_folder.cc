// SPDX-License-Identifier: Apache-2.0
#include "export/scratch_folder.h"

#include <stdlib.h>

#include "seben/error.h"

namespace seben::deploy {

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "seben-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    throw Error(ErrorCategory::io, pattern, "a folder for temporary files", "none");
  }
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace seben::deploy
