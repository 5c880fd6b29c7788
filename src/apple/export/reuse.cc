// SPDX-License-Identifier: Apache-2.0
#include "export/reuse.h"

#include <filesystem>

#include "base/new_folder.h"
#include "mil/label.h"
#include "seben/error.h"

namespace seben::deploy {

namespace fs = std::filesystem;

void link_package(const std::string& existing, const std::string& path, bool overwrite) {
  std::error_code error;
  if (fs::exists(path, error) && !overwrite) {
    throw Error(ErrorCategory::usage, path, "a new name, or leave to replace (--overwrite)", "an existing one");
  }
  constexpr const char* kExpected = "a package that can be linked or copied";
  const base::NewFolder folder(path, {overwrite, true, kExpected, kExpected});
  fs::copy(existing, folder.partial(), fs::copy_options::recursive | fs::copy_options::create_hard_links, error);
  if (error) {  // another file system
    fs::copy(existing, folder.partial(), fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  }
  if (error) throw Error(ErrorCategory::io, path, kExpected, error.message());
  folder.commit();
}

bool same_encoder(const mil::Model& existing, const mil::Model& wanted, std::string& why) {
  if (const auto found =
          mil::encoder_difference(mil::read_label(existing.metadata), mil::read_label(wanted.metadata))) {
    why = *found;
    return false;
  }
  if (existing.interface.inputs != wanted.interface.inputs || existing.interface.outputs != wanted.interface.outputs) {
    why = "another interface";
    return false;
  }
  if (existing.program.main().opset != wanted.program.main().opset) {
    why = "another opset";
    return false;
  }
  return true;
}

}  // namespace seben::deploy
