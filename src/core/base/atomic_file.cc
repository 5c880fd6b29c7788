// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/output_target.h"
#include "base/partial_name.h"
#include "base/posix.h"
#include "seben/error.h"

namespace seben::base {
namespace {

using Kind = OutputTarget::Kind;

[[noreturn]] void fail(const std::string& path, const char* expected, int error) {
  throw Error(ErrorCategory::io, path == "-" ? "standard output" : path, expected, reason(error));
}

// The new file is as open to others as the old one was, never more; what cannot be had is left.
void take_over(int descriptor, const OutputTarget& old) {
  struct stat status {};
  if (!old.mode || ::fstat(descriptor, &status) != 0) return;
  unsigned mode = *old.mode;
  if (status.st_uid != old.owner && ::fchown(descriptor, old.owner, static_cast<gid_t>(-1)) != 0) errno = 0;
  if (status.st_gid != old.group && ::fchown(descriptor, static_cast<uid_t>(-1), old.group) != 0) mode &= ~070U;
  if (::fchmod(descriptor, static_cast<mode_t>(mode)) != 0) errno = 0;
}

// Blocks until a pipe has a reader.
int open_stream(const std::string& path) {
  for (;;) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor >= 0 || errno != EINTR) return descriptor;
    throw_if_interrupted();
  }
}

Descriptor open_in_place(const std::string& shown, const OutputTarget& target) {
  if (target.kind == Kind::descriptor) {
    std::fflush(stdout);  // what was said before stands before
    Descriptor copy(::fcntl(target.descriptor, F_DUPFD_CLOEXEC, 3));
    if (!copy) fail(shown, "to be created", errno);
    return copy;
  }
  Descriptor stream(open_stream(target.path));
  struct stat status {};
  if (!stream || ::fstat(stream.get(), &status) != 0) fail(shown, "to be created", errno);
  if (S_ISREG(status.st_mode)) fail(shown, "to be created", EEXIST);  // changed since it was looked at
  return stream;
}

}  // namespace

AtomicFile::AtomicFile(std::string path, Links links) : path_(std::move(path)) {
  const OutputTarget target = links == Links::followed ? output_target(path_) : replaced_target(path_);
  if (target.kind != Kind::file) {
    descriptor_ = open_in_place(path_, target).release();
    return;
  }
  target_ = target.path;
  Descriptor partial = create_partial_file(target_, target.mode.value_or(0666), partial_);
  if (!partial) fail(path_, "to be created", errno);
  take_over(partial.get(), target);
  descriptor_ = partial.release();
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      partial_(std::move(other.partial_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      written_(std::exchange(other.written_, 0)) {}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() noexcept {
  if (descriptor_ < 0) return;
  ::close(std::exchange(descriptor_, -1));
  if (!in_place()) ::unlink(partial_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (descriptor_ < 0) throw Error(ErrorCategory::internal, path_, "an open file", "a finished one");
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0) {
      wait_to_write(errno);
      continue;
    }
    written_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::wait_to_write(int error) const {
  if (error == EAGAIN && in_place()) {  // a pipe that its owner made non-blocking
    pollfd ready{descriptor_, POLLOUT, 0};
    static_cast<void>(::poll(&ready, 1, -1));
    error = EINTR;
  }
  if (error != EINTR) fail(path_, "to be written", error);
  if (in_place()) throw_if_interrupted();  // a reader may never come back
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::commit() {
  if (descriptor_ < 0) throw Error(ErrorCategory::internal, path_, "an open file", "a finished one");
  if (in_place()) {
    if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail(path_, "to be written", errno);
    return;
  }
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) {  // EINVAL: the file system cannot
    fail(path_, "to be made durable", errno);
  }
  const int closed = ::close(std::exchange(descriptor_, -1));
  if (closed != 0 || ::rename(partial_.c_str(), target_.c_str()) != 0) {
    const int error = errno;
    ::unlink(partial_.c_str());
    fail(path_, "to be put in place", error);
  }
  sync_folder(folder_of(target_));
}

void write_text(const std::string& path, std::string_view text, Links links) {
  AtomicFile file(path, links);
  file.write(text);
  file.commit();
}

void require_writable(const std::string& path) {
  const OutputTarget target = output_target(path);
  switch (target.kind) {
    case Kind::file: static_cast<void>(AtomicFile(path)); break;  // made and taken away again
    case Kind::stream:
      if (::access(target.path.c_str(), W_OK) != 0) fail(path, "to be created", errno);
      break;
    case Kind::descriptor:
      const int flags = ::fcntl(target.descriptor, F_GETFL);
      if (flags < 0) fail(path, "to be created", errno);
      if ((flags & O_ACCMODE) == O_RDONLY) fail(path, "to be created", EBADF);
      break;
  }
}

}  // namespace seben::base
