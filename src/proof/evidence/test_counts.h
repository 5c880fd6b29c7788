// SPDX-License-Identifier: Apache-2.0
// What XCTest and Swift Testing wrote about the tests they ran. Only counts are used, never the order of lines, and
// every count has to agree with the others: a missing line is noticed by what is left.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "evidence/verdict.h"

namespace seben::evidence {

struct CaseCounts {
  std::size_t started = 0, passed = 0, failed = 0, skipped = 0;
  [[nodiscard]] std::size_t ended() const noexcept { return passed + failed + skipped; }
};

struct TestCounts {
  CaseCounts xctest;  ///< "Test Case '…' …" lines
  std::size_t suites_started = 0, suites_ended = 0, suites_failed = 0;
  std::size_t summaries = 0;  ///< "Executed N tests, with …" lines, one for each suite
  std::size_t most_executed = 0, sum_executed = 0, failures = 0;

  CaseCounts swift;  ///< "… Test x() passed after …" lines
  std::size_t runs_started = 0, runs_passed = 0, runs_failed = 0;
  std::size_t run_tests = 0;  ///< N of "Test run with N tests …", added up

  std::size_t issues = 0;          ///< lines that report a failed expectation
  std::size_t parallel_cases = 0;  ///< lines of parallel testing, which has no summaries
  std::size_t ends_succeeded = 0;  ///< "** TEST SUCCEEDED **"
  std::size_t ends_failed = 0;     ///< "** TEST FAILED **" and its like
  std::size_t first_failure_line = 0;
  std::string_view first_failure;

  /// Ran to an end; skipped ones did not run.
  [[nodiscard]] std::size_t executed() const noexcept {
    return xctest.passed + xctest.failed + swift.passed + swift.failed;
  }
  [[nodiscard]] std::size_t failed() const noexcept;
  [[nodiscard]] std::size_t skipped() const noexcept { return xctest.skipped + swift.skipped; }
};

[[nodiscard]] TestCounts count_tests(std::string_view log);

/// Fatal findings of classes "tests.failed", "tests.none_executed" and "log.incomplete".
[[nodiscard]] std::vector<Finding> check_tests(const TestCounts& counts, std::string_view file);

[[nodiscard]] nlohmann::ordered_json test_facts(const TestCounts& counts);

}  // namespace seben::evidence
