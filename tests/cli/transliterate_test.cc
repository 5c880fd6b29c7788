// SPDX-License-Identifier: Apache-2.0
// seben transliterate, and seben transcribe --script.
#include "seben/transliterate.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "program.h"
#include "support/channels_wav.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper_bundle.h"

namespace seben {
namespace {

using test::run;

TEST(TransliterateCommand, TextsFilesAndStandardInput) {
  const test::TempDir dir;
  test::write_file(dir / "two.txt", "\xEF\xBB\xBFi ni ce\r\n\nn ko\n");
  const std::string nko = "\u07CC \u07E3\u07CC \u07D7\u07CB\n\n\u07D2 \u07DE\u07CF\n";
  EXPECT_EQ(run("transliterate nko --text 'i ni ce' --text '' --text 'n ko'").out, nko);
  EXPECT_EQ(run("transliterate nko '" + (dir / "two.txt") + "'").out, nko);
  EXPECT_EQ(run("transliterate nko", "printf 'i ni ce\\n\\nn ko' | ").out, nko);
  EXPECT_EQ(run("transliterate nko -", "printf 'i ni ce\\n\\nn ko\\n' | ").out, nko);
  const auto written = run("transliterate nko '" + (dir / "two.txt") + "' -o '" + (dir / "nko.txt") + "'");
  EXPECT_EQ(written.exit_code, 0) << written.err;
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(test::read_file(dir / "nko.txt"), nko);
  EXPECT_EQ(run("transliterate latin '" + (dir / "nko.txt") + "'").out, "i ni ce\n\nn ko\n");
}

TEST(TransliterateCommand, BadTextNamesItsLineAndLeavesNoFile) {
  const test::TempDir dir;
  test::write_file(dir / "bad.txt", "a\na\xC3\n");
  const auto refused = run("transliterate nko '" + (dir / "bad.txt") + "' -o '" + (dir / "out.txt") + "'");
  EXPECT_EQ(refused.exit_code, 65);
  EXPECT_TRUE(refused.error_is_one_line()) << refused.err;
  EXPECT_NE(refused.err.find("bad.txt: line 2"), std::string::npos) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(dir / "out.txt"));
  for (const char* wrong : {"", "greek --text a", "nko --text a b.txt", "nko no-such-file", "nko x -o x"}) {
    test::write_file("x", "a\n");
    const auto outcome = run(std::string("transliterate ") + wrong);
    EXPECT_TRUE(outcome.exit_code == 64 || outcome.exit_code == 66) << wrong << outcome.err;
    EXPECT_TRUE(outcome.error_is_one_line()) << outcome.err;
  }
  std::filesystem::remove("x");
}

TEST(TransliterateCommand, TranscriptsInBothScripts) {
  const test::TempDir dir;
  const std::string bundle = test::make_tiny_bundle(dir);
  test::write_file(dir / "talk.wav", test::channels_wav({test::bursts(4.0)}));
  const std::string command = "transcribe -b '" + bundle + "' -t 1 '" + (dir / "talk.wav") + "' ";
  const auto nko = nlohmann::json::parse(run(command + "--json").out);
  const auto both = nlohmann::json::parse(run(command + "--json --script both").out);
  const auto latin = nlohmann::json::parse(run(command + "--json --script latin").out);
  EXPECT_EQ(both.at("text"), nko.at("text"));
  EXPECT_EQ(both.at("latin"), latin.at("text"));
  ASSERT_FALSE(nko.at("words").empty());
  EXPECT_EQ(latin.at("words")[0].at("text"),
            transliterate(nko.at("words")[0].at("text").get<std::string>(), Script::latin));
  EXPECT_EQ(run(command + "--script latin").out.find("\xDF"), std::string::npos);  // no letter of the block
  const std::string whisper = test::make_whisper_bundle(dir, "whisper", false);
  const auto idle = run("transcribe -b '" + whisper + "' --language en --script latin '" + (dir / "talk.wav") + "'");
  EXPECT_EQ(idle.exit_code, 64);
  EXPECT_TRUE(idle.error_is_one_line()) << idle.err;
  EXPECT_EQ(run(command + "--script greek").exit_code, 64);
}

}  // namespace
}  // namespace seben
