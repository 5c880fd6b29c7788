// SPDX-License-Identifier: Apache-2.0
#include "base/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>

namespace seben::base {
namespace {

// What a signal handler touches must be lock-free.
std::atomic<int> noted_signal{0};
std::atomic<int> untidy{0};  // how many MustTidyUp live; far below zero once the process is ending
std::atomic<bool> installed{false}, on_terminal{false};
std::atomic<std::int64_t> first_at{0};  // when the first signal came, in milliseconds
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free);

// timeout(1) sends its signal twice, to the process and to its group; a second Ctrl-C comes later.
constexpr std::int64_t kSameSignal = 300;

std::int64_t milliseconds() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

// snprintf may not be called from a handler.
void say_interrupted(int signal) noexcept {
  char line[64];
  std::size_t length = 0;
  const auto add = [&](const char* text) {
    while (*text != '\0') line[length++] = *text++;
  };
  if (on_terminal) add("\r\x1b[K");  // a line of progress may stand there
  add("seben: interrupted by signal ");
  if (signal >= 10) line[length++] = static_cast<char>('0' + signal / 10 % 10);
  line[length++] = static_cast<char>('0' + signal % 10);
  line[length++] = '\n';
  (void)!::write(STDERR_FILENO, line, length);  // nobody is left who could be told
}

// True when nothing has to be tidied up; then nothing may begin to write any more either.
bool claim_the_end() noexcept {
  int none = 0;
  return untidy.compare_exchange_strong(none, INT_MIN / 2);
}

extern "C" {  // static as well: a C name is no namespace's, and would clash with a program's own

static void take_signal(int signal) {
  const int before = errno;
  const bool again = noted_signal != 0;
  if (!again) first_at = milliseconds();
  noted_signal = signal;
  const bool impatient = again && signal == SIGINT && milliseconds() - first_at > kSameSignal;
  if (impatient || claim_the_end()) {
    say_interrupted(signal);
    end_by_signal(signal);
  }
  errno = before;
}

static void let_the_write_fail(int) {}
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: a blocking read of a pipe must return to be able to stop
  sigaction(signal, &action, nullptr);
}

}  // namespace

Interrupted::Interrupted(int signal)
    : std::runtime_error("interrupted by signal " + std::to_string(signal)), signal_(signal) {}

MustTidyUp::MustTidyUp() noexcept {
  while (untidy.fetch_add(1) < 0) ::pause();  // another thread is taking the process down
}

MustTidyUp::~MustTidyUp() {
  if (untidy.fetch_sub(1) > 1 || !installed || noted_signal == 0) return;
  if (!claim_the_end()) return;
  say_interrupted(noted_signal);
  end_by_signal(noted_signal);
}

void install_interrupt_handlers() {
  on_terminal = ::isatty(STDERR_FILENO) != 0;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    sigaction(signal, nullptr, &before);
    if (signal != SIGHUP || before.sa_handler != SIG_IGN) handle(signal, take_signal);
  }
  // Handlers, since children would inherit that a signal is ignored.
  for (const int signal : {SIGPIPE, SIGXFSZ}) handle(signal, let_the_write_fail);
  installed = true;
}

bool interrupt_requested() noexcept { return noted_signal != 0; }

int interrupt_signal() noexcept { return noted_signal; }

void throw_if_interrupted() {
  if (interrupt_requested()) throw Interrupted(interrupt_signal());
}

void end_by_signal(int signal) noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  sigaction(signal, &action, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);  // a handler runs with its own signal blocked
  ::raise(signal);
  ::_exit(128 + signal);
}

void request_interrupt(int signal) noexcept { noted_signal = signal; }

void clear_interrupt() noexcept { noted_signal = 0; }

}  // namespace seben::base
