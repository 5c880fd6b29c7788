// SPDX-License-Identifier: Apache-2.0
#include "base/interrupt.h"

#include <csignal>
#include <string>

namespace seben::base {
namespace {

// A signal handler may touch nothing but this kind of object; it is the one piece of global state in Seben.
volatile std::sig_atomic_t noted_signal = 0;

extern "C" void note_signal(int signal) {
  noted_signal = signal;
  if (signal == SIGINT) std::signal(SIGINT, SIG_DFL);  // a second Ctrl-C always ends the process
}

}  // namespace

Interrupted::Interrupted(int signal)
    : std::runtime_error("interrupted by signal " + std::to_string(signal)), signal_(signal) {}

void install_interrupt_handlers() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = 0;  // no SA_RESTART: a blocking read of a pipe must return to be able to stop
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

bool interrupt_requested() noexcept { return noted_signal != 0; }

int interrupt_signal() noexcept { return noted_signal; }

void throw_if_interrupted() {
  if (interrupt_requested()) throw Interrupted(interrupt_signal());
}

void request_interrupt(int signal) noexcept { noted_signal = signal; }

void clear_interrupt() noexcept { noted_signal = 0; }

}  // namespace seben::base
