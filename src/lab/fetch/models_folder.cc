// SPDX-License-Identifier: Apache-2.0
#include "fetch/models_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/partial_name.h"
#include "fetch/names.h"

namespace seben::fetch {
namespace {

namespace fs = std::filesystem;

bool is_bundle(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "bundle.json", ignored);
}

}  // namespace

std::optional<std::string> ModelsFolder::find(const std::string& name) const {
  if (!is_model_name(name) || !is_bundle(place(name))) return std::nullopt;
  return place(name);
}

std::vector<std::string> ModelsFolder::names() const {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (is_model_name(name) && !base::is_partial_name(name) && is_bundle(entry.path())) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace seben::fetch
