// SPDX-License-Identifier: Apache-2.0
#include "bundle/put_files.h"

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"

namespace seben::bundle {

void put_files(const Bundle& bundle, std::vector<NewFile> files, std::initializer_list<Role> dropped) {
  Manifest manifest = bundle.manifest();
  for (NewFile& file : files) {
    if (const FileEntry* old = manifest.find(file.role)) file.path = old->path;
  }
  std::erase_if(manifest.files, [&](const FileEntry& entry) {
    return std::ranges::count(dropped, entry.role) > 0 ||
           std::ranges::any_of(files, [&](const NewFile& file) { return file.role == entry.role; });
  });
  for (const NewFile& file : files) {
    manifest.files.push_back({file.path, file.text.size(), base::sha256_hex(std::string_view(file.text)), file.role});
  }
  const std::filesystem::path folder(bundle.folder());
  const std::string path = (folder / kManifestName).string();
  const std::string listing = to_text(manifest);
  (void)parse_manifest(listing, path);  // before anything is written
  const base::MustTidyUp until_listed;
  for (const NewFile& file : files) {
    base::write_text((folder / file.path).string(), file.text, base::Links::replaced);
  }
  base::write_text(path, listing, base::Links::replaced);
}

}  // namespace seben::bundle
