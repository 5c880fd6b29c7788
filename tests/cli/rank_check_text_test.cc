// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "program.h"

namespace seben {
namespace {

using test::run;

class RankCheckText : public ::testing::Test {
 protected:
  test::TempDir dir;
};

TEST_F(RankCheckText, PrintsWhatItCounted) {
  // ba to pa, and a tone mark that came.
  test::write_file(dir / "w.tsv",
                   "before\tafter\n\u07d3\u07ca\t\u07d4\u07ca\n\u07d3\u07ca\t\u07d3\u07ca\u07eb\n\u07d3\t\u07d3\n");
  test::write_file(dir / "maps.json",
                   "{\"schema\":\"seben.confusions\",\"version\":1,\"confusions\":[{\"kind\":\"SUB\",\"from\":"
                   "\"\u07d3\",\"to\":\"\u07d4\",\"count\":1,\"of\":2,\"contexts\":[]}]}");
  const auto r = run("rank check-text '" + dir / "w.tsv" + "' --maps '" + dir / "maps.json" + "'");
  ASSERT_EQ(r.exit_code, 0) << r.err;
  EXPECT_NE(
      r.out.find("3 words, 0 of them left out, 1 without change; 2 edits, 50.0 % of them of tone and nasal marks"),
      std::string::npos)
      << r.out;
  EXPECT_NE(r.out.find("SUB      1  50.0 %        1 100.0 % in the maps"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("INS      1  50.0 %        0   0.0 % in the maps"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("consonants        1   0.200"), std::string::npos) << r.out;
  EXPECT_NE(r.out.find("Possible words: 100.00 % before, 100.00 % after"), std::string::npos) << r.out;
  const auto without = run("rank check-text '" + dir / "w.tsv" + "'");
  EXPECT_EQ(without.exit_code, 0);
  EXPECT_EQ(without.out.find("maps"), std::string::npos);
}

TEST_F(RankCheckText, BadInputIsOneLine) {
  const auto missing = run("rank check-text '" + dir / "none.tsv" + "'");
  EXPECT_EQ(missing.exit_code, 66);
  EXPECT_TRUE(missing.error_is_one_line()) << missing.err;
  test::write_file(dir / "w.tsv", "before\tafter\na\n");
  const auto broken = run("rank check-text '" + dir / "w.tsv" + "'");
  EXPECT_EQ(broken.exit_code, 65);
  EXPECT_TRUE(broken.error_is_one_line()) << broken.err;
  EXPECT_NE(broken.err.find("line 2: expected 2 columns, found 1"), std::string::npos) << broken.err;
  test::write_file(dir / "w.tsv", "before\tafter\n\u07ca\t\u07cb\n");
  test::write_file(dir / "maps.json", "{}");
  const auto maps = run("rank check-text '" + dir / "w.tsv" + "' --maps '" + dir / "maps.json" + "'");
  EXPECT_EQ(maps.exit_code, 65);
  EXPECT_NE(maps.err.find("maps.json"), std::string::npos) << maps.err;
}

}  // namespace
}  // namespace seben
