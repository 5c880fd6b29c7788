// SPDX-License-Identifier: Apache-2.0
// The table of samples in docs/evidence.md, line by line.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/program.h"
#include "evidence/text.h"

namespace seben {
namespace {

std::vector<std::string> cells(std::string_view line) {
  std::vector<std::string> out;
  while (!line.empty()) {
    const std::size_t bar = line.find('|');
    std::string_view cell = evidence::trim(line.substr(0, bar));
    if (cell.starts_with('`') && cell.ends_with('`')) cell = cell.substr(1, cell.size() - 2);
    out.emplace_back(cell);
    line = bar == std::string_view::npos ? std::string_view() : line.substr(bar + 1);
  }
  return out;
}

TEST(EvidenceSamples, AreJudgedAsDocumented) {
  const std::string page = test::read_file(SEBEN_SOURCE_DIR "/docs/evidence.md");
  std::size_t lines = 0;
  for (std::string_view rest = page; !rest.empty();) {
    const std::vector<std::string> row = cells(evidence::next_line(rest));
    constexpr std::string_view kProgram = "seben ";
    if (row.size() != 4 || !row[1].starts_with("seben proof analyse ")) continue;
    SCOPED_TRACE(row[1]);
    const auto outcome =
        test::run(row[1].substr(kProgram.size()), "cd '" SEBEN_SOURCE_DIR "/tests/fixtures/evidence' && ");
    EXPECT_EQ(std::to_string(outcome.exit_code), row[3]) << outcome.err;
    EXPECT_EQ(nlohmann::json::parse(outcome.out).at("status"), row[2]);
    ++lines;
  }
  EXPECT_EQ(lines, 16U);
}

}  // namespace
}  // namespace seben
