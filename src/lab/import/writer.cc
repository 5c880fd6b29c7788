// SPDX-License-Identifier: Apache-2.0
#include "import/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "bundle/bundle.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_io(const std::string& path, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::io, path, expected, found);
}

std::string without_trailing_slash(std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  return folder;
}

void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // not every file system can
  ::close(descriptor);
}

void sync_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail_io(path, "to be made durable", std::strerror(errno));
  const int result = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  if (result != 0 && error != EINVAL && error != EROFS) fail_io(path, "to be made durable", std::strerror(error));
}

}  // namespace

BundleWriter::BundleWriter(std::string folder) : folder_(without_trailing_slash(std::move(folder))) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder_, error))) {
    fail_io(folder_, "a name that is free for a new bundle", "something of that name");
  }
  partial_ = folder_ + ".partial-" + std::to_string(::getpid());
  fs::remove_all(partial_, error);  // left by a killed process of the same number
  if (!fs::create_directory(partial_, error)) fail_io(folder_, "to be created", error.message());
}

BundleWriter::~BundleWriter() {
  std::error_code ignored;
  if (!done_) fs::remove_all(partial_, ignored);
}

std::string BundleWriter::path(std::string_view relative) const {
  if (!is_safe_path(relative)) {
    throw Error(ErrorCategory::bad_data, folder_, "a relative path that stays inside the bundle",
                std::string(relative));
  }
  const fs::path path = fs::path(partial_) / relative;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) fail_io(path.parent_path().string(), "to be created", error.message());
  return path.string();
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

void BundleWriter::commit(Manifest manifest) {
  manifest.files = std::move(files_);
  base::write_text(path(kManifestName), to_text(manifest));
  (void)Bundle::open(partial_);  // what would be refused later is refused now
  sync_folder(partial_);
  if (::rename(partial_.c_str(), folder_.c_str()) != 0) fail_io(folder_, "to be put in place", std::strerror(errno));
  done_ = true;
  sync_folder(fs::path(folder_).parent_path().empty() ? "." : fs::path(folder_).parent_path().string());
}

}  // namespace seben::bundle
