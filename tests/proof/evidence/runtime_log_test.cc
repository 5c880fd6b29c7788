// SPDX-License-Identifier: Apache-2.0
#include "evidence/runtime_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "evidence/failure_classes.h"
#include "samples.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::evidence {
namespace {

using test::good_marker;
using test::joined;
using test::lines_of;
using test::replaced;

std::string xctest() { return test::xctest_log(marker_line(good_marker())); }
std::string swift() { return test::swift_log(marker_line(good_marker())); }

Verdict judge(const std::string& log, const RuntimeLogOptions& options = {}) {
  return analyse_runtime_log(log, "proof/run.log", options);
}

Status status_with(const std::string& log, const RuntimeLogOptions& options = {}) {
  const Verdict verdict = judge(log, options);
  EXPECT_EQ(verdict.passed, verdict.status == Status::runtime_proven);
  EXPECT_FALSE(verdict.reason.empty());
  return verdict.status;
}

Status status_of_marker(const ProofMarker& marker, const RuntimeLogOptions& options = {}) {
  return status_with(test::xctest_log(marker_line(marker)), options);
}

bool names(const Verdict& verdict, std::string_view kind) {
  return std::any_of(verdict.findings.begin(), verdict.findings.end(),
                     [&](const Finding& finding) { return finding.kind == kind; });
}

TEST(RuntimeLog, WholeRunsOfBothFrameworksPass) {
  const Verdict verdict = judge(xctest());
  EXPECT_TRUE(verdict.passed) << to_json(verdict).dump(1);
  EXPECT_EQ(verdict.facts["tests"]["executed"], 1);
  EXPECT_EQ(verdict.facts["marker"]["nonblank_frames"], 41);
  EXPECT_EQ(verdict.facts["log"], "run.log");
  EXPECT_TRUE(verdict.findings.empty());
  const Verdict modern = judge(swift());
  EXPECT_TRUE(modern.passed) << to_json(modern).dump(1);
  EXPECT_EQ(modern.facts["tests"]["executed"], 2);
  EXPECT_EQ(modern.facts["tests"]["skipped"], 1);
}

TEST(RuntimeLog, EmptyIsUnknown) {
  EXPECT_EQ(status_with(""), Status::unknown_output);
  EXPECT_EQ(status_with(" \n\t\n"), Status::unknown_output);
  EXPECT_EQ(status_with("hello\n"), Status::no_tests_executed);
}

TEST(RuntimeLog, ZeroExecutedIsFailure) {
  std::string log;
  for (const std::string& line : lines_of(xctest())) {
    if (line.find("ChainTests") != std::string::npos || line.find("Executed 1 test") != std::string::npos) continue;
    log += line + "\n";
    if (line.find("' passed at") != std::string::npos) {
      log += "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.001) seconds\n";
    }
  }
  EXPECT_EQ(status_with(log), Status::no_tests_executed);
}

TEST(RuntimeLog, SkippedTestsAreNotExecuted) {
  std::string log = replaced(xctest(), "testChain]' passed (12.345 seconds)", "testChain]' skipped (0.001 seconds)");
  while (log.find("Executed 1 test, with 0 failures") != std::string::npos) {
    log = replaced(log, "Executed 1 test, with 0 failures", "Executed 1 test, with 1 test skipped and 0 failures");
  }
  EXPECT_EQ(status_with(log), Status::no_tests_executed);
}

TEST(RuntimeLog, FailuresOfEitherFramework) {
  EXPECT_EQ(status_with(replaced(xctest(), "testChain]' passed (", "testChain]' failed (")), Status::tests_failed);
  EXPECT_EQ(status_with(replaced(xctest(), "with 0 failures (0", "with 1 failure (0")), Status::tests_failed);
  EXPECT_EQ(status_with(replaced(xctest(), "** TEST SUCCEEDED **", "** TEST FAILED **")), Status::tests_failed);
  EXPECT_EQ(status_with(replaced(xctest(), "Test Suite 'All tests' passed", "Test Suite 'All tests' failed")),
            Status::tests_failed);
  EXPECT_EQ(status_with(replaced(swift(), "Test chain() passed after", "Test chain() failed after")),
            Status::tests_failed);
  EXPECT_EQ(status_with(replaced(swift(), "1 suite passed after 12.351 seconds.",
                                 "1 suite failed after 12.351 seconds with 1 issue.")),
            Status::tests_failed);
  EXPECT_EQ(status_with(xctest() + "Chain.swift:4: error: -[ChainTests testChain] : XCTAssertEqual failed\n"),
            Status::tests_failed);
  EXPECT_EQ(status_with(swift() + "x Test chain() recorded an issue at Chain.swift:9:3: Expectation failed\n"),
            Status::tests_failed);
}

TEST(RuntimeLog, CountsHaveToAgree) {
  EXPECT_EQ(status_with(replaced(xctest(), "Executed 1 test,", "Executed 2 tests,")), Status::log_incomplete);
  EXPECT_EQ(status_with(replaced(swift(), "with 3 tests", "with 9 tests")), Status::log_incomplete);
  EXPECT_EQ(status_with(replaced(xctest(), "** TEST SUCCEEDED **", "")), Status::log_incomplete);
  EXPECT_EQ(status_with(xctest() + "** TEST SUCCEEDED **\n"), Status::log_incomplete);
  EXPECT_EQ(status_with(xctest() + "Test case 'ChainTests.testChain()' passed on 'Test phone' (0.1 seconds)\n"),
            Status::log_incomplete);
}

TEST(RuntimeLog, MarkerIsThereOnceAndWhole) {
  const std::string line = marker_line(good_marker());
  EXPECT_EQ(status_with(test::xctest_log("")), Status::marker_missing);
  EXPECT_EQ(status_with(test::xctest_log(line + "\n" + line)), Status::marker_invalid);
  EXPECT_EQ(status_with(test::xctest_log("2026-11-21 App[42:7] " + line)), Status::marker_invalid);
  EXPECT_EQ(status_with(test::xctest_log(line.substr(0, line.size() - 1))), Status::marker_invalid);
  EXPECT_EQ(status_with(test::xctest_log(line + "}")), Status::marker_invalid);
  EXPECT_EQ(status_with(test::xctest_log("SEBEN_PROOF" + line.substr(12))), Status::marker_invalid);
  EXPECT_EQ(status_with(test::xctest_log("SEBEN_PROOF {}")), Status::marker_invalid);
  EXPECT_EQ(status_with(test::xctest_log("SEBEN_PROOF 1")), Status::marker_invalid);
}

TEST(RuntimeLog, EveryMarkerFieldIsRequiredAndTyped) {
  const auto good = nlohmann::json::parse(marker_line(good_marker()).substr(12));
  ASSERT_EQ(good.size(), 15U);
  const auto with = [](const nlohmann::json& json) {
    return status_with(test::xctest_log("SEBEN_PROOF " + json.dump()));
  };
  EXPECT_EQ(with(good), Status::runtime_proven);
  for (const auto& [key, value] : good.items()) {
    nlohmann::json without = good;
    without.erase(key);
    EXPECT_EQ(with(without), Status::marker_invalid) << key;
    for (const nlohmann::json& wrong : {nlohmann::json(nullptr), nlohmann::json("x"), nlohmann::json(-1),
                                        nlohmann::json(0.5), nlohmann::json::array(), nlohmann::json::object()}) {
      if (wrong.type() == value.type()) continue;
      if (wrong.is_number() && value.is_number_float()) continue;
      nlohmann::json changed = good;
      changed[key] = wrong;
      EXPECT_EQ(with(changed), Status::marker_invalid) << key << " " << wrong;
    }
  }
  const auto at = [&](const char* pointer, const nlohmann::json& value) {
    nlohmann::json changed = good;
    changed[nlohmann::json::json_pointer(pointer)] = value;
    return with(changed);
  };
  EXPECT_EQ(at("/unknown", 1), Status::marker_invalid);
  EXPECT_EQ(at("/ranker/score", "0.7"), Status::marker_invalid);
  EXPECT_EQ(at("/ranker/accepted", 1), Status::marker_invalid);
  EXPECT_EQ(at("/ranker/mode", ""), Status::marker_invalid);
  EXPECT_EQ(at("/modes/0/stages/0/mse", -1.0), Status::marker_invalid);
  EXPECT_EQ(at("/modes/0/stages/0/max_abs", nullptr), Status::marker_invalid);
  EXPECT_EQ(at("/modes/0/stages/0/name", "layers[0..2]"), Status::marker_invalid);
  EXPECT_EQ(at("/modes/1/stages/0/name", "other"), Status::marker_invalid);
  EXPECT_EQ(at("/modes/1/compute_units", "cpu_only"), Status::marker_invalid);
  EXPECT_EQ(at("/compute_units/1", "all"), Status::marker_invalid);
  EXPECT_EQ(at("/compute_units", nlohmann::json{"cpu_only"}), Status::marker_invalid);
  EXPECT_EQ(at("/nonblank_frames", 376), Status::marker_invalid);
  EXPECT_EQ(at("/model_digest", std::string(63, 'a')), Status::marker_invalid);
  EXPECT_EQ(at("/fixture_digest", std::string(64, 'F')), Status::marker_invalid);
  EXPECT_EQ(at("/version", 2), Status::marker_invalid);
}

TEST(RuntimeLog, NumbersAreFinite) {
  const std::string line = marker_line(good_marker());
  for (const char* value : {"NaN", "Infinity", "-Infinity", "1e999", "nan"}) {
    EXPECT_EQ(status_with(test::xctest_log(replaced(line, "\"head_mse\":2e-12", std::string("\"head_mse\":") + value))),
              Status::marker_invalid)
        << value;
  }
  EXPECT_EQ(status_with(test::xctest_log(replaced(line, "{\"format\"", "{\"frames\":375,\"format\""))),
            Status::marker_invalid);  // a key twice
}

TEST(RuntimeLog, ThresholdsAreParameters) {
  const auto changed = [](auto change) {
    ProofMarker marker = good_marker();
    change(marker);
    return status_of_marker(marker);
  };
  EXPECT_EQ(changed([](ProofMarker& m) { m.encoder_mse = 1.0; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.head_mse = 1.0; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.modes[1].stages[1].mse = 0.0326; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.nonblank_frames = 0; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.candidates = 0; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.candidates = 5000; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.modes.pop_back(); }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.text = " "; }), Status::threshold_exceeded);
  EXPECT_EQ(changed([](ProofMarker& m) { m.audio_samples = 479'999; }), Status::marker_invalid);

  const auto asked = [](auto change) {
    RuntimeLogOptions options;
    change(options.marker);
    return status_of_marker(good_marker(), options);
  };
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.max_stage_abs = 1e-5; }), Status::threshold_exceeded);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.max_stage_abs = 1e-4; }), Status::runtime_proven);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.max_head_mse = 1e-12; }), Status::threshold_exceeded);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.run = "another"; }), Status::marker_invalid);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.model_digest = std::string(64, 'b'); }), Status::marker_invalid);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.fixture_digest = std::string(64, 'b'); }), Status::marker_invalid);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.frames = 374; }), Status::marker_invalid);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.stages = {"convpos"}; }), Status::marker_invalid);
  EXPECT_EQ(asked([](MarkerThresholds& t) { t.stages = {"convpos", "layers[0..2]"}; }), Status::runtime_proven);
  ProofMarker kept = good_marker();
  kept.ranker_accepted = false;
  EXPECT_EQ(status_of_marker(kept), Status::runtime_proven);
  RuntimeLogOptions strict;
  strict.marker.require_accepted = true;
  EXPECT_EQ(status_of_marker(kept, strict), Status::threshold_exceeded);
}

// A line of each class, as printed by the tools.
const std::vector<std::pair<std::string, std::string>>& known_failures() {
  static const std::vector<std::pair<std::string, std::string>> kLines{
      {"xcode.device_support_directory",
       "2026-07-24 19:31:55.356 xcodebuild[52499:25] [MT] DVTDevice: Error locating DeviceSupport directory using "
       "Optional(\"arm64\") or Optional(\"arm64e\"): nilError"},
      {"coreml.storage_reader_version",
       "E5RT encountered an STL exception. msg = Espresso exception: \"Network translation error\": MIL->EIR "
       "translation "
       "error at /private/var/x.mlmodelc/model.mil:6:12: Storage Reader expects file format version 2.."},
      {"coreml.mil_translation", "[espresso] Failure translating MIL->EIR network: std::bad_cast"},
      {"coreml.weights_not_mapped", "model.mil:14:12: Unable to mmap file /var/weights/weight.bin"},
      {"coreml.index_out_of_bounds", "model.mil:511:12: index out of bounds"},
      {"coreml.plan_build",
       "Failed to build the model execution plan using a model architecture file '/private/var/model.mil' with error "
       "code: -14."},
      {"coreml.error_code", "Error Domain=com.apple.CoreML Code=0 \"Error in declaring network.\""},
      {"coreml.bnns", "BNNS Graph Error: file format not supported"},
      {"coreml.prediction", "[coreml] Error computing NN outputs -1"},
      {"ane.compile", "E5RT: MILCompilerForANE error: failed to compile ANE model using ANEF."},
      {"ane.compile", "Error=_ANECompiler : ANECCompile() FAILED (11)"},
      {"memory", "Thread 5: EXC_RESOURCE (RESOURCE_TYPE_MEMORY: high watermark memory limit exceeded)"},
      {"memory", "Message from debugger: Terminated due to memory issue"},
      {"memory", "kernel: memorystatus: killing_specific_process pid 42 [App] (per-process-limit 10)"},
      {"signing", "error: No profiles for 'dev.seben.proof' were found"},
      {"signing", "Unable to launch dev.seben.proof because it has an invalid code signature"},
      {"device.locked", "Unable to launch dev.seben.proof because the device was not, or could not be, unlocked."},
      {"device.locked", "deviceprep Code=-3 \"Unlock Test phone to Continue\""},
      {"device.developer_mode_off", "error: Developer Mode disabled"},
      {"device.offline",
       "ERROR: The device disconnected immediately after connecting. (com.apple.dt.CoreDeviceError error 4000)"},
      {"device.automation_timeout", "Timed out while enabling automation mode."},
      {"device.support_missing",
       "{ platform:iOS, name:Any iOS Device, error:iOS 26.5 is not installed. Please download and install the platform "
       "}"},
      {"disk.full", "write failed: No space left on device"},
      {"test.process_died", "Restarting after unexpected exit, crash, or test timeout in ChainTests.testChain()"},
  };
  return kLines;
}

TEST(RuntimeLog, KnownFailuresAreClassifiedWhereverTheyStand) {
  for (const auto& [kind, line] : known_failures()) {
    for (const std::string& log : {line + "\n" + xctest(), xctest() + "noise " + line}) {
      const Verdict verdict = judge(log);
      EXPECT_EQ(verdict.status, Status::fatal_pattern) << line;
      ASSERT_TRUE(names(verdict, kind)) << to_json(verdict).dump(1);
      for (const Finding& finding : verdict.findings) {
        EXPECT_FALSE(finding.explanation.empty());
        EXPECT_FALSE(finding.remedy.empty());
        EXPECT_GT(finding.line, 0U);
      }
    }
  }
}

TEST(RuntimeLog, EveryClassHasALineHereAndWords) {
  for (const FailureClass& failure : failure_classes()) {
    EXPECT_FALSE(failure.explanation.empty() || failure.cause.empty() || failure.remedy.empty()) << failure.kind;
    const bool shown = std::any_of(known_failures().begin(), known_failures().end(),
                                   [&](const auto& known) { return known.first == failure.kind; });
    EXPECT_TRUE(shown || failure.kind == "device.not_paired") << failure.kind;
  }
}

TEST(RuntimeLog, StorageReaderPointsAtTheWeightFile) {
  const Verdict verdict = judge(xctest() + known_failures()[1].second + "\n");
  ASSERT_FALSE(verdict.findings.empty());
  EXPECT_EQ(verdict.findings[0].kind, "coreml.storage_reader_version");
  EXPECT_THAT(verdict.findings[0].cause, testing::HasSubstr("truncated"));
  EXPECT_EQ(verdict.findings[0].line, lines_of(xctest()).size() + 1);
  EXPECT_THAT(verdict.findings[0].quote, testing::HasSubstr("Storage Reader"));
}

TEST(RuntimeLog, DeviceSupportLineCanBeTolerated) {
  const std::string log = known_failures()[0].second + "\n" + xctest();
  RuntimeLogOptions options;
  options.tolerate_device_support_line = true;
  const Verdict verdict = judge(log, options);
  EXPECT_TRUE(verdict.passed);
  ASSERT_EQ(verdict.findings.size(), 1U);
  EXPECT_FALSE(verdict.findings[0].fatal);
  EXPECT_EQ(status_with(log + known_failures()[2].second, options), Status::fatal_pattern);
}

TEST(RuntimeLog, EveryRequiredLineIsRequired) {
  for (const std::string& log : {xctest(), swift()}) {
    const std::vector<std::string> lines = lines_of(log);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::vector<std::string> fewer = lines;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      const bool decoration = lines[i].empty() || lines[i].find("xcodebuild") != std::string::npos ||
                              lines[i].starts_with("Command line") ||
                              lines[i].find("Library Version") != std::string::npos ||
                              lines[i].find("Suite ChainTests") != std::string::npos;
      // XCTest's suites are counted, Swift Testing's are not: its run line sums everything up.
      const bool required = !decoration || lines[i].starts_with("Test Suite");
      EXPECT_EQ(judge(joined(fewer)).passed, !required) << lines[i];
    }
  }
}

TEST(RuntimeLog, TruncationNeverPasses) {
  for (const std::string& log : {xctest(), swift()}) {
    const std::size_t whole = log.rfind(" **") + 3;
    for (std::size_t size = 0; size < log.size(); ++size) {
      EXPECT_EQ(judge(log.substr(0, size)).passed, size >= whole) << size;
    }
  }
}

TEST(RuntimeLog, WhatIsCutOffBeforeTheFirstCountIsHarmlessAndNoMore) {
  const std::string log = xctest();
  const std::size_t first = log.find("Test Suite");
  for (std::size_t from = 1; from < log.size(); ++from) {
    EXPECT_EQ(judge(log.substr(from)).passed, from <= first) << from;
  }
  const std::string modern = swift();  // an empty XCTest suite before it may be missing altogether
  for (std::size_t from = modern.find("Test run started."); from < modern.size(); ++from) {
    EXPECT_FALSE(judge(modern.substr(from)).passed) << from;
  }
}

// Logs that fail, one for each reason.
std::vector<std::string> failing_logs() {
  std::vector<std::string> logs{replaced(xctest(), "testChain]' passed (", "testChain]' failed ("),
                                replaced(xctest(), "Executed 1 test,", "Executed 2 tests,"),
                                replaced(swift(), "Test chain() passed after", "Test chain() failed after"),
                                replaced(swift(), "Test run started.", "Test run begun."),
                                replaced(xctest(), "** TEST SUCCEEDED **", "** TEST EXECUTE FAILED **"),
                                test::xctest_log(""),
                                test::xctest_log(marker_line(good_marker()) + "\n" + marker_line(good_marker())),
                                replaced(xctest(), "\"nonblank_frames\":41", "\"nonblank_frames\":0")};
  for (const auto& [kind, line] : known_failures())
    logs.push_back(test::xctest_log(line + "\n" + marker_line(good_marker())));
  return logs;
}

TEST(RuntimeLog, NeitherOrderNorNoiseNorCutsTurnFailureIntoAPass) {
  std::mt19937_64 random(7);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (const std::string& log : failing_logs()) {
    ASSERT_FALSE(judge(log).passed) << log;
    for (int trial = 0; trial < 60; ++trial) {
      std::vector<std::string> lines = lines_of(log);
      std::shuffle(lines.begin(), lines.end(), random);
      EXPECT_FALSE(judge(joined(lines)).passed);
      for (std::size_t i = below(6); i > 0; --i) {
        std::string noise(below(80), ' ');
        for (char& c : noise) c = static_cast<char>(random());
        std::erase(noise, '\n');
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(below(lines.size())), noise);
      }
      const std::string shuffled = joined(lines);
      EXPECT_FALSE(judge(shuffled).passed);
      EXPECT_FALSE(judge(log.substr(0, below(log.size()))).passed);
    }
  }
}

TEST(RuntimeLog, OrderOfLinesDoesNotMatterToAPassEither) {
  std::mt19937_64 random(11);
  for (const std::string& log : {xctest(), swift()}) {
    for (int trial = 0; trial < 40; ++trial) {
      std::vector<std::string> lines = lines_of(log);
      std::shuffle(lines.begin(), lines.end(), random);
      EXPECT_TRUE(judge(joined(lines)).passed);
    }
  }
}

TEST(RuntimeLog, EveryByteOfTheMarkerThatIsChangedIsNoticedOrHarmless) {
  const std::string line = marker_line(good_marker());
  RuntimeLogOptions options;
  options.marker.run = good_marker().run;
  options.marker.model_digest = good_marker().model_digest;
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string changed = line;
    changed[i] = changed[i] == '"' ? '\'' : '"';
    EXPECT_FALSE(judge(test::xctest_log(changed), options).passed) << changed;
  }
}

TEST(RuntimeLog, WindowsLineEndsAreRead) {
  std::string log;
  for (const std::string& line : lines_of(xctest())) log += line + "\r\n";
  EXPECT_EQ(status_with(log), Status::runtime_proven);
}

TEST(RuntimeLog, QuotesAreShortAndNameNobody) {
  const Verdict verdict =
      judge(xctest() + "/Users/someone/x: index out of bounds on 00008110-001E795834F8801E \x1b[1m\xff " +
            std::string(5000, 'y') + "\n");
  ASSERT_FALSE(verdict.findings.empty());
  const std::string& quote = verdict.findings[0].quote;
  EXPECT_LE(quote.size(), 200U);
  EXPECT_THAT(quote, testing::StartsWith("/Users/~/x: index out of bounds on <id>  [1m? y"));
}

TEST(RuntimeLog, FilesAreReadAndMissingOnesAreErrors) {
  const test::TempDir dir;
  test::write_file(dir / "run.log", xctest());
  EXPECT_TRUE(analyse_runtime_log_file(dir / "run.log").passed);
  test::write_file(dir / "empty.log", "");
  EXPECT_EQ(analyse_runtime_log_file(dir / "empty.log").status, Status::unknown_output);
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "readable",
                               [&] { static_cast<void>(analyse_runtime_log_file(dir / "none.log")); }));
}

TEST(RuntimeLog, JsonIsStable) {
  const std::string json = to_json(judge(xctest())).dump();
  EXPECT_EQ(json, to_json(judge(xctest())).dump());
  EXPECT_THAT(json,
              testing::StartsWith(R"({"analyser":"runtime_log","version":1,"status":"runtime_proven","passed":true)"));
}

}  // namespace
}  // namespace seben::evidence
