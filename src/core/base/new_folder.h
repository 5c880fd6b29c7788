// SPDX-License-Identifier: Apache-2.0
// A folder that gets its name when it is complete.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/interrupt.h"
#include "base/made_folders.h"

namespace seben::base {

struct NewFolderOptions {
  bool replaces = false;      ///< takes the place of what is there, at once, instead of refusing
  bool makes_parents = true;  ///< makes the folders that lead to it, which go again without it
  /// What is expected in the messages when it cannot be made, and when it cannot be named.
  const char* made = "to make the folder";
  const char* named = "to give the folder its name";
};

/// Makes `path` by way of a folder of an unpredictable name beside it, which was not there before: what a killed run
/// left never gets in. Without `commit` nothing is left behind, not even after an exception. Error(io) when `path`
/// exists already and is not to be replaced, and for every failure of the file system.
class NewFolder {
 public:
  explicit NewFolder(const std::string& path, const NewFolderOptions& options = {});
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder();

  /// Where its files are until `commit`.
  [[nodiscard]] const std::filesystem::path& partial() const noexcept { return partial_; }
  /// Where to write a file of the folder until `commit`; the folders that lead to it are made.
  [[nodiscard]] std::string place(std::string_view relative) const;
  /// A file of the folder, with the folders that lead to it.
  void write(std::string_view relative, std::string_view text) const;
  void commit() const;

 private:
  [[noreturn]] void fail(const char* expected, const std::string& found) const;

  NewFolderOptions options_;
  std::filesystem::path path_, partial_;
  std::optional<MadeFolders> parents_;
  MustTidyUp until_named_;
};

}  // namespace seben::base
