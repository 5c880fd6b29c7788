// SPDX-License-Identifier: Apache-2.0
#include "proofs/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "seben/error.h"

namespace seben::proof {

FolderLock::FolderLock(const std::string& folder) {
  descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ < 0) throw Error(ErrorCategory::io, folder, "a folder that can be opened", std::strerror(errno));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(descriptor_);
  const char* found = error == EWOULDBLOCK ? "another run in it" : std::strerror(error);
  throw Error(ErrorCategory::io, folder, "a folder for this run alone", found);
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace seben::proof
