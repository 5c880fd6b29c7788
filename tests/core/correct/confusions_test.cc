// SPDX-License-Identifier: Apache-2.0
#include "correct/confusions.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::correction {
namespace {

using nlohmann::json;
using test::is_bad_data;

constexpr const char *kA = "\u07ca", *kE = "\u07cb", *kBa = "\u07d3", *kHigh = "\u07eb";

ConfusionMaps small_maps() {
  return {{{EditKind::substitution, kA, kE, 3, 9, {{"", kBa, 1, 2}, {kBa, " ", 2, 4}}},
           {EditKind::deletion, kHigh, "", 2, 8, {}},
           {EditKind::insertion, "", " ", 1, 10, {}}}};
}

ConfusionMaps read(const json& value) { return ConfusionMaps::from_json(base::JsonReader(value, "maps.json")); }

TEST(Confusions, WhatIsWrittenIsReadAgainInTheSameBytes) {
  const ConfusionMaps maps = small_maps();
  const json written = maps.to_json();
  EXPECT_EQ(read(written), maps);
  EXPECT_EQ(read(written).to_json().dump(), written.dump());
  test::TempDir dir;
  base::write_text(dir / "maps.json", written.dump(1));
  EXPECT_EQ(ConfusionMaps::load(dir / "maps.json"), maps);
  EXPECT_EQ(read(ConfusionMaps{}.to_json()), ConfusionMaps{});
}

TEST(Confusions, EveryDefectNamesItsField) {
  struct Defect {
    const char* message;
    std::function<void(json&)> make;
  };
  const auto first = [](json& j) -> json& { return j["confusions"][0]; };
  const std::vector<Defect> defects{
      {"maps.json: schema", [](json& j) { j["schema"] = "seben.ranker"; }},
      {"maps.json: version: expected 1, found 2", [](json& j) { j["version"] = 2; }},
      {"maps.json: extra", [](json& j) { j["extra"] = 1; }},
      {"confusions", [](json& j) { j.erase("confusions"); }},
      {"confusions[0].kind: expected SUB, DEL or INS, found COPY", [&](json& j) { first(j)["kind"] = "COPY"; }},
      {"confusions[0].from", [&](json& j) { first(j)["from"] = ""; }},
      {"confusions[0].from", [&](json& j) { first(j)["from"] = 7; }},
      {"confusions[0].to", [&](json& j) { first(j)["to"] = ""; }},
      {"confusions[0].to: expected another symbol", [&](json& j) { first(j)["to"] = kA; }},
      {"confusions[0].count", [&](json& j) { first(j)["count"] = 0; }},
      {"confusions[0].count", [&](json& j) { first(j)["count"] = 10; }},
      {"confusions[0].count", [&](json& j) { first(j)["count"] = 1.5; }},
      {"confusions[0].of", [&](json& j) { first(j)["of"] = 0; }},
      {"confusions[0].of", [&](json& j) { first(j)["of"] = std::int64_t{1} << 50; }},
      {"confusions[0].contexts[1].count", [&](json& j) { first(j)["contexts"][1]["count"] = 5; }},
      {"confusions[0].contexts[0].more", [&](json& j) { first(j)["contexts"][0]["more"] = 5; }},
      {"confusions[0].contexts: expected entries in order",
       [&](json& j) { first(j)["contexts"][1] = first(j)["contexts"][0]; }},
      {"confusions[1].to", [](json& j) { j["confusions"][1]["to"] = kA; }},
      {"confusions[2].from", [](json& j) { j["confusions"][2]["from"] = kA; }},
      {"maps.json: confusions: expected entries in order",
       [](json& j) { std::swap(j["confusions"][0], j["confusions"][2]); }},
      {"maps.json: confusions: expected entries in order, each once, found entry 1",
       [](json& j) { j["confusions"][1] = j["confusions"][0]; }},
  };
  for (const Defect& defect : defects) {
    json value = small_maps().to_json();
    defect.make(value);
    EXPECT_TRUE(is_bad_data(defect.message, [&] { (void)read(value); })) << defect.message;
  }
  EXPECT_TRUE(is_bad_data("object", [] { (void)read(json::array()); }));
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::no_input, "nowhere.json", [] { (void)ConfusionMaps::load("nowhere.json"); }));
}

TEST(ConfusionTable, PriorsAreShares) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  const ConfusionTable table(small_maps(), vocabulary);
  const auto label = [&](const char* text) { return vocabulary.encode(text, "test")[0]; };
  const auto changes = table.changes(label(kA));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].to, label(kE));
  EXPECT_EQ(changes[0].support, 3);
  EXPECT_DOUBLE_EQ(changes[0].prior, 3.0 / 9.0);
  ASSERT_EQ(table.changes(label(kHigh)).size(), 1U);
  EXPECT_EQ(table.changes(label(kHigh))[0].to, -1);
  EXPECT_TRUE(table.changes(label(kBa)).empty());
  ASSERT_EQ(table.insertions().size(), 1U);
  EXPECT_EQ(table.insertions()[0].to, vocabulary.space());
  EXPECT_DOUBLE_EQ(table.insertions()[0].prior, 0.1);
}

TEST(ConfusionTable, KnownContextsAreSmoothedAndOthersFallBack) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  const ConfusionTable table(small_maps(), vocabulary);
  const auto label = [&](const char* text) { return vocabulary.encode(text, "test")[0]; };
  const auto& option = table.changes(label(kA))[0];
  // (1 + 4 * 3/9) / (2 + 4) at the start before ba; (2 + 4 * 3/9) / (4 + 4) between ba and a space.
  EXPECT_DOUBLE_EQ(option.prior_at(-1, label(kBa)), (1.0 + 4.0 / 3.0) / 6.0);
  EXPECT_DOUBLE_EQ(option.prior_at(label(kBa), vocabulary.space()), (2.0 + 4.0 / 3.0) / 8.0);
  EXPECT_DOUBLE_EQ(option.prior_at(label(kBa), label(kBa)), 3.0 / 9.0);
  EXPECT_DOUBLE_EQ(option.prior_at(label(kBa), -1), 3.0 / 9.0);
  EXPECT_DOUBLE_EQ(option.prior_at(-1, -1), 3.0 / 9.0);
}

TEST(ConfusionTable, SymbolsThatTheVocabularyCannotWriteAreRefused) {
  const nko::Vocabulary vocabulary = nko::Vocabulary::nko_blank_last();
  const auto table = [&](const std::string& from, const std::string& to, const std::string& left) {
    const ConfusionMaps maps{{{EditKind::substitution, from, to, 1, 2, {{left, "", 1, 1}}}}};
    (void)ConfusionTable(maps, vocabulary);
  };
  table(kA, kE, kBa);
  EXPECT_TRUE(is_bad_data("confusions", [&] { table("x", kE, kBa); }));
  EXPECT_TRUE(is_bad_data("confusions", [&] { table(kA, "x", kBa); }));
  EXPECT_TRUE(is_bad_data("confusions", [&] { table(kA, kE, "x"); }));
  EXPECT_TRUE(is_bad_data("one class each", [&] { table(std::string(kA) + kA, kE, kBa); }));
  EXPECT_TRUE(is_bad_data("confusions", [&] { table(kA, "\u07fb", kBa); }));  // masked
}

}  // namespace
}  // namespace seben::correction
