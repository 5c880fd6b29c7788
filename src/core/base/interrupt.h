// SPDX-License-Identifier: Apache-2.0
// Ctrl-C. Only a program installs the handlers; the library merely asks, at points where it can stop cleanly.
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

/// SIGINT, SIGTERM and SIGHUP are noted; a second SIGINT ends the process at once, as does the default action.
void install_interrupt_handlers();
[[nodiscard]] bool interrupt_requested() noexcept;
/// The signal that was noted, or 0.
[[nodiscard]] int interrupt_signal() noexcept;
void throw_if_interrupted();
/// For tests and for programs that go on after an interrupt.
void request_interrupt(int signal) noexcept;
void clear_interrupt() noexcept;

}  // namespace seben::base
