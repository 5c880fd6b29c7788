// SPDX-License-Identifier: Apache-2.0
#include "deploy/reuse.h"

#include <filesystem>

#include "base/new_folder.h"
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
  for (const char* key : {"seben.encoder.sha256", "seben.kind", "seben.layout", "seben.precision"}) {
    const auto a = existing.metadata.user.find(key), b = wanted.metadata.user.find(key);
    const std::string left = a == existing.metadata.user.end() ? "nothing" : a->second;
    const std::string right = b == wanted.metadata.user.end() ? "nothing" : b->second;
    if (left != right || a == existing.metadata.user.end()) {
      why = std::string(key) + " " + left + " instead of " + right;
      return false;
    }
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
