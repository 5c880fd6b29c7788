// SPDX-License-Identifier: Apache-2.0
#include "proofs/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

#include "base/interrupt.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

using ProcessClock = std::chrono::steady_clock;
using ProcessSeconds = std::chrono::duration<double>;

[[noreturn]] void fail_process(const std::string& program, std::string expected, int error) {
  throw Error(ErrorCategory::io, program, std::move(expected), std::strerror(error));
}

// Who ignores SIGCHLD, perhaps because a parent did, is never told how a child ended: the kernel throws it away.
class ExitCodesKept {
 public:
  ExitCodesKept() {
    ::sigaction(SIGCHLD, nullptr, &before_);
    lost_ = (before_.sa_flags & SA_NOCLDWAIT) != 0 ||
            ((before_.sa_flags & SA_SIGINFO) == 0 && before_.sa_handler == SIG_IGN);
    if (!lost_) return;
    struct sigaction kept {};
    kept.sa_handler = SIG_DFL;
    sigemptyset(&kept.sa_mask);
    ::sigaction(SIGCHLD, &kept, nullptr);
  }
  ExitCodesKept(const ExitCodesKept&) = delete;
  ExitCodesKept& operator=(const ExitCodesKept&) = delete;
  ~ExitCodesKept() {
    if (lost_) ::sigaction(SIGCHLD, &before_, nullptr);
  }

 private:
  struct sigaction before_ {};
  bool lost_ = false;
};

// Both ends are closed on every way out.
class Pipe {
 public:
  Pipe() = default;
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends_) {
      if (end >= 0) ::close(end);
    }
  }

  void open(const std::string& program) {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) fail_process(program, "a pipe", errno);
    if (::fcntl(read_end(), F_SETFL, O_NONBLOCK) != 0) fail_process(program, "a pipe that does not block", errno);
  }
  void close_write_end() {
    if (ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  [[nodiscard]] int read_end() const noexcept { return ends_[0]; }
  [[nodiscard]] int write_end() const noexcept { return ends_[1]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (const std::string& word : words) out.push_back(const_cast<char*>(word.c_str()));
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> child_environment(const ChildOptions& options) {
  std::vector<std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const bool replaced = std::ranges::any_of(
        options.environment, [&](const auto& variable) { return text.substr(0, text.find('=')) == variable.first; });
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : options.environment) out.push_back(name + "=" + value);
  return out;
}

// What posix_spawn is told. Everything that needs memory is done here, in the parent.
class Plan {
 public:
  explicit Plan(int standard_output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    if (standard_output >= 0) check(::posix_spawn_file_actions_adddup2(&actions_, standard_output, STDOUT_FILENO));
    sigset_t plain;  // what we ignore is not the child's to ignore
    sigemptyset(&plain);
    sigaddset(&plain, SIGCHLD);
    sigaddset(&plain, SIGXFSZ);
    check(::posix_spawnattr_setsigdefault(&attributes_, &plain));
    check(::posix_spawnattr_setpgroup(&attributes_, 0));
    check(::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF));
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
  ~Plan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// 0, or an error number.
  [[nodiscard]] int start(const std::vector<std::string>& words, const std::vector<std::string>& variables,
                          pid_t& pid) const {
    if (failure_ != 0) return failure_;
    return ::posix_spawnp(&pid, words.front().c_str(), &actions_, &attributes_, pointers(words).data(),
                          pointers(variables).data());
  }

 private:
  void check(int error) {
    if (failure_ == 0) failure_ = error;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int failure_ = 0;
};

class Child {
 public:
  Child(const std::vector<std::string>& words, const ChildOptions& options)
      : program_(words.front()), options_(options) {
    if (options.capture) pipe_.open(program_);
    open_ = options.capture;
    const Plan plan(pipe_.write_end());
    const std::vector<std::string> variables = child_environment(options);
    int error = plan.start(words, variables, pid_);
    if (error == ENOEXEC) {  // a script without its first line
      std::vector<std::string> script{"/bin/sh"};
      script.insert(script.end(), words.begin(), words.end());
      error = plan.start(script, variables, pid_);
    }
    if (error == EAGAIN || error == ENOMEM) fail_process(program_, "a new process", error);
    started_ = error == 0;
    pipe_.close_write_end();
  }

  ChildResult run() {
    if (!started_) {
      out_.status = 127;  // as shells say it
      return std::move(out_);
    }
    int status = 0;
    while (!ended(status)) {
      end_if_late();
      pollfd wait{open_ ? pipe_.read_end() : -1, POLLIN, 0};
      if (::poll(&wait, 1, open_ ? 20 : 10) > 0) take();
    }
    if (open_) take();  // what is still in the pipe, without waiting for grandchildren that hold it
    base::throw_if_interrupted();
    out_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return std::move(out_);
  }

 private:
  [[nodiscard]] bool ended(int& status) const {
    const pid_t found = ::waitpid(pid_, &status, WNOHANG);
    if (found == pid_) return true;
    if (found == 0 || errno == EINTR) return false;
    const int error = errno;
    ::kill(-pid_, SIGKILL);
    fail_process(program_ + ": how it ended", "to be told by the system", error);
  }

  void end_if_late() {
    const bool late = options_.timeout_seconds > 0.0 &&
                      ProcessSeconds(ProcessClock::now() - begin_).count() > options_.timeout_seconds;
    if (!late && !base::interrupt_requested()) return;
    out_.timed_out = out_.timed_out || late;
    ::kill(-pid_, signals_sent_ == 0 ? SIGTERM : SIGKILL);
    if (signals_sent_++ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }

  // All that is there now.
  void take() {
    std::array<char, 4096> buffer;
    while (true) {
      const ssize_t count = ::read(pipe_.read_end(), buffer.data(), buffer.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (count < 0) fail_reading(errno);
      if (count == 0) open_ = false;
      if (count == 0) return;
      const auto bytes = std::min(static_cast<std::size_t>(count), options_.most_output - out_.out.size());
      out_.out.append(buffer.data(), bytes);
      out_.cut_off = out_.cut_off || bytes < static_cast<std::size_t>(count);
    }
  }

  [[noreturn]] void fail_reading(int error) const {
    ::kill(-pid_, SIGKILL);
    int ignored = 0;
    static_cast<void>(::waitpid(pid_, &ignored, 0));
    fail_process(program_ + ": its output", "to be readable", error);
  }

  const base::MustTidyUp until_ended_;
  const ExitCodesKept kept_;
  const std::string& program_;
  const ChildOptions& options_;
  const ProcessClock::time_point begin_ = ProcessClock::now();
  Pipe pipe_;
  pid_t pid_ = -1;
  bool started_ = false, open_ = false;
  int signals_sent_ = 0;
  ChildResult out_;
};

}  // namespace

ChildResult run_child(const std::vector<std::string>& words, const ChildOptions& options) {
  if (words.empty()) throw Error(ErrorCategory::usage, "command", "a program", "nothing");
  return Child(words, options).run();
}

}  // namespace seben::proof
