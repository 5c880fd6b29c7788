// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <string>

#include "base/interrupt.h"
#include "base/printable.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

constexpr std::size_t kBuffered = std::size_t{64} << 10;

// 0, or why not everything was written. Stops early when a signal was noted: a reader may never come back.
int write_all(int descriptor, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd room{descriptor, POLLOUT, 0};
      ::poll(&room, 1, 1000);
      if (base::interrupt_requested()) return EINTR;
    } else if (errno != EINTR || base::interrupt_requested()) {
      return errno;
    }
  }
  return 0;
}

class StandardOutput {
 public:
  void write(std::string_view bytes) {
    if (failure_ != 0) return;
    waiting_ += bytes;
    if (terminal_ || waiting_.size() >= kBuffered) flush();
  }
  void flush() {
    if (failure_ == 0) failure_ = write_all(STDOUT_FILENO, waiting_);
    waiting_.clear();
    if (failure_ == EINTR) base::throw_if_interrupted();
  }
  void check(std::string_view what) {
    if (failure_ == 0) return;
    told_ = true;
    if (failure_ == EPIPE) throw base::Interrupted(SIGPIPE);
    throw Error(ErrorCategory::io, "standard output", "room for " + std::string(what), "a failed write");
  }
  [[nodiscard]] bool told() const noexcept { return told_; }
  [[nodiscard]] bool failed() const noexcept { return failure_ != 0; }
  [[nodiscard]] bool terminal() const noexcept { return terminal_; }

 private:
  std::string waiting_;
  bool terminal_ = ::isatty(STDOUT_FILENO) != 0;
  int failure_ = 0;  // why a write failed
  bool told_ = false;
};

StandardOutput& standard_output() {
  static StandardOutput output;
  return output;
}

}  // namespace

void hold_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // Opened the wrong way round: whoever uses it is told so. The lowest free number is the one that is missing.
    (void)!::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void write_out(std::string_view bytes) { standard_output().write(bytes); }

void write_document(std::string_view document) {
  if (!standard_output().terminal()) return write_out(document);
  write_lines(document);
}

void write_json(std::string_view json) { write_out(base::printable_json(json)); }

void write_lines(std::string_view lines) { write_out(base::printable_lines(lines)); }

void flush_out(std::string_view what) {
  standard_output().flush();
  standard_output().check(what);
}

bool out_failed() noexcept { return standard_output().failed(); }

void finish_out() {
  if (!standard_output().told()) flush_out();
}

void write_message(std::string_view line) noexcept {
  try {
    write_progress(base::printable(line.ends_with('\n') ? line.substr(0, line.size() - 1) : line) + "\n");
  } catch (const std::exception&) {  // no memory: the exit code must tell
    return;
  }
}

void write_progress(std::string_view piece) noexcept { (void)write_all(STDERR_FILENO, piece); }

}  // namespace seben::cli
