// SPDX-License-Identifier: Apache-2.0
#include "export/reuse.h"

#include <unistd.h>

#include <filesystem>

#include "mil/label.h"
#include "seben/error.h"

namespace seben::deploy {

namespace fs = std::filesystem;

void link_package(const std::string& existing, const std::string& path, bool overwrite) {
  const fs::path target(path), partial(path + ".partial-" + std::to_string(getpid()));
  if (fs::exists(target) && !overwrite) {
    throw Error(ErrorCategory::usage, path, "a new name, or leave to replace (--overwrite)", "an existing one");
  }
  std::error_code error;
  fs::remove_all(partial, error);
  fs::copy(existing, partial, fs::copy_options::recursive | fs::copy_options::create_hard_links, error);
  if (error) {
    fs::remove_all(partial, error);
    fs::copy(existing, partial, fs::copy_options::recursive, error);
  }
  if (!error) {
    if (fs::exists(target)) fs::remove_all(target, error);
    fs::rename(partial, target, error);
  }
  if (error) {
    const std::string why = error.message();
    fs::remove_all(partial, error);
    throw Error(ErrorCategory::io, path, "a package that can be linked or copied", why);
  }
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
