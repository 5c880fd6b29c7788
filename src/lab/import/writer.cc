// SPDX-License-Identifier: Apache-2.0
#include "import/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/posix.h"
#include "base/sha256.h"
#include "bundle/bundle.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_io(const std::string& path, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::io, path, expected, found);
}

// Without the slashes at its end.
std::string free_name(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(folder, ignored))) {
    fail_io(folder, "a name that is free for a new bundle", "something of that name");
  }
  return folder;
}

void sync_file(const std::string& path) {
  const base::Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) fail_io(path, "to be made durable", base::reason(errno));
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL && errno != EROFS) {
    fail_io(path, "to be made durable", base::reason(errno));
  }
}

}  // namespace

BundleWriter::BundleWriter(std::string folder)
    : folder_(free_name(std::move(folder))),
      new_folder_(folder_, {false, false, "to be created", "to be put in place"}) {}

std::string BundleWriter::path(std::string_view relative) const {
  if (!is_safe_path(relative)) {
    throw Error(ErrorCategory::bad_data, folder_, "a relative path that stays inside the bundle",
                std::string(relative));
  }
  return new_folder_.place(relative);
}

void BundleWriter::add(std::string_view relative, Role role) {
  const std::string file = path(relative);
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(file, error);
  if (error) fail_io(file, "its size", error.message());
  sync_file(file);
  files_.push_back({std::string(relative), bytes, base::sha256_file(file), role});
}

void BundleWriter::add_text(std::string_view relative, Role role, std::string_view text) {
  base::write_text(path(relative), text);
  add(relative, role);
}

void BundleWriter::add_copy(std::string_view relative, Role role, const std::string& from) {
  const base::MappedFile source = base::MappedFile::open(from);
  base::AtomicFile target(path(relative));
  constexpr std::size_t piece = std::size_t{8} << 20;
  for (std::size_t offset = 0; offset < source.size(); offset += piece) {
    base::throw_if_interrupted();
    target.write(source.bytes().subspan(offset, std::min(piece, source.size() - offset)));
  }
  target.commit();
  add(relative, role);
}

const FileEntry& BundleWriter::listed(std::string_view relative) const {
  const auto entry = std::ranges::find(files_, relative, &FileEntry::path);
  if (entry == files_.end())
    throw Error(ErrorCategory::internal, std::string(relative), "a file that was added", "none");
  return *entry;
}

void BundleWriter::commit(Manifest manifest) {
  manifest.files = std::move(files_);
  base::write_text(path(kManifestName), to_text(manifest));
  (void)Bundle::open(new_folder_.partial().string());  // what would be refused later is refused now
  new_folder_.commit();
}

}  // namespace seben::bundle
