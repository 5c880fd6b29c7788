// SPDX-License-Identifier: Apache-2.0
// Runs the built program as a user would.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/temp_dir.h"

namespace seben::test {

struct Outcome {
  int exit_code = -1;
  std::string out, err;

  [[nodiscard]] bool error_is_one_line() const {
    return !err.empty() && err.back() == '\n' && err.find('\n') == err.size() - 1 && err.starts_with("seben: ");
  }
};

/// `arguments` go through the shell, with their own quotes.
inline Outcome run(const std::string& arguments, const std::string& before = "") {
  const TempDir dir;
  const std::string command =
      before + "'" SEBEN_PROGRAM "' " + arguments + " >'" + (dir / "out") + "' 2>'" + (dir / "err") + "'";
  const int status = std::system(command.c_str());
  Outcome outcome;
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = read_file(dir / "out");
  outcome.err = read_file(dir / "err");
  return outcome;
}

/// The same with standard streams of the test's choice, such as "2>&-"; what is not redirected is caught.
inline Outcome run_with(const std::string& streams, const std::string& arguments) {
  const TempDir dir;
  const std::string command =
      "{ '" SEBEN_PROGRAM "' " + arguments + " " + streams + "; } >'" + (dir / "out") + "' 2>'" + (dir / "err") + "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_file(dir / "out"),
          read_file(dir / "err")};
}

}  // namespace seben::test
