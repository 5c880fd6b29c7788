// SPDX-License-Identifier: Apache-2.0
// The folder in which bundles have names: what `--model base` means.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace seben::fetch {

class ModelsFolder {
 public:
  explicit ModelsFolder(std::string path) : path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Where the bundle of this name is, or would be.
  [[nodiscard]] std::string place(const std::string& name) const { return path_ + "/" + name; }
  [[nodiscard]] std::string lock(const std::string& name) const { return path_ + "/.locks/" + name + ".lock"; }
  /// The bundle of this name; nothing when there is none.
  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
  /// Names of the bundles that are there.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::string path_;
};

}  // namespace seben::fetch
