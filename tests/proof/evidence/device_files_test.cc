// SPDX-License-Identifier: Apache-2.0
// chain.json, fixtures.json and details.json of a device: every field is required, typed and bounded.
#include "evidence/device_files.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/errors.h"

namespace seben::evidence {
namespace {

using Json = nlohmann::json;
using test::is_bad_data;

Json good_chain() {
  return {{"schema", "seben.harness"},
          {"version", 1},
          {"model", "demo"},
          {"precision", "fp16"},
          {"plan_sha256", std::string(64, 'a')},
          {"audio", {{"sha256", std::string(64, 'b')}}},
          {"audio_samples", 480000},
          {"ranker_mode", "balanced"},
          {"stages", {{{"name", "convpos"}, {"package", "s.mlpackage"}, {"expected", {{"mean_square", 2.5}}}}}},
          {"head", {{"name", "head"}, {"package", "head.mlpackage"}, {"expected", Json::object()}}},
          {"text", "\u07CA"}};
}

Json good_details() {
  const Json predict{{"count", 5}, {"median", 0.2}, {"least", 0.1}, {"most", 0.4}};
  return {{"schema", "seben.device-details"},
          {"version", 1},
          {"run", "r"},
          {"model", "demo"},
          {"precision", "fp16"},
          {"expected_text", "\u07CA"},
          {"corrected_text", "\u07CB"},
          {"modes",
           {{{"compute_units", "all"},
             {"encoder_mse", 1e-6},
             {"head_mse", 1e-5},
             {"argmax_changes", 2},
             {"text", "\u07CA"},
             {"packages",
              {{{"name", "head"}, {"load_seconds", 0.5}, {"predict_seconds", predict}},
               {{"name", "convpos"}, {"load_seconds", 0.25}}}}}}}};
}

DeviceChain chain_of(const Json& json) { return parse_device_chain(json.dump(), "chain.json"); }
DeviceDetails details_of(const Json& json) { return parse_device_details(json.dump(), "details.json"); }

TEST(DeviceChain, IsRead) {
  const DeviceChain chain = chain_of(good_chain());
  EXPECT_EQ(chain.model, "demo");
  EXPECT_EQ(chain.plan_digest, std::string(64, 'a'));
  EXPECT_EQ(chain.audio_digest, std::string(64, 'b'));
  EXPECT_EQ(chain.audio_samples, 480000);
  ASSERT_EQ(chain.stages.size(), 1U);
  EXPECT_EQ(chain.stages[0].name, "convpos");
  EXPECT_EQ(chain.stages[0].mean_square, 2.5);
  EXPECT_EQ(chain.head.mean_square, std::nullopt);
  EXPECT_EQ(chain.text, "\u07CA");
}

TEST(DeviceChain, EveryFieldIsRequired) {
  const Json good = good_chain();
  for (const auto& item : good.items()) {
    Json spoilt = good_chain();
    spoilt.erase(item.key());
    EXPECT_TRUE(is_bad_data(item.key(), [&] { (void)chain_of(spoilt); })) << item.key();
    spoilt[item.key()] = nullptr;
    EXPECT_TRUE(is_bad_data(item.key(), [&] { (void)chain_of(spoilt); })) << item.key();
  }
}

TEST(DeviceChain, ValuesThatCannotBe) {
  const std::vector<std::pair<const char*, Json>> bad{{"/schema", "seben.other"},
                                                      {"/version", 2},
                                                      {"/model", ""},
                                                      {"/model", std::string(257, 'm')},
                                                      {"/plan_sha256", std::string(63, 'a')},
                                                      {"/audio/sha256", std::string(64, 'A')},
                                                      {"/audio_samples", 0},
                                                      {"/stages", Json::array()},
                                                      {"/stages/0/expected/mean_square", -1.0}};
  for (const auto& [place, value] : bad) {
    Json spoilt = good_chain();
    spoilt[Json::json_pointer(place)] = value;
    EXPECT_TRUE(is_bad_data("chain.json", [&] { (void)chain_of(spoilt); })) << place;
  }
}

TEST(DeviceDetails, AreRead) {
  const DeviceDetails details = details_of(good_details());
  EXPECT_EQ(details.run, "r");
  EXPECT_EQ(details.corrected_text, "\u07CB");
  ASSERT_EQ(details.modes.size(), 1U);
  const DeviceMode& mode = details.modes[0];
  EXPECT_EQ(mode.argmax_changes, 2);
  ASSERT_EQ(mode.packages.size(), 2U);
  ASSERT_TRUE(mode.packages[0].predict.has_value());
  EXPECT_EQ(mode.packages[0].predict->median, 0.2);
  EXPECT_FALSE(mode.packages[1].predict.has_value());
}

TEST(DeviceDetails, EveryFieldIsRequiredAndNoOtherAllowed) {
  const Json good = good_details();
  for (const auto& item : good.items()) {
    Json spoilt = good_details();
    spoilt.erase(item.key());
    EXPECT_TRUE(is_bad_data(item.key(), [&] { (void)details_of(spoilt); })) << item.key();
  }
  Json more = good_details();
  more["extra"] = 1;
  EXPECT_TRUE(is_bad_data("extra", [&] { (void)details_of(more); }));
  for (const char* key : {"compute_units", "encoder_mse", "head_mse", "argmax_changes", "text", "packages"}) {
    Json spoilt = good_details();
    spoilt["modes"][0].erase(key);
    EXPECT_TRUE(is_bad_data(key, [&] { (void)details_of(spoilt); })) << key;
  }
}

TEST(DeviceDetails, ValuesThatCannotBe) {
  const std::vector<std::pair<const char*, Json>> bad{{"/modes", Json::array()},
                                                      {"/modes/0/encoder_mse", -1e-9},
                                                      {"/modes/0/argmax_changes", -1},
                                                      {"/modes/0/packages/0/load_seconds", -0.1},
                                                      {"/modes/0/packages/0/predict_seconds/count", 0},
                                                      {"/modes/0/packages/0/predict_seconds/median", 0.05},
                                                      {"/modes/0/packages/0/predict_seconds/median", 0.5}};
  for (const auto& [place, value] : bad) {
    Json spoilt = good_details();
    spoilt[Json::json_pointer(place)] = value;
    EXPECT_TRUE(is_bad_data("details.json", [&] { (void)details_of(spoilt); })) << place;
  }
}

TEST(DeviceFixtures, NameTheEncoder) {
  const std::string digest(64, 'c');
  EXPECT_EQ(fixtures_encoder(R"({"schema": "seben.fixtures", "version": 1, "encoder_sha256": ")" + digest + "\"}", "f"),
            digest);
  EXPECT_TRUE(is_bad_data("encoder_sha256", [] {
    (void)fixtures_encoder(R"({"schema": "seben.fixtures", "version": 1, "encoder_sha256": "short"})", "f");
  }));
  EXPECT_TRUE(is_bad_data("schema", [] { (void)fixtures_encoder(R"({"schema": "x", "version": 1})", "f"); }));
}

}  // namespace
}  // namespace seben::evidence
