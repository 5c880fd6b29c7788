// SPDX-License-Identifier: Apache-2.0
// The forms of the lines are facts from public logs (tests/proof/evidence/SOURCES.md). What counts towards a pass must
// begin its line; what counts against it may stand anywhere in one.
#include "evidence/test_counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "evidence/text.h"

namespace seben::evidence {
namespace {

void note_failure(TestCounts& counts, std::string_view line, std::size_t number) {
  if (counts.first_failure_line == 0) {
    counts.first_failure = line;
    counts.first_failure_line = number;
  }
}

bool contains(std::string_view line, std::string_view what) noexcept {
  return line.find(what) != std::string_view::npos;
}

// What follows the quoted name of "Test Case 'name' …"; nothing when the quote does not close.
std::string_view after_name(std::string_view line) noexcept {
  const std::size_t quote_end = line.rfind("' ");
  return quote_end == std::string_view::npos ? std::string_view() : line.substr(quote_end + 2);
}

// "Test Case '-[Tests testChain]' passed (0.123 seconds)."
void count_case(std::string_view line, TestCounts& counts) {
  const std::string_view what = after_name(line);
  if (what == "started." || what.starts_with("started at ")) ++counts.xctest.started;
  if (what.starts_with("passed (") && contains(what, "seconds)")) ++counts.xctest.passed;
  if (what.starts_with("failed (")) ++counts.xctest.failed;
  if (what.starts_with("skipped (")) ++counts.xctest.skipped;
}

// "Test Suite 'All tests' passed at 2026-07-12 11:20:37.265."
void count_suite(std::string_view line, TestCounts& counts) {
  const std::string_view what = after_name(line);
  if (what.starts_with("started at ")) ++counts.suites_started;
  if (what.starts_with("failed at ")) ++counts.suites_failed;
  if (what.starts_with("passed at ") || what.starts_with("failed at ")) ++counts.suites_ended;
}

// "Executed 3 tests, with 1 test skipped and 0 failures (0 unexpected) in 0.321 (0.324) seconds"
void count_summary(std::string_view line, TestCounts& counts) {
  const auto executed = take_number(line);
  if (!executed || !(take(line, " tests, with ") || take(line, " test, with "))) return;
  std::optional<std::size_t> number = take_number(line);
  if (number && (take(line, " tests skipped and ") || take(line, " test skipped and "))) number = take_number(line);
  if (!number || !(take(line, " failures (") || take(line, " failure ("))) return;
  const auto unexpected = take_number(line);
  if (!unexpected || !take(line, " unexpected) in ") || !line.ends_with(" seconds")) return;
  ++counts.summaries;
  counts.most_executed = std::max(counts.most_executed, *executed);
  counts.sum_executed += *executed;
  counts.failures = std::max(counts.failures, *number + *unexpected);
}

// "Test run with 3 tests in 1 suite passed after 0.020 seconds."
void count_run(std::string_view line, TestCounts& counts) {
  const auto tests = take_number(line);
  if (!tests || !(take(line, " tests ") || take(line, " test "))) return;
  if (take(line, "in ")) {
    if (!take_number(line) || !(take(line, " suites ") || take(line, " suite "))) return;
  }
  if (take(line, "passed after ")) {
    if (!contains(line, " seconds") || !line.ends_with('.')) return;
    ++counts.runs_passed;
    counts.run_tests += *tests;
  } else if (take(line, "failed after ")) {
    ++counts.runs_failed;
    counts.run_tests += *tests;
  }
}

// "Test chain() passed after 0.020 seconds.", the symbol before it already taken off.
void count_swift(std::string_view line, TestCounts& counts) {
  if (line == "Test run started.") {
    ++counts.runs_started;
  } else if (take(line, "Test run with ")) {
    count_run(line, counts);
  } else if (line.starts_with("Test case passing ") || contains(line, " recorded ")) {
    return;  // one argument of a parameterised test; an issue, which is counted as such
  } else if (line.starts_with("Test ")) {
    if (line.ends_with(" started.")) ++counts.swift.started;
    if (contains(line, " passed after ") && line.ends_with('.')) ++counts.swift.passed;
    if (contains(line, " failed after ")) ++counts.swift.failed;
    if (line.ends_with(" skipped.") || contains(line, " skipped: ")) ++counts.swift.skipped;
  } else if (line.starts_with("Suite ") && contains(line, " failed after ")) {
    ++counts.issues;
  }
}

// Swift Testing begins its lines with a symbol, of Unicode or of Apple's private area, and a blank.
bool take_symbol(std::string_view& line) noexcept {
  std::size_t symbol = 0;
  while (symbol < line.size() && static_cast<unsigned char>(line[symbol]) >= 0x80) ++symbol;
  if (symbol == 0 || symbol > 12 || symbol == line.size() || line[symbol] != ' ') return false;
  line.remove_prefix(symbol);
  line = trim(line);
  return true;
}

bool is_failed_end(std::string_view line) noexcept {
  constexpr std::array kEnds{" FAILED **", " INTERRUPTED **", "CANCELLED **"};
  const bool starred = contains(line, "** TEST") || contains(line, "** BUILD") || contains(line, "** ARCHIVE");
  return (starred && std::any_of(kEnds.begin(), kEnds.end(), [&](const char* end) { return contains(line, end); })) ||
         contains(line, "Testing failed:") || contains(line, "Failing tests:") || contains(line, "Testing cancelled");
}

bool is_issue(std::string_view line) noexcept {
  return contains(line, ": error: -[") || contains(line, " recorded an issue ") ||
         (contains(line, "Test Case '") && contains(line, "' failed (")) ||
         (contains(line, "Test run with ") && contains(line, " failed after "));
}

void count_line(std::string_view line, std::size_t number, TestCounts& counts) {
  if (is_failed_end(line)) {
    ++counts.ends_failed;
    note_failure(counts, line, number);
  }
  if (is_issue(line)) {
    ++counts.issues;
    note_failure(counts, line, number);
  }
  line = trim(line);
  if (line == "** TEST SUCCEEDED **" || line == "** TEST EXECUTE SUCCEEDED **") {
    ++counts.ends_succeeded;
  } else if (line.starts_with("Test Case '")) {
    count_case(line, counts);
  } else if (line.starts_with("Test case '")) {
    ++counts.parallel_cases;
  } else if (line.starts_with("Test Suite '")) {
    count_suite(line, counts);
  } else if (take(line, "Executed ")) {
    count_summary(line, counts);
  } else if (take_symbol(line)) {
    count_swift(line, counts);
  }
}

Finding finding(std::string kind, std::string explanation, std::string cause, std::string remedy) {
  return {std::move(kind), true, std::move(explanation), std::move(cause), std::move(remedy), "", 0, "", 1};
}

Finding incomplete(std::string explanation) {
  return finding("log.incomplete", std::move(explanation), "The log was cut, filtered or written by several at once.",
                 "Keep the whole output of xcodebuild, without parallel testing and without a formatter.");
}

void check_xctest(const TestCounts& counts, std::vector<Finding>& findings) {
  const CaseCounts& cases = counts.xctest;
  if (cases.started != cases.ended()) {
    findings.push_back(incomplete(fmt::format("XCTest started {} tests and ended {}.", cases.started, cases.ended())));
  }
  if (counts.suites_started != counts.suites_ended || counts.suites_ended != counts.summaries) {
    findings.push_back(incomplete(fmt::format("XCTest started {} suites, ended {} and summed up {}.",
                                              counts.suites_started, counts.suites_ended, counts.summaries)));
  }
  if (counts.most_executed > cases.ended() || cases.ended() > counts.sum_executed) {
    findings.push_back(
        incomplete(fmt::format("XCTest's summary says {} tests, its lines {}.", counts.most_executed, cases.ended())));
  }
}

void check_swift(const TestCounts& counts, std::vector<Finding>& findings) {
  const CaseCounts& cases = counts.swift;
  const std::size_t ran = cases.passed + cases.failed;
  if (counts.runs_started != counts.runs_passed + counts.runs_failed) {
    findings.push_back(incomplete(fmt::format("Swift Testing started {} runs and ended {}.", counts.runs_started,
                                              counts.runs_passed + counts.runs_failed)));
  }
  if (cases.started != ran || ran > counts.run_tests || counts.run_tests > cases.ended()) {
    findings.push_back(
        incomplete(fmt::format("Swift Testing's summary says {} tests; {} were started, {} ended, {} "
                               "skipped.",
                               counts.run_tests, cases.started, ran, cases.skipped)));
  }
}

}  // namespace

std::size_t TestCounts::failed() const noexcept {
  return std::max({xctest.failed + swift.failed, failures, issues, suites_failed + runs_failed, ends_failed});
}

TestCounts count_tests(std::string_view log) {
  TestCounts counts;
  for (std::size_t number = 1; !log.empty(); ++number) count_line(next_line(log), number, counts);
  return counts;
}

std::vector<Finding> check_tests(const TestCounts& counts, std::string_view file) {
  std::vector<Finding> findings;
  if (counts.failed() > 0) {
    Finding failed =
        finding("tests.failed", "Tests failed, or the run did not end well.", "", "Read the log at the line.");
    if (counts.first_failure_line > 0) {
      failed.file = file;
      failed.line = counts.first_failure_line;
      failed.quote = quote(counts.first_failure);
    }
    failed.count = counts.failed();
    findings.push_back(std::move(failed));
  }
  if (counts.executed() == 0) {
    findings.push_back(finding("tests.none_executed", "No test was executed.",
                               "The scheme, test plan or filter chose none, all were skipped, or the run never began.",
                               "Run `xcodebuild test` with the harness's scheme and no -only-testing filter."));
  }
  check_xctest(counts, findings);
  check_swift(counts, findings);
  if (counts.parallel_cases > 0) {
    findings.push_back(incomplete("The log is of parallel testing, which sums nothing up."));
  }
  if (counts.ends_succeeded != 1) {
    findings.push_back(incomplete(
        fmt::format("\"** TEST SUCCEEDED **\" stands in the log {} times instead of once.", counts.ends_succeeded)));
  }
  return findings;
}

nlohmann::ordered_json test_facts(const TestCounts& counts) {
  return {
      {"executed", counts.executed()},         {"failed", counts.failed()},
      {"skipped", counts.skipped()},           {"xctest", counts.xctest.ended()},
      {"swift_testing", counts.swift.ended()}, {"ended_well", counts.ends_succeeded == 1 && counts.ends_failed == 0}};
}

}  // namespace seben::evidence
