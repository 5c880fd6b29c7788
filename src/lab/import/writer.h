// SPDX-License-Identifier: Apache-2.0
// Making a bundle: built in a folder beside its place, checked there as a reader would, then given its name at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/new_folder.h"
#include "bundle/manifest.h"

namespace seben::bundle {

/// Without `commit` nothing is left behind, not even after an exception or an interrupt.
class BundleWriter {
 public:
  /// Error(io) when `folder` exists already (a bundle is never mixed with another) or its parent cannot be written.
  explicit BundleWriter(std::string folder);
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;

  /// Where the caller writes a file before it adds it.
  [[nodiscard]] std::string path(std::string_view relative) const;
  /// Lists a file that was written to path(relative); takes its size and SHA-256.
  void add(std::string_view relative, Role role);
  void add_text(std::string_view relative, Role role, std::string_view text);
  /// What was added under that name; Error(internal) for nothing.
  [[nodiscard]] const FileEntry& listed(std::string_view relative) const;
  void add_copy(std::string_view relative, Role role, const std::string& from);

  /// Fills in the files that were added, writes bundle.json, opens the result as every reader will, and puts it in
  /// place.
  void commit(Manifest manifest);

 private:
  std::string folder_;
  base::NewFolder new_folder_;
  std::vector<FileEntry> files_;
};

}  // namespace seben::bundle
