// SPDX-License-Identifier: Apache-2.0
// Which lines of a log are counted as what, below the analyser of logs.
#include "evidence/test_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace seben::evidence {
namespace {

bool has(const std::vector<Finding>& findings, std::string_view text) {
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& f) { return f.explanation.find(text) != std::string::npos; });
}

TEST(TestCounts, LinesOfXctest) {
  const TestCounts counts = count_tests(
      "Test Suite 'All tests' started at 2026-07-12 11:20:37.265.\n"
      "Test Case '-[T a]' started.\nTest Case '-[T a]' passed (0.123 seconds).\n"
      "Test Case '-[T b]' started at 11:20.\nTest Case '-[T b]' failed (0.1 seconds).\n"
      "Test Case '-[T c]' started.\nTest Case '-[T c]' skipped (0.0 seconds).\n"
      "Test Suite 'All tests' failed at 2026-07-12 11:20:38.000.\n"
      "\t Executed 3 tests, with 1 test skipped and 1 failure (0 unexpected) in 0.321 (0.324) seconds\n");
  EXPECT_EQ(counts.xctest.started, 3U);
  EXPECT_EQ(counts.xctest.passed, 1U);
  EXPECT_EQ(counts.xctest.failed, 1U);
  EXPECT_EQ(counts.xctest.skipped, 1U);
  EXPECT_EQ(counts.executed(), 2U);
  EXPECT_EQ(counts.suites_started, 1U);
  EXPECT_EQ(counts.suites_ended, 1U);
  EXPECT_EQ(counts.suites_failed, 1U);
  EXPECT_EQ(counts.summaries, 1U);
  EXPECT_EQ(counts.most_executed, 3U);
  EXPECT_EQ(counts.failures, 1U);
  EXPECT_EQ(counts.first_failure_line, 5U);
  EXPECT_EQ(counts.failed(), 1U);
}

TEST(TestCounts, SummariesThatAreNotWholeAreNone) {
  for (const char* line :
       {"Executed x tests, with 0 failures (0 unexpected) in 0.3 (0.3) seconds",
        "Executed 3 tests, with 0 failures (0 unexpected) in 0.3", "Executed 3 tests, with 0 failures (",
        "Executed 3 tests and 0 failures (0 unexpected) in 1 seconds",
        "We Executed 3 tests, with 0 failures (0 unexpected) in 0.3 (0.3) seconds"}) {
    EXPECT_EQ(count_tests(line).summaries, 0U) << line;
  }
  const TestCounts one = count_tests("Executed 1 test, with 0 failures (2 unexpected) in 0.3 (0.3) seconds");
  EXPECT_EQ(one.summaries, 1U);
  EXPECT_EQ(one.failures, 2U);
}

TEST(TestCounts, LinesOfSwiftTesting) {
  const TestCounts counts = count_tests(
      "\u25C7 Test run started.\n\u25C7 Suite Chain started.\n"
      "\u25C7 Test chain() started.\n\u2714 Test chain() passed after 0.020 seconds.\n"
      "\u25C7 Test other() started.\n\u2718 Test other() failed after 0.020 seconds with 1 issue.\n"
      "\u2718 Test other() recorded an issue at F.swift:1:2: Expectation failed\n"
      "\u279C Test third() skipped: \"no device\"\n"
      "\u25C7 Test case passing 1 argument n \u2192 3 to many(n:) started.\n"
      "\u2718 Test run with 2 tests in 1 suite failed after 0.040 seconds with 1 issue.\n");
  EXPECT_EQ(counts.runs_started, 1U);
  EXPECT_EQ(counts.runs_failed, 1U);
  EXPECT_EQ(counts.runs_passed, 0U);
  EXPECT_EQ(counts.run_tests, 2U);
  EXPECT_EQ(counts.swift.started, 2U);
  EXPECT_EQ(counts.swift.passed, 1U);
  EXPECT_EQ(counts.swift.failed, 1U);
  EXPECT_EQ(counts.swift.skipped, 1U);
  EXPECT_EQ(counts.executed(), 2U);
  EXPECT_GE(counts.issues, 1U);
  EXPECT_EQ(count_tests("Test chain() passed after 0.020 seconds.\n").swift.passed, 0U) << "without the symbol";
}

TEST(TestCounts, EndsOfTheRun) {
  EXPECT_EQ(count_tests("** TEST SUCCEEDED **\n").ends_succeeded, 1U);
  EXPECT_EQ(count_tests("** TEST EXECUTE SUCCEEDED **\n").ends_succeeded, 1U);
  EXPECT_EQ(count_tests("see ** TEST SUCCEEDED **\n").ends_succeeded, 0U);
  for (const char* line : {"** TEST FAILED **", "x ** TEST EXECUTE FAILED **", "** BUILD INTERRUPTED **",
                           "Testing failed:", "Testing cancelled because"}) {
    const TestCounts counts = count_tests(line);
    EXPECT_EQ(counts.ends_failed, 1U) << line;
    EXPECT_EQ(counts.failed(), 1U) << line;
    EXPECT_EQ(counts.first_failure, line);
  }
}

// A run of one test that passed, to be spoilt.
TestCounts good() {
  TestCounts counts;
  counts.xctest = {1, 1, 0, 0};
  counts.suites_started = counts.suites_ended = counts.summaries = 1;
  counts.most_executed = counts.sum_executed = 1;
  counts.ends_succeeded = 1;
  return counts;
}

TEST(CheckTests, EveryDisagreementIsFound) {
  EXPECT_TRUE(check_tests(good(), "f").empty());
  TestCounts bad = good();
  bad.xctest.started = 2;
  EXPECT_TRUE(has(check_tests(bad, "f"), "started 2 tests and ended 1"));
  bad = good();
  bad.summaries = 0;
  EXPECT_TRUE(has(check_tests(bad, "f"), "summed up 0"));
  bad = good();
  bad.most_executed = 2;
  EXPECT_TRUE(has(check_tests(bad, "f"), "summary says 2 tests"));
  bad = good();
  bad.sum_executed = 0;
  EXPECT_TRUE(has(check_tests(bad, "f"), "its lines 1"));
  bad = good();
  bad.runs_started = 1;
  EXPECT_TRUE(has(check_tests(bad, "f"), "started 1 runs and ended 0"));
  bad = good();
  bad.swift = {1, 1, 0, 0};
  EXPECT_TRUE(has(check_tests(bad, "f"), "summary says 0 tests; 1 were started"));
  bad = good();
  bad.parallel_cases = 1;
  EXPECT_TRUE(has(check_tests(bad, "f"), "parallel testing"));
  for (const std::size_t ends : {0U, 2U}) {
    bad = good();
    bad.ends_succeeded = ends;
    EXPECT_TRUE(has(check_tests(bad, "f"), "instead of once"));
  }
  bad = good();
  bad.xctest = {1, 0, 0, 1};
  EXPECT_TRUE(has(check_tests(bad, "f"), "No test was executed"));
}

TEST(CheckTests, AFailureIsQuotedWithItsPlace) {
  TestCounts bad = count_tests("x\nF.swift:3: error: -[T a] : failed\n");
  const auto findings = check_tests(bad, "run.log");
  ASSERT_FALSE(findings.empty());
  EXPECT_EQ(findings[0].kind, "tests.failed");
  EXPECT_EQ(findings[0].file, "run.log");
  EXPECT_EQ(findings[0].line, 2U);
  EXPECT_EQ(findings[0].count, 1U);
  const auto facts = test_facts(good());
  EXPECT_EQ(facts.at("executed"), 1);
  EXPECT_EQ(facts.at("ended_well"), true);
  EXPECT_EQ(test_facts(bad).at("ended_well"), false);
}

}  // namespace
}  // namespace seben::evidence
