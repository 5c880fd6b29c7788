// SPDX-License-Identifier: Apache-2.0
#include "base/scratch_folder.h"

#include "base/partial_name.h"
#include "base/scratch_file.h"
#include "seben/error.h"

namespace seben::base {

ScratchFolder::ScratchFolder() {
  std::string path;
  if (!create_partial_folder(temporary_folder() + "/seben", 0700, path)) {
    throw Error(ErrorCategory::io, path, "a folder for temporary files", "none");
  }
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace seben::base
