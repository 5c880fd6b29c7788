// SPDX-License-Identifier: Apache-2.0
#include "evidence/compute_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::evidence {
namespace {

nlohmann::json good() {
  return nlohmann::json::parse(R"({"format":"seben-compute-plan","version":1,"model":"head.mlmodelc",
    "compute_units":"all","operations":[
      {"name":"w","type":"const","preferred":null,"supported":[],"cost":null},
      {"name":"linear_0","type":"ios16.linear","preferred":"ane","supported":["ane","gpu","cpu"],"cost":0.75},
      {"name":"linear_1","type":"ios16.linear","preferred":"cpu","supported":["cpu"],"cost":0.125},
      {"name":"gelu_0","type":"ios16.gelu","preferred":"gpu","supported":["gpu","cpu"],"cost":0.125}]})");
}

Verdict judge(const std::string& text) {
  Verdict verdict = analyse_compute_plan(text, "dir/plan.json");
  EXPECT_EQ(verdict.passed, verdict.status == Status::compute_plan_read);
  EXPECT_FALSE(verdict.reason.empty());
  return verdict;
}

TEST(ComputePlan, CountsByUnit) {
  const Verdict verdict = judge(good().dump());
  EXPECT_TRUE(verdict.passed) << to_json(verdict).dump(1);
  EXPECT_EQ(verdict.facts["operations"], 4);
  EXPECT_EQ(verdict.facts["preferred"], nlohmann::ordered_json({{"ane", 1}, {"gpu", 1}, {"cpu", 1}, {"none", 1}}));
  EXPECT_EQ(verdict.facts["supported"], nlohmann::ordered_json({{"ane", 1}, {"gpu", 2}, {"cpu", 3}}));
  EXPECT_EQ(verdict.facts["cost"]["ane"], 0.75);
  EXPECT_EQ(verdict.facts["by_type"]["ios16.linear"]["preferred"]["ane"], 1);
  EXPECT_EQ(verdict.facts["not_on_ane"], 2);
  EXPECT_EQ(verdict.facts["not_on_ane_first"][0]["name"], "linear_1");
}

TEST(ComputePlan, SaysThatItIsAnIntention) {
  const Verdict verdict = judge(good().dump());
  EXPECT_THAT(verdict.reason, testing::HasSubstr("intends, not where anything ran"));
  EXPECT_THAT(verdict.facts["meaning"].get<std::string>(), testing::HasSubstr("intends"));
}

TEST(ComputePlan, TruncationNeverPasses) {
  const std::string text = good().dump();
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(judge(text.substr(0, size)).passed) << size;
}

TEST(ComputePlan, OtherFilesAreUnknown) {
  EXPECT_EQ(judge("").status, Status::unknown_output);
  EXPECT_EQ(judge("[]").status, Status::unknown_output);
  EXPECT_EQ(judge(R"({"format":"other","version":1})").status, Status::unknown_output);
}

TEST(ComputePlan, EveryFieldIsRequiredAndChecked) {
  const auto with = [](const char* pointer, const nlohmann::json& value) {
    nlohmann::json plan = good();
    plan[nlohmann::json::json_pointer(pointer)] = value;
    return judge(plan.dump()).status;
  };
  const std::vector<std::pair<const char*, nlohmann::json>> wrong{
      {"/version", 2},
      {"/model", ""},
      {"/compute_units", "everything"},
      {"/operations", nlohmann::json::array()},
      {"/operations", 3},
      {"/operations/0/name", "linear_0"},
      {"/operations/1/preferred", "tpu"},
      {"/operations/1/preferred", 1},
      {"/operations/1/supported", {"gpu", "cpu"}},
      {"/operations/1/supported", {"ane", "ane"}},
      {"/operations/1/supported", {"ane", "npu"}},
      {"/operations/0/supported", {"ane"}},
      {"/operations/1/cost", -0.1},
      {"/operations/1/cost", 1.5},
      {"/operations/1/cost", 0.99},  // more than 1 together
      {"/operations/1/cost", "0.1"},
      {"/operations/1/extra", 1},
      {"/extra", 1},
  };
  for (const auto& [pointer, value] : wrong) {
    EXPECT_EQ(with(pointer, value), Status::compute_plan_invalid) << pointer << " " << value;
  }
  for (const char* key : {"version", "model", "compute_units", "operations"}) {
    nlohmann::json plan = good();
    plan.erase(key);
    EXPECT_EQ(judge(plan.dump()).status, Status::compute_plan_invalid) << key;
  }
  for (const char* key : {"name", "type", "preferred", "supported", "cost"}) {
    nlohmann::json plan = good();
    plan["operations"][1].erase(key);
    EXPECT_EQ(judge(plan.dump()).status, Status::compute_plan_invalid) << key;
  }
}

TEST(ComputePlan, PlanWithoutAnyPreferenceIsInvalid) {
  nlohmann::json plan = good();
  plan["operations"].erase(plan["operations"].begin() + 1, plan["operations"].end());
  EXPECT_EQ(judge(plan.dump()).status, Status::compute_plan_invalid);
}

TEST(ComputePlan, OperationsAreRead) {
  const ComputePlan plan = parse_compute_plan(good().dump(), "plan.json");
  ASSERT_EQ(plan.operations.size(), 4U);
  EXPECT_EQ(plan.operations[1].preferred, Unit::ane);
  EXPECT_EQ(plan.operations[0].preferred, std::nullopt);
  EXPECT_THAT(plan.operations[3].supported, testing::ElementsAre(Unit::gpu, Unit::cpu));
  EXPECT_TRUE(test::is_bad_data("plan.json: operations[1].preferred: expected ane, gpu or cpu", [] {
    nlohmann::json bad = good();
    bad["operations"][1]["preferred"] = "tpu";
    static_cast<void>(parse_compute_plan(bad.dump(), "plan.json"));
  }));
}

TEST(ComputePlan, FilesAreRead) {
  const test::TempDir dir;
  test::write_file(dir / "plan.json", good().dump());
  EXPECT_TRUE(analyse_compute_plan_file(dir / "plan.json").passed);
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "readable",
                               [&] { static_cast<void>(analyse_compute_plan_file(dir / "none.json")); }));
}

}  // namespace
}  // namespace seben::evidence
