// SPDX-License-Identifier: Apache-2.0
// Ctrl-C. Only a program installs the handlers; the library merely says when it has something to tidy up, and asks, at
// points where it can stop cleanly.
#pragma once

#include <stdexcept>

namespace seben::base {

/// Thrown by throw_if_interrupted. Not an Error: nothing is wrong. Programs exit with 128 + signal().
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal);
  [[nodiscard]] int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

/// While one lives, something is half-written or a child runs: a signal is only noted, throw_if_interrupted() stops the
/// work, and when the last one is gone the signal ends the process. While none lives, nothing can be lost, and it ends
/// the process at once, wherever that is. Every object that would leave something behind has one; its destructor
/// tidies up in its body, before the members go.
class MustTidyUp {
 public:
  MustTidyUp() noexcept;
  MustTidyUp(const MustTidyUp&) noexcept : MustTidyUp() {}
  MustTidyUp& operator=(const MustTidyUp&) noexcept = default;
  ~MustTidyUp();
};

/// SIGINT, SIGTERM and SIGHUP (unless nohup has it ignored) end the process as MustTidyUp says, with one line on
/// standard error; a second Ctrl-C ends it in any case. SIGPIPE and SIGXFSZ no longer end it: the write fails instead.
void install_interrupt_handlers();
[[nodiscard]] bool interrupt_requested() noexcept;
/// The signal that was noted, or 0.
[[nodiscard]] int interrupt_signal() noexcept;
void throw_if_interrupted();
/// Ends the process by the signal's default action, so that its parent sees what happened.
[[noreturn]] void end_by_signal(int signal) noexcept;
/// For tests and for programs that go on after an interrupt.
void request_interrupt(int signal) noexcept;
void clear_interrupt() noexcept;

}  // namespace seben::base
