// SPDX-License-Identifier: Apache-2.0
#include "fetch/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <thread>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::fetch {

FileLock::FileLock(const std::string& path, const std::function<void()>& waiting) {
  std::error_code failed;
  std::filesystem::create_directories(base::folder_of(path), failed);
  file_ = base::Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file_) throw Error(ErrorCategory::io, path, "a lock file", base::reason(errno));
  bool told = false;
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      throw Error(ErrorCategory::io, path, "to be locked", base::reason(errno));
    if (!told && waiting) waiting();
    told = true;
    base::throw_if_interrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace seben::fetch
