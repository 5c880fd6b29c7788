// SPDX-License-Identifier: Apache-2.0
// How another program ended is known or an error, never a guess.
#include "proofs/child_process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include "base/interrupt.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using proof::run_child;

std::vector<std::string> shell(const std::string& script) { return {"/bin/sh", "-c", script}; }

// Puts a disposition of SIGCHLD back.
class Sigchld {
 public:
  explicit Sigchld(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGCHLD, &action, &before_);
  }
  Sigchld(const Sigchld&) = delete;
  Sigchld& operator=(const Sigchld&) = delete;
  ~Sigchld() { ::sigaction(SIGCHLD, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

extern "C" void reap_everything(int) {
  int ignored = 0;
  while (::waitpid(-1, &ignored, WNOHANG) > 0) continue;
}

std::size_t open_files() {
  const fs::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

TEST(ChildProcess, TellsExitCodeSignalAndOutput) {
  EXPECT_EQ(run_child(shell("exit 7")).status, 7);
  EXPECT_EQ(run_child(shell("kill -9 $$")).status, 128 + 9);
  EXPECT_EQ(run_child({"/no/such/program"}).status, 127);
  const proof::ChildResult said =
      run_child(shell("echo \"$SEBEN_WORD\""), {.capture = true, .environment = {{"SEBEN_WORD", "hear"}}});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "hear\n");
  EXPECT_FALSE(said.cut_off);
}

TEST(ChildProcess, ExitCodeIsKnownWhenSigchldIsIgnored) {
  const Sigchld ignored(SIG_IGN);
  EXPECT_EQ(run_child(shell("exit 7")).status, 7);
  EXPECT_EQ(run_child(shell("exit 0")).status, 0);
  struct sigaction now {};
  ::sigaction(SIGCHLD, nullptr, &now);
  EXPECT_EQ(now.sa_handler, SIG_IGN) << "the disposition is ours to borrow, not to keep";
}

TEST(ChildProcess, EndThatNobodyKnowsIsAnError) {
  const Sigchld stolen(reap_everything);  // somebody else in the process takes what the system told
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "how it ended", [] { (void)run_child(shell("exit 0")); }));
}

TEST(ChildProcess, NoPipeIsLeftBehind) {
  const std::size_t before = open_files();
  for (const char* program : {"/no/such/program", "/bin/true", "/"}) (void)run_child({program}, {.capture = true});
  EXPECT_EQ(open_files(), before);
}

TEST(ChildProcess, OutputIsBoundedAndSaysSo) {
  const proof::ChildResult said = run_child(shell("head -c 100000 /dev/zero"), {.capture = true, .most_output = 5000});
  EXPECT_EQ(said.out.size(), 5000U);
  EXPECT_TRUE(said.cut_off);
  EXPECT_EQ(said.status, 0);
}

TEST(ChildProcess, EndsAfterItsTimeAndOnAnInterrupt) {
  EXPECT_TRUE(run_child(shell("sleep 30"), {.timeout_seconds = 0.2}).timed_out);
  EXPECT_TRUE(run_child(shell("trap '' TERM; sleep 30"), {.timeout_seconds = 0.2}).timed_out);
  base::request_interrupt(SIGINT);
  EXPECT_THROW((void)run_child(shell("sleep 30")), base::Interrupted);
  base::clear_interrupt();
}

TEST(ChildProcess, ScriptWithoutItsFirstLineIsRunByTheShell) {
  const test::TempDir dir;
  test::write_file(dir / "script", "exit 9\n");
  fs::permissions(dir / "script", fs::perms::owner_all);
  EXPECT_EQ(run_child({dir / "script"}).status, 9);
}

}  // namespace
}  // namespace seben
