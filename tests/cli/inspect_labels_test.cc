// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "program.h"

namespace seben {
namespace {

// U+07D3 U+07CA: "ba".
const std::string kBa = "\u07d3\u07ca";

class CliInspectLabels : public ::testing::Test {
 protected:
  test::Outcome inspect(const std::string& text, const std::string& flags = "") {
    test::write_file(dir_ / "labels.txt", text);
    return test::run("inspect labels " + flags + " '" + (dir_ / "labels.txt") + "'");
  }
  test::TempDir dir_;
};

TEST_F(CliInspectLabels, CleanLabelsSayNothing) {
  const test::Outcome outcome = inspect(kBa + " " + kBa + "\n" + kBa + "\r\n");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out + outcome.err, "");
}

TEST_F(CliInspectLabels, OneFindingALineWithPlaceAndReason) {
  // A Latin letter inside a word, an unassigned code point, two tone marks on one letter, and a clean line between.
  const test::Outcome outcome = inspect(kBa + "b\n" + kBa + "\n" + kBa + "\u07fb\n" + kBa + "\u07eb\u07ec\n");
  EXPECT_EQ(outcome.exit_code, 65);
  std::vector<std::string> lines;
  std::istringstream stream(outcome.out);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 3U) << outcome.out;
  EXPECT_NE(lines[0].find("labels.txt:1:3: U+0062: "), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find("labels.txt:3:3: U+07FB: "), std::string::npos) << lines[1];
  EXPECT_NE(lines[2].find("labels.txt:4:4: U+07EC: "), std::string::npos) << lines[2];
  EXPECT_NE(outcome.err.find("3 findings in 3 of 4 lines"), std::string::npos) << outcome.err;
}

TEST_F(CliInspectLabels, SwappedVowelsAgainstTheLatinSideAsJson) {
  // "bebebe", written with U+07CD (open e) as the known wrong table does.
  const std::string wrong = "\u07d3\u07cd\u07d3\u07cd\u07d3\u07cd\tbebebe\n";
  const test::Outcome outcome = inspect(wrong, "--json");
  EXPECT_EQ(outcome.exit_code, 65);
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json.at("line"), 1);
  EXPECT_EQ(json.at("code_point"), "U+07CD");
  EXPECT_EQ(inspect("\u07d3\u07cb\u07d3\u07cb\u07d3\u07cb\tbebebe\n").exit_code, 0);
}

TEST_F(CliInspectLabels, InvisibleCharactersAreNamed) {
  for (const auto& [hidden, number] : std::vector<std::pair<std::string, std::string>>{{"\u200c", "U+200C"},
                                                                                       {"\u200d", "U+200D"},
                                                                                       {"\u200b", "U+200B"},
                                                                                       {"\u200f", "U+200F"},
                                                                                       {"\ufeff", "U+FEFF"},
                                                                                       {std::string(1, '\0'), "U+0000"},
                                                                                       {"\ufffd", "U+FFFD"},
                                                                                       {"\u00ad", "U+00AD"}}) {
    const test::Outcome outcome = inspect("\u07d2" + hidden + "\u07d3\u07d8\u07ca\u07eb\n");
    EXPECT_EQ(outcome.exit_code, 65) << number;
    EXPECT_NE(outcome.out.find("labels.txt:1:2: " + number + ": "), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.err.find(": 1 finding in 1 of 1 line\n"), std::string::npos) << outcome.err;
  }
}

TEST_F(CliInspectLabels, SeveralFilesAndLinesOfEveryLength) {
  test::write_file(dir_ / "clean.txt", kBa + "\n\n" + kBa);  // the last line without its end
  const test::Outcome both = inspect(kBa + "\n" + kBa + "b", "'" + (dir_ / "clean.txt") + "'");
  EXPECT_EQ(both.exit_code, 65);
  EXPECT_NE(both.out.find("labels.txt:2:3: U+0062: "), std::string::npos) << both.out;
  EXPECT_EQ(both.out.find("clean.txt"), std::string::npos) << both.out;
  std::string line;
  while (line.size() + kBa.size() + 1 <= (1U << 20U)) line += kBa + " ";
  EXPECT_EQ(inspect(line + "\n").exit_code, 0);
  const test::Outcome longer = inspect(kBa + "\n" + std::string((1U << 20U) + 7, 'x') + "\n" + kBa + "\n");
  EXPECT_EQ(longer.exit_code, 65);
  EXPECT_NE(longer.err.find("line 2: expected at most 1048576 bytes, found 1048583\n"), std::string::npos)
      << longer.err;
}

TEST_F(CliInspectLabels, BadInputIsOneLine) {
  const test::Outcome missing = test::run("inspect labels /nowhere");
  EXPECT_EQ(missing.exit_code, 66);
  EXPECT_TRUE(missing.error_is_one_line()) << missing.err;
  const test::Outcome broken = inspect(kBa + "\n\xC0\xAF\n");
  EXPECT_EQ(broken.exit_code, 65);
  EXPECT_NE(broken.err.find("line 2"), std::string::npos) << broken.err;
  EXPECT_EQ(inspect(kBa + "\ta\tb\n").exit_code, 65);
  EXPECT_EQ(test::run("inspect").exit_code, 64);
}

}  // namespace
}  // namespace seben
