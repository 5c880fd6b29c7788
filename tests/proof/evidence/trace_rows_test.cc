// SPDX-License-Identifier: Apache-2.0
// The reader below the analyser of traces: rows, references and names, whatever the pieces.
#include "evidence/trace_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "evidence/ref_table.h"
#include "evidence/verdict.h"
#include "support/errors.h"

namespace seben::evidence {
namespace {

using test::is_bad_data;

// Writes down what the reader tells, a line each.
class Diary final : public TraceListener {
 public:
  void table(std::string_view schema) override { lines.push_back("table " + std::string(schema)); }
  void row(TableKind kind, const TraceRow& row, const Names& names) override {
    const auto number = [](const std::optional<std::uint64_t>& n) { return n ? std::to_string(*n) : "-"; };
    std::string line = std::to_string(static_cast<int>(kind)) + " " + number(row.start) + "+" + number(row.duration);
    for (const std::uint32_t name : {row.process, row.label, row.event}) line += "|" + std::string(names.text(name));
    lines.push_back(line + (row.unresolved ? "|?" : ""));
  }
  void target(std::string_view name, std::int64_t pid) override {
    lines.push_back("target " + std::string(name) + " " + std::to_string(pid));
  }
  void run() override { lines.emplace_back("run"); }
  std::vector<std::string> lines;
};

std::vector<std::string> read(const std::string& text, std::size_t piece = std::string::npos) {
  Diary diary;
  TraceReader reader("t.xml", diary);
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size())) reader.feed(text.substr(at, piece));
  reader.finish();
  return diary.lines;
}

const std::string kTable =
    "<?xml version=\"1.0\"?><trace-query-result><node><schema name=\"ane-hw-intervals\"/>"
    "<row><start-time id=\"1\" fmt=\"x\">100</start-time><duration id=\"2\">50</duration>"
    "<process id=\"3\" fmt=\"App (42)\"/><formatted-label id=\"4\" fmt=\"Predict\"/></row>"
    "<row><start-time>200</start-time><duration ref=\"2\"/><process ref=\"3\"/><formatted-label ref=\"9\"/></row>"
    "</node></trace-query-result>";

TEST(TraceReader, RowsWithValuesAndReferences) {
  EXPECT_EQ(read(kTable), (std::vector<std::string>{"table ane-hw-intervals", "2 100+50|App (42)|Predict|",
                                                    "2 200+50|App (42)|||?"}));
}

TEST(TraceReader, PiecesOfAnySizeAreTheSame) {
  const auto whole = read(kTable);
  for (const std::size_t piece : {1U, 2U, 7U, 64U}) EXPECT_EQ(read(kTable, piece), whole) << piece;
}

TEST(TraceReader, AProcessIsFoundInsideItsThread) {
  EXPECT_EQ(
      read("<trace-query-result><node><schema name=\"coreml-x\"/><row><thread id=\"1\" fmt=\"Main\">"
           "<tid>1</tid><process id=\"2\" fmt=\"App (42)\"/></thread><coreml-model-event>Load</coreml-model-event>"
           "<start-time>no number</start-time></row></node></trace-query-result>"),
      (std::vector<std::string>{"table coreml-x", "1 -+-|App (42)||Load"}));
}

TEST(TraceReader, ContentsNameTheTarget) {
  EXPECT_EQ(read("<trace-toc><run number=\"1\"><info><target><device name=\"P\"/><process name=\"App\" pid=\"42\"/>"
                 "</target></info><processes><process name=\"Other\" pid=\"7\"/></processes></run></trace-toc>"),
            (std::vector<std::string>{"run", "target App 42"}));
}

TEST(TraceReader, DocumentsThatAreNone) {
  EXPECT_TRUE(is_bad_data("trace-query-result or trace-toc", [] { (void)read("<html/>"); }));
  EXPECT_TRUE(is_bad_data("a whole XML document", [] { (void)read("<trace-toc>"); }));
  EXPECT_TRUE(is_bad_data("t.xml: line 2: expected well-formed XML", [] { (void)read("<trace-toc>\n<a></b>"); }));
  EXPECT_TRUE(is_bad_data("no document type", [] { (void)read("<!DOCTYPE x><trace-toc/>"); }));
  std::string deep = "<trace-query-result>";
  for (int i = 0; i < 70; ++i) deep += "<a>";
  EXPECT_TRUE(is_bad_data("at most 64 deep", [&] { (void)read(deep); }));
}

TEST(TableKinds, AreToldByTheirSchema) {
  EXPECT_EQ(table_kind("coreml-os-signpost"), TableKind::coreml);
  EXPECT_EQ(table_kind("ane-hw-intervals-2"), TableKind::ane_hardware);
  EXPECT_EQ(table_kind("metal-gpu-intervals"), TableKind::gpu_hardware);
  EXPECT_EQ(table_kind("mps-hw-intervals"), TableKind::gpu_hardware);
  EXPECT_EQ(table_kind("os-signpost-interval"), TableKind::signpost_intervals);
  EXPECT_EQ(table_kind("OSSignpostIntervals"), TableKind::signpost_intervals);
  EXPECT_EQ(table_kind("os-signpost"), TableKind::signposts);
  EXPECT_EQ(table_kind("time-profile"), TableKind::other);
}

TEST(Verdicts, APassWithAFatalFindingIsNone) {
  Verdict verdict;
  verdict.conclude(Status::ready, "good");
  EXPECT_TRUE(verdict.passed);
  verdict.findings.push_back({});
  verdict.conclude(Status::ready, "good");
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.status, Status::unknown_output);
  verdict.conclude(Status::disk_low, "full");
  EXPECT_EQ(verdict.status, Status::disk_low);
  verdict.findings[0].fatal = false;
  verdict.conclude(Status::ready, "good");
  EXPECT_TRUE(verdict.passed);
}

TEST(Verdicts, FiveWordsPassAndAllHaveTheirOwn) {
  std::vector<std::string> words, passing;
  for (int i = 0; i <= static_cast<int>(Status::unknown_output); ++i) {
    const auto status = static_cast<Status>(i);
    words.emplace_back(to_string(status));
    if (passes(status)) passing.emplace_back(to_string(status));
  }
  EXPECT_EQ(passing, (std::vector<std::string>{"ready", "runtime_proven", "placement_markers_found",
                                               "compute_plan_read", "evidence_whole"}));
  std::sort(words.begin(), words.end());
  EXPECT_EQ(std::adjacent_find(words.begin(), words.end()), words.end());
}

}  // namespace
}  // namespace seben::evidence
