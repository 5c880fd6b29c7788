// SPDX-License-Identifier: Apache-2.0
#include "bundle/replace_manifest.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/file.h"
#include "bundle/bundle.h"
#include "seben/error.h"

namespace seben::bundle {

void replace_manifest(const std::string& folder, const Manifest& manifest) {
  const Bundle current = Bundle::open(folder);
  const std::string path = (std::filesystem::path(folder) / kManifestName).string();
  const std::string text = to_text(manifest);
  const Manifest next = parse_manifest(text, path);
  const auto same_file = [](const FileEntry& a, const FileEntry& b) {
    return a.path == b.path && a.bytes == b.bytes && a.sha256 == b.sha256 && a.role == b.role;
  };
  const std::vector<FileEntry>& old_files = current.manifest().files;
  if (!std::equal(next.files.begin(), next.files.end(), old_files.begin(), old_files.end(), same_file)) {
    throw Error(ErrorCategory::internal, path, "the files it lists now", "others");
  }
  base::write_text(path, text, base::Links::replaced);  // a farm of links has its own list, not the original's
}

void require_replaceable(const std::string& folder) {
  const base::AtomicFile made_and_taken_away((std::filesystem::path(folder) / kManifestName).string(),
                                             base::Links::replaced);
}

}  // namespace seben::bundle
