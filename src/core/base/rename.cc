// SPDX-License-Identifier: Apache-2.0
#include "base/rename.h"

#include <fcntl.h>
#include <stdio.h>  // renamex_np
#include <sys/stat.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/fs.h>
#include <sys/syscall.h>
#endif

#include <cerrno>

namespace seben::base {
namespace {

// Whether a system or its file system does not know the promise, rather than that it could not be kept.
bool unknown(int error) noexcept { return error == ENOSYS || error == EINVAL || error == ENOTSUP; }

int plain(const std::string& from, const std::string& to) noexcept {
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

enum class Promise { new_name, swap };

int promised(const std::string& from, const std::string& to, Promise promise) noexcept {
#if defined(__linux__) && defined(SYS_renameat2)
  const unsigned flags = promise == Promise::swap ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  return ::syscall(SYS_renameat2, AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0 ? 0 : errno;
#elif defined(__APPLE__)
  const unsigned flags = promise == Promise::swap ? RENAME_SWAP : RENAME_EXCL;
  return ::renamex_np(from.c_str(), to.c_str(), flags) == 0 ? 0 : errno;
#else
  static_cast<void>(from), static_cast<void>(to), static_cast<void>(promise);
  return ENOSYS;
#endif
}

}  // namespace

int rename_new(const std::string& from, const std::string& to) noexcept {
  const int error = promised(from, to, Promise::new_name);
  if (!unknown(error)) return error;
  struct stat status {};
  if (::lstat(to.c_str(), &status) == 0) return EEXIST;
  return errno == ENOENT ? plain(from, to) : errno;
}

int exchange(const std::string& a, const std::string& b, const std::string& spare) noexcept {
  const int error = promised(a, b, Promise::swap);
  if (!unknown(error)) return error;
  if (const int moved = plain(b, spare); moved != 0) return moved;
  if (const int moved = plain(a, b); moved != 0) {
    static_cast<void>(plain(spare, b));
    return moved;
  }
  return plain(spare, a);
}

}  // namespace seben::base
