// SPDX-License-Identifier: Apache-2.0
// Runs another program and tells how it ended, or says that nobody knows: never success by default.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace seben::proof {

struct ChildOptions {
  double timeout_seconds = 0.0;                                    ///< 0: none
  bool capture = false;                                            ///< of standard output
  std::size_t most_output = std::size_t{16} << 20;                 ///< of what is captured
  std::vector<std::pair<std::string, std::string>> environment{};  ///< beside, or in place of, our own
};

struct ChildResult {
  int status = -1;  ///< exit code, 128 + signal, or 127 when there is no such program
  bool timed_out = false;
  bool cut_off = false;  ///< it said more than `most_output`
  std::string out;
};

/// Looks for the program as a shell does. It runs in a process group of its own, so that a timeout or an interrupt ends
/// all of it (Interrupted is thrown then). Error(io) when no process can be made, when its output cannot be read, and
/// when the system does not tell how it ended.
[[nodiscard]] ChildResult run_child(const std::vector<std::string>& words, const ChildOptions& options = {});

}  // namespace seben::proof
