// SPDX-License-Identifier: Apache-2.0
// A folder that gets its name when it is complete.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/interrupt.h"

namespace seben::base {

/// Makes `path` by way of `path.partial-<pid>` beside it. Without `commit` nothing is left behind, not even after an
/// exception. Error(io) when `path` exists already, and for every failure of the file system.
class NewFolder {
 public:
  explicit NewFolder(const std::string& path);
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder();

  /// Where its files are until `commit`.
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return partial_; }
  /// A file of the folder, with the folders that lead to it.
  void write(std::string_view relative, std::string_view text) const;
  void commit() const;

 private:
  std::filesystem::path path_, partial_;
  MustTidyUp until_named_;
};

}  // namespace seben::base
