// SPDX-License-Identifier: Apache-2.0
// How a command ends when everything was said already.
#pragma once

#include <stdexcept>

namespace seben::cli {

/// Ends the program with an exit code after everything there is to say was said.
class Failed : public std::runtime_error {
 public:
  explicit Failed(int exit_code) : std::runtime_error("failed"), exit_code_(exit_code) {}
  [[nodiscard]] int exit_code() const noexcept { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace seben::cli
