// SPDX-License-Identifier: Apache-2.0
#include "evidence/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evidence/ref_table.h"
#include "samples.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::evidence {
namespace {

using test::replaced;

TraceOptions options() {
  TraceOptions options;
  options.process = "App";
  options.pid = 42;
  return options;
}

Verdict judge(const std::vector<std::string>& documents, const TraceOptions& wanted = options()) {
  std::vector<NamedText> exports;
  for (const std::string& document : documents) exports.push_back({"exports/table.xml", document});
  Verdict verdict = analyse_trace(exports, wanted);
  EXPECT_EQ(verdict.passed, verdict.status == Status::placement_markers_found);
  EXPECT_FALSE(verdict.reason.empty());
  return verdict;
}

Status status_of(const std::vector<std::string>& documents, const TraceOptions& wanted = options()) {
  return judge(documents, wanted).status;
}

TEST(Trace, IntervalsByUnitAreFound) {
  const Verdict verdict = judge({test::coreml_table(), test::ane_table()});
  EXPECT_TRUE(verdict.passed) << to_json(verdict).dump(1);
  EXPECT_EQ(verdict.facts["units"]["cpu"]["intervals"], 1);
  EXPECT_EQ(verdict.facts["units"]["gpu"]["intervals"], 1);
  EXPECT_EQ(verdict.facts["units"]["ane"]["intervals"], 2);
  EXPECT_EQ(verdict.facts["units"]["ane"]["total_ns"], 24000);  // a duration by reference
  EXPECT_EQ(verdict.facts["units"]["cpu"]["first_ns"], 110000);
  EXPECT_EQ(verdict.facts["predictions"], 2);
  EXPECT_EQ(verdict.facts["unattributed"], 1);        // hardware outside of every prediction
  EXPECT_EQ(verdict.facts["of_other_processes"], 1);  // Other (7)
  EXPECT_EQ(verdict.facts["not_computing"], 2);       // loads
  EXPECT_EQ(verdict.facts["tables"]["ane-hw-intervals-internal"], 4);
  EXPECT_EQ(verdict.facts["first_ns"], 100000);
  EXPECT_EQ(verdict.facts["last_ns"], 912000);
  EXPECT_EQ(status_of({test::ane_table(), test::coreml_table()}), Status::placement_markers_found);
}

TEST(Trace, RequiredUnits) {
  TraceOptions wanted = options();
  wanted.required = {Unit::ane, Unit::cpu};
  EXPECT_EQ(status_of({test::coreml_table(), test::ane_table()}, wanted), Status::placement_markers_found);
  EXPECT_EQ(status_of({test::coreml_table()}, wanted), Status::no_placement_markers);
  wanted.min_intervals = 2;
  EXPECT_EQ(status_of({test::coreml_table(), test::ane_table()}, wanted), Status::no_placement_markers);
}

TEST(Trace, OtherProcessIsNotAttached) {
  TraceOptions wanted;
  wanted.process = "Nobody";
  EXPECT_EQ(status_of({test::coreml_table(), test::ane_table()}, wanted), Status::not_process_attached);
  wanted = options();
  wanted.pid = 43;
  EXPECT_EQ(status_of({test::coreml_table()}, wanted), Status::not_process_attached);
  EXPECT_EQ(status_of({test::ane_table()}), Status::not_process_attached);
  EXPECT_EQ(status_of({test::ane_table(), test::contents("Bystander", 9)}), Status::not_process_attached);
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "process", [] { judge({test::coreml_table()}, {}); }));
}

TEST(Trace, HardwareAloneIsNoPlacement) {
  // Attached by the table of contents, but nothing shows when this process predicted.
  EXPECT_EQ(status_of({test::ane_table(), test::contents("App", 42)}), Status::no_placement_markers);
}

TEST(Trace, OwnerlessCoreMlRowsBelongToTheTarget) {
  std::string table = test::coreml_table();
  for (const char* cell : {"<process id=\"3\" fmt=\"App (42)\"><pid id=\"4\" fmt=\"42\">42</pid></process>",
                           "<process id=\"14\" fmt=\"Other (7)\"/>"}) {
    table = replaced(table, cell, "<sentinel/>");
  }
  while (table.find("<process ref=\"3\"/>") != std::string::npos) table = replaced(table, "<process ref=\"3\"/>", "");
  EXPECT_EQ(status_of({table}), Status::not_process_attached);
  const Verdict verdict = judge({test::contents("App", 42), table, test::ane_table()});
  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.facts["units"]["cpu"]["intervals"], 2);
  EXPECT_EQ(verdict.facts["units"]["ane"]["intervals"], 2);
  EXPECT_EQ(status_of({test::contents("App", 43), table}), Status::not_process_attached);
}

TEST(Trace, SignpostsArePaired) {
  const auto row = [](int time, const char* type, const char* id, const char* name) {
    return "<row><event-time>" + std::to_string(time) +
           "</event-time><thread fmt=\"Main Thread 0x1f (App, pid: 42)\">" +
           "<process fmt=\"App (42)\"/></thread><event-type fmt=\"" + type + "\"/><os-signpost-identifier>" + id +
           "</os-signpost-identifier><signpost-name fmt=\"" + name + "\"/><subsystem fmt=\"com.apple.coreml\"/></row>";
  };
  const auto table = [](const std::string& rows) {
    return "<trace-query-result><node><schema name=\"os-signpost\"/>" + rows + "</node></trace-query-result>";
  };
  const Verdict verdict =
      judge({table(row(10, "Begin", "1", "CPU") + row(12, "Begin Interval", "2", "CPU") + row(20, "End", "1", "CPU") +
                   row(30, "End Interval", "2", "CPU") + row(40, "Begin", "3", "Neural Engine Request"))});
  EXPECT_TRUE(verdict.passed) << to_json(verdict).dump(1);
  EXPECT_EQ(verdict.facts["units"]["cpu"]["intervals"], 2);
  EXPECT_EQ(verdict.facts["units"]["cpu"]["total_ns"], 28);
  EXPECT_EQ(verdict.facts["unpaired"], 1);
  EXPECT_EQ(verdict.facts["units"]["ane"]["intervals"], 0);
  EXPECT_EQ(status_of({table(row(10, "Begin", "1", "CPU"))}), Status::no_placement_markers);
  EXPECT_EQ(status_of({table(row(20, "Begin", "1", "CPU") + row(10, "End", "1", "CPU"))}),
            Status::no_placement_markers);
  EXPECT_EQ(status_of({table(row(20, "Begin", "1", "CPU") + row(30, "End", "1", "GPU"))}),
            Status::no_placement_markers);
}

TEST(Trace, OwnMarksAreWindowsForHardware) {
  const std::string marks =
      "<trace-query-result><node><schema name=\"OSSignpostIntervals\"/><row><start-time>125000</start-time>"
      "<duration>20000</duration><process fmt=\"App (42)\"/><signpost-name fmt=\"prediction\"/>"
      "<subsystem fmt=\"dev.seben.proof\"/></row></node></trace-query-result>";
  const Verdict verdict = judge({test::ane_table(), marks});
  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.facts["units"]["ane"]["intervals"], 1);
  EXPECT_EQ(status_of({test::ane_table(), replaced(marks, "dev.seben.proof", "dev.other")}),
            Status::no_placement_markers);
  EXPECT_EQ(status_of({test::ane_table(), replaced(marks, "App (42)", "App (43)")}), Status::not_process_attached);
}

TEST(Trace, EmptyAndFailedExports) {
  EXPECT_EQ(status_of({}), Status::invalid_empty_or_failed_trace);
  EXPECT_EQ(status_of({""}), Status::invalid_empty_or_failed_trace);
  EXPECT_EQ(status_of({"Export failed: Document Missing Template Error\n"}), Status::invalid_empty_or_failed_trace);
  EXPECT_EQ(status_of({"<html/>"}), Status::invalid_empty_or_failed_trace);
  EXPECT_EQ(status_of({"<?xml version=\"1.0\"?><trace-query-result></trace-query-result>"}),
            Status::invalid_empty_or_failed_trace);
  EXPECT_EQ(status_of({test::contents("App", 42)}), Status::invalid_empty_or_failed_trace);
  EXPECT_EQ(status_of({test::coreml_table(), ""}), Status::invalid_empty_or_failed_trace);
}

TEST(Trace, TruncationNeverPasses) {
  const std::string table = test::coreml_table();
  for (std::size_t size = 0; size < table.size(); ++size) {
    EXPECT_EQ(status_of({table.substr(0, size)}), Status::invalid_empty_or_failed_trace) << size;
  }
}

TEST(Trace, SentinelTimesAreNoIntervals) {
  const auto with = [](const std::string& start, const std::string& duration) {
    return status_of(
        {"<trace-query-result><node><schema name=\"coreml-os-signpost\"/><row>" + start + duration +
         "<process fmt=\"App (42)\"/><coreml-model-event fmt=\"CPU\"/></row></node></trace-query-result>"});
  };
  const std::string start = "<start-time>5</start-time>";
  EXPECT_EQ(with(start, "<duration>5</duration>"), Status::placement_markers_found);
  EXPECT_EQ(with(start, "<duration>0</duration>"), Status::no_placement_markers);
  EXPECT_EQ(with(start, "<sentinel/>"), Status::no_placement_markers);
  EXPECT_EQ(with(start, "<duration>-5</duration>"), Status::no_placement_markers);
  EXPECT_EQ(with(start, "<duration>5 ms</duration>"), Status::no_placement_markers);
  EXPECT_EQ(with(start, "<duration ref=\"77\"/>"), Status::no_placement_markers);
  EXPECT_EQ(with("<start-time>18446744073709551615</start-time>", "<duration>5</duration>"),
            Status::no_placement_markers);
}

TEST(Trace, UnresolvedProcessesAreNobody) {
  const std::string table =
      replaced(test::coreml_table(), "<process id=\"3\" fmt=\"App (42)\">", "<process fmt=\"App (42)\">");
  const Verdict verdict = judge({table, test::contents("App", 42)});
  EXPECT_EQ(verdict.facts["units"]["cpu"]["intervals"], 0);
  EXPECT_GT(verdict.facts["unresolved_references"], 3);
}

TEST(Trace, IdsBeginAnewWithEveryNode) {
  const auto node = [](const char* process) {
    return std::string(
               "<node><schema name=\"coreml-os-signpost\"/><row><start-time id=\"1\">5</start-time><duration "
               "id=\"2\">6</duration><process id=\"3\" fmt=\"") +
           process +
           "\"/><coreml-model-event id=\"4\" fmt=\"CPU\"/></row><row><start-time ref=\"1\"/><duration "
           "ref=\"2\"/><process "
           "ref=\"3\"/><coreml-model-event ref=\"4\"/></row></node>";
  };
  const Verdict verdict =
      judge({"<trace-query-result>" + node("Other (7)") + node("App (42)") + "</trace-query-result>"});
  EXPECT_EQ(verdict.facts["units"]["cpu"]["intervals"], 2);
  EXPECT_EQ(verdict.facts["of_other_processes"], 2);
}

TEST(Trace, EntitiesAndDocumentTypesAreRefused) {
  const std::string body = "<trace-query-result>&a;</trace-query-result>";
  for (const std::string& type :
       {std::string("<!DOCTYPE trace-query-result [<!ENTITY a \"x\">]>"),
        std::string("<!DOCTYPE trace-query-result SYSTEM \"file:///etc/passwd\">"),
        std::string("<!DOCTYPE t [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY a \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>")}) {
    const Verdict verdict = judge({"<?xml version=\"1.0\"?>" + type + body});
    EXPECT_EQ(verdict.status, Status::invalid_empty_or_failed_trace);
    EXPECT_THAT(verdict.reason, testing::HasSubstr("document type"));
  }
  EXPECT_EQ(status_of({body}), Status::invalid_empty_or_failed_trace);
}

TEST(Trace, DepthAndTokensAreBounded) {
  std::string deep = "<trace-query-result>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_THAT(judge({deep}).reason, testing::HasSubstr("deep"));
  const std::string wide = "<trace-query-result><node a=\"" + std::string(std::size_t{3} << 20, 'x') + "\"/>";
  EXPECT_THAT(judge({wide}).reason, testing::HasSubstr("tags of at most"));
  const std::string comment = "<trace-query-result><!--" + std::string(std::size_t{3} << 20, 'x');
  EXPECT_THAT(judge({comment}).reason, testing::HasSubstr("tags of at most"));
}

TEST(Trace, FilesAreStreamed) {
  const test::TempDir dir;
  test::write_file(dir / "coreml.xml", test::coreml_table());
  const std::vector<std::string> paths{dir / "coreml.xml"};
  const Verdict verdict = analyse_trace_files(paths, options());
  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.facts["files"][0], "coreml.xml");
  const std::vector<std::string> missing{dir / "none.xml"};
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "readable",
                               [&] { static_cast<void>(analyse_trace_files(missing, options())); }));
}

TEST(NumberRefs, OldestAreLetGo) {
  NumberRefs refs;
  const auto most = static_cast<std::uint32_t>(NumberRefs::kMost);
  for (std::uint32_t id = 1; id <= most + 1; ++id) refs.define(id * 2, id);
  EXPECT_FALSE(refs.find(2));
  EXPECT_FALSE(refs.find(static_cast<std::uint32_t>(NumberRefs::kChunk) * 2));
  EXPECT_EQ(refs.find(static_cast<std::uint32_t>(NumberRefs::kChunk) * 2 + 2), NumberRefs::kChunk + 1);
  EXPECT_EQ(refs.find(most * 2 + 2), most + 1);
  EXPECT_FALSE(refs.find(most * 2 + 1));
  EXPECT_FALSE(refs.find(most * 2 + 4));
  refs.define(4, 9);  // not ascending: left out
  EXPECT_FALSE(refs.find(4));
}

}  // namespace
}  // namespace seben::evidence
