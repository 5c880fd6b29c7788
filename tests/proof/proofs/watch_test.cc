// SPDX-License-Identifier: Apache-2.0
// Waiting for a device, with a probe that plays one; and the analysers from the command line.
#include "proofs/watch.h"

#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/interrupt.h"
#include "cli/program.h"
#include "proof/evidence/samples.h"
#include "proofs/probe.h"
#include "support/errors.h"

namespace seben {
namespace {

namespace fs = std::filesystem;

class ProofWatch : public testing::Test {
 protected:
  void SetUp() override {
    test::write_file(dir_ / "devices", test::devices_json());
    test::write_file(dir_ / "locked", test::lock_state(true));
    test::write_file(dir_ / "unlocked", test::lock_state(false));
    test::write_file(dir_ / "destinations", test::destinations());
    options_.interval_seconds = 0.01;
    options_.min_free_bytes = 0;
    options_.run = {"/bin/sh", "-c", "echo ran >> '" + (dir_ / "ran") + "'; exit 7"};
    options_.record = [this](const std::string& line) { lines_.push_back(nlohmann::json::parse(line)); };
  }
  [[nodiscard]] std::string ready() const {
    return "cp '" + (dir_ / "devices") + "' '" + (dir_ / "unlocked") + "' '" + (dir_ / "destinations") +
           "' \"$SEBEN_PROBE\"";
  }
  [[nodiscard]] std::string status(std::size_t i) const { return lines_.at(i).at("verdict").at("status"); }

  test::TempDir dir_;
  proof::WatchOptions options_;
  std::vector<nlohmann::json> lines_;
};

TEST_F(ProofWatch, StartsTheRunOnceOnAReadyDeviceOnly) {
  test::write_file(dir_ / "probe.sh", "n=$(cat '" + (dir_ / "n") + "' 2>/dev/null || echo 0)\necho $((n + 1)) > '" +
                                          (dir_ / "n") + "'\ncase $n in\n0) exit 3 ;;\n1) echo nonsense ;;\n2) cp '" +
                                          (dir_ / "devices") + "' '" + (dir_ / "locked") + "' '" +
                                          (dir_ / "destinations") + "' \"$SEBEN_PROBE\" ;;\n*) " + ready() +
                                          " ;;\nesac\n");
  options_.probe = "sh '" + (dir_ / "probe.sh") + "'";
  EXPECT_EQ(proof::watch(options_), 7);
  EXPECT_EQ(test::read_file(dir_ / "ran"), "ran\n");
  ASSERT_EQ(lines_.size(), 5U);
  EXPECT_EQ(status(0), "unknown_output");
  EXPECT_EQ(status(1), "unknown_output");
  EXPECT_EQ(status(2), "blocked_device_locked");
  EXPECT_EQ(status(3), "ready");
  EXPECT_GT(lines_[1].at("wait_s").get<double>(), lines_[0].at("wait_s").get<double>());
  EXPECT_EQ(lines_[4].at("exit_code"), 7);
}

TEST_F(ProofWatch, GivesUpWithoutStartingAnything) {
  options_.probe = "cat '" + (dir_ / "devices") + "'";  // a list alone shows no unlocked device
  options_.attempts = 3;
  EXPECT_TRUE(test::fails_with(ErrorCategory::device_blocked, "3 attempts", [&] { (void)proof::watch(options_); }));
  EXPECT_EQ(lines_.size(), 3U);
  EXPECT_FALSE(fs::exists(dir_ / "ran"));
  options_.probe = ready() + "; exit 1";  // good files of a probe that failed
  EXPECT_TRUE(test::fails_with(ErrorCategory::device_blocked, "3 attempts", [&] { (void)proof::watch(options_); }));
  options_.probe = "sleep 30";
  options_.attempts = 1;
  options_.probe_timeout_seconds = 0.2;
  EXPECT_TRUE(test::fails_with(ErrorCategory::device_blocked, "did not end", [&] { (void)proof::watch(options_); }));
  options_.probe = ready();
  options_.min_free_bytes = std::uint64_t{1} << 62;
  EXPECT_TRUE(test::fails_with(ErrorCategory::device_blocked, "disk_low", [&] { (void)proof::watch(options_); }));
  EXPECT_FALSE(fs::exists(dir_ / "ran"));
}

TEST_F(ProofWatch, FromTheCommandLine) {
  const std::string run = " -- sh -c 'exit 5'";
  test::write_file(dir_ / "probe.sh", ready() + "\n");
  const auto good = test::run("proof watch --devices 'sh " + (dir_ / "probe.sh") + "' --min-free 0 --log '" +
                              (dir_ / "log") + "'" + run);
  EXPECT_EQ(good.exit_code, 5) << good.err;
  std::istringstream log(test::read_file(dir_ / "log"));
  std::string line;
  std::size_t lines = 0;
  for (; std::getline(log, line); ++lines) EXPECT_TRUE(nlohmann::json::accept(line)) << line;
  EXPECT_EQ(lines, 2U);
  const auto none = test::run("proof watch --devices false --attempts 2 --interval 0" + run);
  EXPECT_EQ(none.exit_code, 76) << none.err;
}

// A run that failed was recorded as a success: waitpid had failed, and its status was still 0.
TEST_F(ProofWatch, RunIsNotASuccessWhenSigchldIsIgnored) {
  options_.probe = ready();
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(proof::watch(options_), 7);
  std::signal(SIGCHLD, before);
  EXPECT_EQ(lines_.back().at("exit_code"), 7);
  test::write_file(dir_ / "probe.sh", ready() + "\n");
  const auto outcome = test::run(
      "proof watch --devices 'sh " + (dir_ / "probe.sh") + "' --min-free 0 -- sh -c 'exit 5'", "trap '' CHLD; exec ");
  EXPECT_EQ(outcome.exit_code, 5) << outcome.err;
}

TEST_F(ProofWatch, RunThatCannotBeStartedIsNoSuccess) {
  options_.probe = ready();
  options_.run = {"/no/such/program"};
  EXPECT_EQ(proof::watch(options_), 127);
  EXPECT_EQ(lines_.back().at("exit_code"), 127);
}

TEST_F(ProofWatch, AnalysersAloneByExitCode) {
  const auto analyse = [](const std::string& arguments) { return test::run("proof analyse " + arguments); };
  const std::string files = "'" + (dir_ / "devices") + "' '" + (dir_ / "destinations") + "' ";
  EXPECT_EQ(analyse("preflight --min-free 0 " + files + "'" + (dir_ / "unlocked") + "'").exit_code, 0);
  const auto locked = analyse("preflight --min-free 0 " + files + "'" + (dir_ / "locked") + "'");
  EXPECT_EQ(locked.exit_code, 76);
  EXPECT_EQ(nlohmann::json::parse(locked.out).at("status"), "blocked_device_locked");
  test::write_file(dir_ / "empty", "");
  EXPECT_EQ(analyse("log '" + (dir_ / "empty") + "'").exit_code, 78);
  EXPECT_EQ(analyse("plan '" + (dir_ / "empty") + "'").exit_code, 78);
  const auto trace = analyse("trace --process SebenProof '" + (dir_ / "empty") + "'");
  EXPECT_EQ(trace.exit_code, 78);
  EXPECT_EQ(nlohmann::json::parse(trace.out).at("status"), "invalid_empty_or_failed_trace");
  EXPECT_EQ(analyse("log '" + (dir_ / "none") + "'").exit_code, 66);
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "one of each kind", [&] {
    (void)proof::sort_files({dir_ / "devices", dir_ / "devices"});
  }));
}

}  // namespace
}  // namespace seben
