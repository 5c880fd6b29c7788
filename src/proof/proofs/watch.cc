// SPDX-License-Identifier: Apache-2.0
#include "proofs/watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/scratch_folder.h"
#include "evidence/preflight.h"
#include "proofs/environment.h"
#include "proofs/probe.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
constexpr std::size_t kMostOutput = std::size_t{16} << 20;
constexpr std::size_t kMostFiles = 16;

struct Child {
  int status = -1;  ///< exit code, or 128 + signal
  bool timed_out = false;
  std::string out;
};

// Runs a program in a process group of its own, so that a timeout or Ctrl-C ends all of it. `timeout` 0: none.
Child spawn(const std::vector<std::string>& words, double timeout, bool capture, const std::string& probe_folder) {
  int ends[2] = {-1, -1};
  if (capture && ::pipe2(ends, O_CLOEXEC) != 0) {
    throw Error(ErrorCategory::io, words.front(), "a pipe", std::strerror(errno));
  }
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) throw Error(ErrorCategory::io, words.front(), "a new process", std::strerror(errno));
  if (pid == 0) {
    ::setpgid(0, 0);
    if (capture) ::dup2(ends[1], STDOUT_FILENO);
    if (!probe_folder.empty()) ::setenv("SEBEN_PROBE", probe_folder.c_str(), 1);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::setpgid(pid, pid);
  if (capture) ::close(ends[1]);
  Child child;
  const auto begin = Clock::now();
  bool open = capture;
  int signal_sent = 0, status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    const bool late = timeout > 0.0 && Seconds(Clock::now() - begin).count() > timeout;
    if (late || base::interrupt_requested()) {
      child.timed_out = late;
      ::kill(-pid, signal_sent == 0 ? SIGTERM : SIGKILL);
      if (signal_sent++ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    pollfd wait{ends[0], POLLIN, 0};
    if (!open || ::poll(&wait, 1, 20) <= 0) {
      if (!open) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    char buffer[4096];
    const ssize_t count = ::read(ends[0], buffer, sizeof buffer);
    if (count <= 0) open = false;
    if (count > 0 && child.out.size() < kMostOutput) child.out.append(buffer, static_cast<std::size_t>(count));
  }
  if (capture) {  // what is still in the pipe, without waiting for grandchildren that hold it
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof buffer)) > 0 && child.out.size() < kMostOutput;) {
      child.out.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
  }
  base::throw_if_interrupted();
  child.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return child;
}

std::vector<std::string> outputs_of(const std::string& folder, const Child& probe) {
  std::vector<std::string> texts;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    if (texts.size() == kMostFiles) throw Error(ErrorCategory::bad_data, "probe", "at most 16 files", "more");
    texts.push_back(base::read_text(entry.path().string(), kMostOutput));
  }
  if (texts.empty()) texts.push_back(probe.out);
  return texts;
}

evidence::Verdict ask(const WatchOptions& options) {
  const base::ScratchFolder scratch;
  const std::string folder = scratch.file("probe");
  fs::create_directory(folder);
  const Child probe = spawn({"/bin/sh", "-c", options.probe}, options.probe_timeout_seconds, true, folder);
  evidence::Verdict verdict;
  verdict.analyser = "preflight";
  if (probe.timed_out || probe.status != 0) {  // a probe that failed shows nothing, whatever it printed
    verdict.conclude(evidence::Status::unknown_output,
                     probe.timed_out
                         ? fmt::format("The probe did not end within {:g} s.", options.probe_timeout_seconds)
                         : fmt::format("The probe ended with {}.", probe.status));
    return verdict;
  }
  try {
    evidence::PreflightOutputs outputs = sort_outputs(outputs_of(folder, probe));
    outputs.free_bytes = free_bytes(".");
    return evidence::analyse_preflight(outputs, {options.device, options.min_free_bytes});
  } catch (const Error& error) {
    verdict.conclude(evidence::Status::unknown_output, error.what());
    return verdict;
  }
}

void wait(double seconds) {
  for (const auto end = Clock::now() + Seconds(seconds); Clock::now() < end;) {
    base::throw_if_interrupted();
    std::this_thread::sleep_for(std::min(Seconds(0.05), Seconds(end - Clock::now())));
  }
}

void require(bool holds, const char* flag, const char* expected) {
  if (!holds) throw Error(ErrorCategory::usage, flag, expected, "another figure");
}

}  // namespace

int watch(const WatchOptions& options) {
  require(options.attempts >= 1 && options.attempts <= 1'000'000, "--attempts", "1 to 1000000");
  require(options.interval_seconds >= 0.0 && options.interval_seconds <= 86400.0, "--interval", "0 to 86400 s");
  require(options.backoff >= 1.0 && options.backoff <= 100.0, "--backoff", "1 to 100");
  require(!options.run.empty() && !options.probe.empty(), "--devices CMD -- RUN", "a probe and a run");
  double pause = options.interval_seconds;
  std::string last;
  for (std::int64_t attempt = 1; attempt <= options.attempts; ++attempt) {
    const evidence::Verdict verdict = ask(options);
    const bool again = !verdict.passed && attempt < options.attempts;
    nlohmann::ordered_json line{{"attempt", attempt}, {"time", utc_now()}, {"wait_s", again ? pause : 0.0}};
    line["verdict"] = evidence::to_json(verdict);
    if (options.record) options.record(line.dump());
    if (verdict.passed) {
      const std::string begun = utc_now();
      const Child child = spawn(options.run, 0.0, false, "");
      const nlohmann::ordered_json end{
          {"run", options.run}, {"begun", begun}, {"ended", utc_now()}, {"exit_code", child.status}};
      if (options.record) options.record(end.dump());
      return child.status;
    }
    last = fmt::format("{} ({})", evidence::to_string(verdict.status), verdict.reason);
    if (again) wait(pause);
    pause = std::min(pause * options.backoff, options.max_interval_seconds);
  }
  throw Error(ErrorCategory::device_blocked, "watch",
              fmt::format("a launchable device within {} attempts", options.attempts), last);
}

}  // namespace seben::proof
