// SPDX-License-Identifier: Apache-2.0
#include "proofs/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/scratch_folder.h"
#include "evidence/preflight.h"
#include "proofs/child_process.h"
#include "proofs/environment.h"
#include "proofs/probe.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
constexpr std::size_t kMostOutput = std::size_t{16} << 20;
constexpr std::size_t kMostWatchedFiles = 16;

std::vector<std::string> outputs_of(const std::string& folder, const ChildResult& probe) {
  std::vector<std::string> texts;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    if (texts.size() == kMostWatchedFiles) throw Error(ErrorCategory::bad_data, "probe", "at most 16 files", "more");
    texts.push_back(base::read_text(it->path().string(), kMostOutput));
  }
  if (error) throw Error(ErrorCategory::io, "probe", "a folder that can be read", error.message());
  if (!texts.empty()) return texts;
  if (probe.cut_off) throw Error(ErrorCategory::bad_data, "probe", "at most 16 MiB of output", "more");
  return {probe.out};
}

evidence::Verdict ask(const WatchOptions& options) {
  const base::ScratchFolder scratch;
  const std::string folder = scratch.file("probe");
  std::error_code failed;
  fs::create_directory(folder, failed);
  if (failed) throw Error(ErrorCategory::io, folder, "a folder that can be made", failed.message());
  const ChildResult probe = run_child({"/bin/sh", "-c", options.probe},
                                      {options.probe_timeout_seconds, true, kMostOutput, {{"SEBEN_PROBE", folder}}});
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

// A run whose end nobody knows is written down as such; its exit code is never made up.
int start(const WatchOptions& options) {
  nlohmann::ordered_json line{{"run", options.run}, {"begun", utc_now()}};
  const auto end = [&](const char* key, const nlohmann::ordered_json& value) {
    line["ended"] = utc_now();
    line[key] = value;
    if (options.record) options.record(line.dump());
  };
  try {
    const int status = run_child(options.run).status;
    end("exit_code", status);
    return status;
  } catch (const std::exception& error) {
    end("error", error.what());
    throw;
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
      return start(options);
    }
    last = fmt::format("{} ({})", evidence::to_string(verdict.status), verdict.reason);
    if (again) wait(pause);
    pause = std::min(pause * options.backoff, options.max_interval_seconds);
  }
  throw Error(ErrorCategory::device_blocked, "watch",
              fmt::format("a launchable device within {} attempts", options.attempts), last);
}

}  // namespace seben::proof
