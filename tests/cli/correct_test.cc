// SPDX-License-Identifier: Apache-2.0
// `seben rank rows`, `correct` and `eval` as a user runs them, on the demo bundle's own samples.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "program.h"

namespace seben {
namespace {

const std::string kBundle = SEBEN_SOURCE_DIR "/bundles/demo-nko";

class CliCorrect : public ::testing::Test {
 protected:
  // Rows of three samples, read once.
  static void SetUpTestSuite() {
    dir_ = std::make_unique<test::TempDir>();
    std::istringstream lines(test::read_file(kBundle + "/samples/transcripts.tsv"));
    std::string manifest;
    for (std::string line; std::getline(lines, line);) {
      const auto tab = line.find('\t');
      if (line.starts_with('#') || line.starts_with("long") || tab == std::string::npos) continue;
      manifest += kBundle + "/samples/" + line.substr(0, line.find('\t', tab + 1)) + "\n";
    }
    test::write_file(*dir_ / "manifest.tsv", manifest);
    made_ =
        test::run("rank rows --bundle " + kBundle + " '" + (*dir_ / "manifest.tsv") + "' -o '" + rows_folder() + "'");
  }
  static void TearDownTestSuite() { dir_.reset(); }
  static std::string rows_folder() { return *dir_ / "rows"; }
  static std::string rows() { return rows_folder() + "/rows.jsonl"; }
  static std::string correct(const std::string& flags) { return "correct --bundle " + kBundle + " " + flags; }
  static std::vector<nlohmann::json> json_lines(const std::string& text) {
    std::vector<nlohmann::json> out;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) out.push_back(nlohmann::json::parse(line));
    return out;
  }
  static void expect_refusal(const test::Outcome& outcome, int exit_code, const std::string& text) {
    EXPECT_EQ(outcome.exit_code, exit_code) << outcome.err;
    EXPECT_TRUE(outcome.error_is_one_line()) << outcome.err;
    EXPECT_NE(outcome.err.find(text), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }

  static std::unique_ptr<test::TempDir> dir_;
  static test::Outcome made_;
};
std::unique_ptr<test::TempDir> CliCorrect::dir_;
test::Outcome CliCorrect::made_;

// Fault 24: the rows of a second run would have named the first one's arrays.
TEST_F(CliCorrect, TwoRankRowsDoNotShareAFolder) {
  ASSERT_EQ(made_.exit_code, 0) << made_.err;
  const std::string before = test::read_file(rows());
  test::write_file(*dir_ / "other.tsv", kBundle + "/samples/seen-2.wav\t\u07DE\u07CF\n");
  expect_refusal(
      test::run("rank rows --bundle " + kBundle + " '" + (*dir_ / "other.tsv") + "' -o '" + rows_folder() + "'"), 74,
      "a folder that does not exist yet");
  EXPECT_EQ(test::read_file(rows()), before);
  // Two at once: one of them gets the folder whole, with exactly its own rows and arrays.
  const std::string both = *dir_ / "both";
  const std::string one = "'" SEBEN_PROGRAM "' rank rows -t 1 --bundle " + kBundle + " '" + (*dir_ / "manifest.tsv") +
                          "' -o '" + both + "' >/dev/null 2>&1 & ";
  const std::string two = "'" SEBEN_PROGRAM "' rank rows -t 1 --bundle " + kBundle + " '" + (*dir_ / "other.tsv") +
                          "' -o '" + both + "' >/dev/null 2>&1; wait";
  ASSERT_EQ(std::system((one + two).c_str()), 0);
  const auto lines = json_lines(test::read_file(both + "/rows.jsonl"));
  std::size_t arrays = 0;
  for (const auto& entry : std::filesystem::directory_iterator(both)) {
    if (entry.path().extension() == ".npy") ++arrays;
  }
  EXPECT_EQ(lines.size(), arrays);
  for (const auto& entry : std::filesystem::directory_iterator(*dir_ / ".")) {
    EXPECT_EQ(entry.path().filename().string().find("partial"), std::string::npos) << entry.path();
  }
}

TEST_F(CliCorrect, FromStoredLogProbabilitiesIsWhatTranscribeWrites) {
  ASSERT_EQ(made_.exit_code, 0) << made_.err;
  const auto source = json_lines(test::read_file(rows()));
  ASSERT_EQ(source.size(), 4U);
  const test::Outcome corrected = test::run(correct("--rows '" + rows() + "' --json"));
  ASSERT_EQ(corrected.exit_code, 0) << corrected.err;
  const auto lines = json_lines(corrected.out);
  ASSERT_EQ(lines.size(), source.size());
  std::size_t edited = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto audio = source[i].at("id").get<std::string>();
    const test::Outcome heard = test::run("transcribe --json --bundle " + kBundle + " '" + audio + "'");
    const auto transcript = nlohmann::json::parse(heard.out);
    EXPECT_EQ(lines[i].at("text"), transcript.at("text")) << audio;
    EXPECT_EQ(lines[i].at("edits").size(), transcript.at("corrections").at("edits").size()) << audio;
    EXPECT_EQ(lines[i].at("decision"), lines[i].at("edits").empty() ? "COPY" : "EDIT");
    edited += lines[i].at("edits").size();
    for (const auto& edit : lines[i].at("edits")) {
      EXPECT_GT(edit.at("probability"), 0.0);
      EXPECT_FALSE(edit.at("reasons").empty());
    }
  }
  EXPECT_GT(edited, 0U);
}

TEST_F(CliCorrect, ModesAreOrderedByDaring) {
  std::size_t before = 1000;
  for (const std::string mode : {"aggressive", "balanced", "conservative", "preservation"}) {
    const test::Outcome outcome = test::run(correct("--rows '" + rows() + "' --json --mode " + mode));
    std::size_t edits = 0;
    for (const auto& line : json_lines(outcome.out)) edits += line.at("edits").size();
    EXPECT_LE(edits, before) << mode;
    before = edits;
  }
}

TEST_F(CliCorrect, SaysWhyAndSaysCopy) {
  const test::Outcome outcome = test::run(correct("--rows '" + rows() + "' --mode preservation --explain"));
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_NE(outcome.err.find("COPY: no acceptable candidate (preservation mode)"), std::string::npos) << outcome.err;
  const test::Outcome bold = test::run(correct("--rows '" + rows() + "' --mode aggressive --explain"));
  EXPECT_NE(bold.err.find("probability 0."), std::string::npos) << bold.err;
}

TEST_F(CliCorrect, OneTextFromFiles) {
  const auto first = json_lines(test::read_file(rows())).front();
  test::write_file(*dir_ / "text", first.at("hypothesis").get<std::string>() + "\n");
  const std::string array = rows_folder() + "/" + first.at("log_probs").get<std::string>();
  const test::Outcome outcome = test::run(correct("--hyp '" + (*dir_ / "text") + "' --log-probs '" + array + "'"));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, test::run(correct("--rows '" + rows() + "'")).out.substr(0, outcome.out.size()));
  // Log-probabilities are logits too: normalising them again changes nothing that decides.
  EXPECT_EQ(test::run(correct("--hyp '" + (*dir_ / "text") + "' --logits '" + array + "'")).out, outcome.out);
}

TEST_F(CliCorrect, ABadRowIsReportedAndTheRestGoOn) {
  const std::string good = test::read_file(rows());
  const std::string missing = R"({"id":"x","hypothesis":"","log_probs":"none.npy"})";
  const std::string latin = R"({"id":"y","hypothesis":"\u07d3\u07fb","log_probs":"000000.npy"})";
  test::write_file(rows_folder() + "/mixed.jsonl", missing + "\n" + latin + "\n{nonsense\n" + good);
  const test::Outcome outcome = test::run(correct("--rows '" + rows_folder() + "/mixed.jsonl' --json"));
  EXPECT_EQ(outcome.exit_code, 66) << "that of the first failure";
  EXPECT_EQ(json_lines(outcome.out).size(), 4U);
  for (const char* text : {"line 1: ", "none.npy", "line 2: ", "U+07FB", "line 3: "}) {
    EXPECT_NE(outcome.err.find(text), std::string::npos) << text << ": " << outcome.err;
  }
}

TEST_F(CliCorrect, ImpossibleFlagsAreUsageErrors) {
  expect_refusal(test::run(correct("")), 64, "either --rows, or --hyp");
  expect_refusal(test::run(correct("--rows a --hyp b")), 64, "either --rows, or --hyp");
  expect_refusal(test::run(correct("--hyp b")), 64, "one of --logits and --log-probs");
  expect_refusal(test::run(correct("--rows '" + rows() + "' --mode daring")), 64, "daring");
  expect_refusal(test::run(correct("--rows '" + rows() + "' --max-edits -1")), 64, "max edits");
  expect_refusal(test::run(correct("--rows /nowhere")), 66, "/nowhere");
}

TEST_F(CliCorrect, RankersThatDoNotFitAreRefusedBeforeAnythingIsWritten) {
  auto ranker = nlohmann::json::parse(test::read_file(kBundle + "/ranker.json"));
  const std::string path = *dir_ / "ranker.json", out = *dir_ / "out.txt";
  const auto refused = [&](const nlohmann::json& changed, const std::string& text) {
    test::write_file(path, changed.dump());
    expect_refusal(test::run(correct("--rows '" + rows() + "' -o '" + out + "' --ranker '" + path + "'")), 65, text);
    EXPECT_FALSE(std::filesystem::exists(out));
  };
  auto other = ranker;
  other["head"]["weights"] = std::string(64, '0');
  refused(other, "one of another head: head weights");
  other = ranker;
  other["version"] = 2;
  refused(other, "version: expected 1, found 2");
  other = ranker;
  other["features"][3]["weight"] = nullptr;
  refused(other, "features[3].weight");
  other = ranker;
  other["confusions"]["confusions"][0]["to"] = "x";
  refused(other, "U+0078");
  other = ranker;
  other["language_model"]["sha256"] = std::string(64, '0');
  refused(other, "the one that the ranker was fitted with");
}

TEST_F(CliCorrect, EvaluationComparesTheModesAndDrawsThem) {
  const std::string page = *dir_ / "page.html";
  const test::Outcome outcome =
      test::run("eval --json --bundle " + kBundle + " '" + (*dir_ / "manifest.tsv") + "' --report '" + page + "'");
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const auto json = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(json.at("conditions").size(), 1U);
  ASSERT_EQ(json.at("modes").size(), 5U);
  EXPECT_EQ(json.at("modes").at(0).at("mode"), "off");
  EXPECT_LE(json.at("modes").at(2).at("cer").at("rate"), json.at("modes").at(0).at("cer").at("rate"));
  const std::string html = test::read_file(page);
  for (const char* text : {"<svg", "balanced", "Thresholds and probabilities", "What was confused", "dir=\"rtl\""}) {
    EXPECT_NE(html.find(text), std::string::npos) << text;
  }
  const test::Outcome missing = test::run("eval --bundle " + kBundle + " /nowhere.tsv");
  EXPECT_EQ(missing.exit_code, 66);
  test::write_file(*dir_ / "gone.tsv", "gone.wav\t\u07d3\u07ca\n");
  expect_refusal(test::run("eval --bundle " + kBundle + " '" + (*dir_ / "gone.tsv") + "'"), 66, "line 1");
}

TEST_F(CliCorrect, FittingNeedsRowsInEveryPartAndAPlaceForTheModel) {
  const std::string out = *dir_ / "model.json";
  expect_refusal(test::run("rank fit '" + rows() + "' --bundle " + kBundle), 64, "the model would be lost");
  test::write_file(rows_folder() + "/one.jsonl", test::read_file(rows()).substr(0, test::read_file(rows()).find('\n')));
  expect_refusal(test::run("rank fit '" + rows_folder() + "/one.jsonl' --bundle " + kBundle + " -o '" + out + "'"), 65,
                 "utterances for fitting, calibrating and testing");
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace seben
