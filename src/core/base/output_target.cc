// SPDX-License-Identifier: Apache-2.0
#include "base/output_target.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

#include "base/posix.h"
#include "seben/error.h"

namespace seben::base {
namespace {

constexpr int kMostLinks = 40;  // as Linux has it

[[noreturn]] void refuse(const std::string& path, int error) {
  throw Error(ErrorCategory::io, path, "to be created", reason(error));
}

std::optional<int> named_descriptor(std::string_view path) {
  if (path == "-" || path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {std::string_view("/dev/fd/"), std::string_view("/proc/self/fd/")}) {
    if (!path.starts_with(folder)) continue;
    path.remove_prefix(folder.size());
    if (path.empty() || path.size() > 9 || path.find_first_not_of("0123456789") != std::string_view::npos) return {};
    return std::stoi(std::string(path));
  }
  return {};
}

// In a folder that all may write to, like /tmp, a link is followed only when it is ours or the folder's owner's: the
// kernel has the same rule for programs that leave following to it.
void require_trusted_link(const std::string& shown, const std::string& link, const struct stat& status) {
  struct stat folder {};
  if (::stat(folder_of(link).c_str(), &folder) != 0) refuse(shown, errno);
  const bool shared = (folder.st_mode & S_ISVTX) != 0 && (folder.st_mode & S_IWOTH) != 0;
  if (shared && status.st_uid != ::geteuid() && status.st_uid != folder.st_uid) {
    throw Error(ErrorCategory::io, shown, "to be created", "a link that another user put there");
  }
}

std::string read_link(const std::string& shown, const std::string& link) {
  std::array<char, PATH_MAX> buffer{};
  const ssize_t length = ::readlink(link.c_str(), buffer.data(), buffer.size());
  if (length < 0) refuse(shown, errno);
  if (static_cast<std::size_t>(length) == buffer.size()) refuse(shown, ENAMETOOLONG);
  const std::string to(buffer.data(), static_cast<std::size_t>(length));
  return to.starts_with('/') ? to : folder_of(link) + "/" + to;
}

void require_name(const std::string& path) {
  if (path.empty()) refuse(path, ENOENT);
  if (path.find('\0') != std::string::npos) refuse(path, EINVAL);
}

// The end of the links; its status, or nothing when there is no such file yet or it names a descriptor.
std::string follow(const std::string& path, std::optional<struct stat>& found) {
  require_name(path);
  std::string at = path;
  for (int i = 0; i <= kMostLinks; ++i) {
    if (named_descriptor(at)) return at;
    struct stat status {};
    if (::lstat(at.c_str(), &status) != 0) {
      if (errno == ENOENT) return at;
      refuse(path, errno);
    }
    if (!S_ISLNK(status.st_mode)) {
      found = status;
      return at;
    }
    require_trusted_link(path, at, status);
    at = read_link(path, at);
  }
  refuse(path, ELOOP);
}

void describe(const std::string& shown, const struct stat& status, OutputTarget& target) {
  const mode_t mode = status.st_mode;
  if (S_ISREG(mode)) {
    target.mode = mode & 0777U;
    target.owner = status.st_uid;
    target.group = status.st_gid;
  } else if (S_ISFIFO(mode) || S_ISCHR(mode)) {
    target.kind = OutputTarget::Kind::stream;
  } else if (S_ISDIR(mode)) {
    throw Error(ErrorCategory::io, shown, "to be put in place", reason(EISDIR));
  } else {  // a disk written over by a slip of the hand is no output
    throw Error(ErrorCategory::io, shown, "a file, a pipe or a character device",
                S_ISBLK(mode) ? "a block device" : kind_of(mode));
  }
}

}  // namespace

std::string follow_links(const std::string& path) {
  std::optional<struct stat> ignored;
  return follow(path, ignored);
}

OutputTarget output_target(const std::string& path) {
  std::optional<struct stat> status;
  OutputTarget target;
  target.path = follow(path, status);
  if (const std::optional<int> descriptor = named_descriptor(target.path)) {
    target.kind = OutputTarget::Kind::descriptor;
    target.descriptor = *descriptor;
    return target;
  }
  if (status) describe(path, *status, target);
  return target;
}

OutputTarget replaced_target(const std::string& path) {
  require_name(path);
  OutputTarget target;
  target.path = path;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) refuse(path, errno);
  } else if (!S_ISLNK(status.st_mode)) {
    describe(path, status, target);
  }
  return target;
}

}  // namespace seben::base
