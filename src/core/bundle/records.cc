// SPDX-License-Identifier: Apache-2.0
#include "bundle/records.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "bundle/agreement_gates.h"

namespace seben::bundle {
namespace {

constexpr std::size_t kMaxGates = 64;
constexpr std::int64_t kMaxCount = std::numeric_limits<std::int64_t>::max();

Gate gate_from_json(const base::JsonReader& json) {
  json.refuse_unknown_keys({"name", "value", "limit", "sense"});
  Gate gate{json.string("name"), json.number("value"), json.number("limit"), true};
  const std::string sense = json.string("sense");
  if (sense != "at_most" && sense != "at_least") json.fail("sense", "at_most or at_least", sense);
  gate.at_most = sense == "at_most";
  return gate;
}

nlohmann::json to_json(const Gate& gate) {
  return {{"name", gate.name},
          {"value", gate.value},
          {"limit", gate.limit},
          {"sense", gate.at_most ? "at_most" : "at_least"}};
}

std::vector<Gate> gates_from_json(const base::JsonReader& json, const char* key) {
  std::vector<Gate> gates;
  std::set<std::string> names;
  for (const base::JsonReader& gate : json.array(key, kMaxGates)) {
    gates.push_back(gate_from_json(gate));
    if (!names.insert(gates.back().name).second) gate.fail("name", "every gate once", "it again");
  }
  return gates;
}

nlohmann::json to_json(const std::vector<Gate>& gates) {
  nlohmann::json json = nlohmann::json::array();
  for (const Gate& gate : gates) json.push_back(to_json(gate));
  return json;
}

}  // namespace

bool PrecisionRecord::admitted() const noexcept {
  const auto has = [this](std::string_view name) {
    return std::any_of(gates.begin(), gates.end(), [&](const Gate& gate) { return gate.name == name && gate.at_most; });
  };
  const bool is_error_rate = has(kFeatureGate) && has(kLogitGate) && has(kDecodeGate) && rests_on_enough(gates);
  return (is_error_rate || agrees(gates)) &&
         std::all_of(gates.begin(), gates.end(), [](const Gate& gate) { return gate.holds(); });
}

bool SkewRecord::within_bounds() const noexcept {
  return clips > 0 && frames > 0 && mean_error <= max_mean_error && mean_cosine >= min_mean_cosine &&
         cer_difference <= max_cer_difference && rests_on_enough(basis);
}

bool SkewRecord::covers(const frontend::FeatureContract& other_provided,
                        const frontend::FeatureContract& other_required) const noexcept {
  return within_bounds() && provided == other_provided && required == other_required;
}

PrecisionRecord precision_record_from_json(const base::JsonReader& json) {
  json.refuse_unknown_keys({"precision", "gates", "evaluation", "utterances", "outputs_changed", "tool"});
  PrecisionRecord record;
  record.precision = json.string("precision");
  record.gates = gates_from_json(json, "gates");
  record.evaluation = json.string("evaluation");
  record.utterances = json.integer("utterances", 0, kMaxCount);
  record.outputs_changed = json.integer("outputs_changed", 0, record.utterances);
  record.tool = json.string("tool");
  return record;
}

nlohmann::json to_json(const PrecisionRecord& record) {
  return {{"precision", record.precision},
          {"gates", to_json(record.gates)},
          {"evaluation", record.evaluation},
          {"utterances", record.utterances},
          {"tool", record.tool},
          {"outputs_changed", record.outputs_changed}};
}

SkewRecord skew_record_from_json(const base::JsonReader& json) {
  json.refuse_unknown_keys({"provided", "required", "clips", "frames", "mean_error", "max_error", "mean_cosine",
                            "min_cosine", "cer_difference", "bounds", "basis", "evaluation", "tool"});
  SkewRecord record;
  record.provided = frontend::contract_from_json(json.object("provided"));
  record.required = frontend::contract_from_json(json.object("required"));
  record.clips = json.integer("clips", 1, kMaxCount);
  record.frames = json.integer("frames", 1, kMaxCount);
  record.mean_error = json.number("mean_error");
  record.max_error = json.number("max_error");
  record.mean_cosine = json.number("mean_cosine");
  record.min_cosine = json.number("min_cosine");
  record.cer_difference = json.number("cer_difference");
  const base::JsonReader bounds = json.object("bounds");
  bounds.refuse_unknown_keys({"max_mean_error", "min_mean_cosine", "max_cer_difference"});
  record.max_mean_error = bounds.number("max_mean_error");
  record.min_mean_cosine = bounds.number("min_mean_cosine");
  record.max_cer_difference = bounds.number("max_cer_difference");
  if (json.has("basis")) record.basis = gates_from_json(json, "basis");
  record.evaluation = json.string("evaluation");
  record.tool = json.string("tool");
  return record;
}

nlohmann::json to_json(const SkewRecord& record) {
  nlohmann::json json = {{"provided", frontend::to_json(record.provided)},
                         {"required", frontend::to_json(record.required)},
                         {"clips", record.clips},
                         {"frames", record.frames},
                         {"mean_error", record.mean_error},
                         {"max_error", record.max_error},
                         {"mean_cosine", record.mean_cosine},
                         {"min_cosine", record.min_cosine},
                         {"cer_difference", record.cer_difference},
                         {"bounds",
                          {{"max_mean_error", record.max_mean_error},
                           {"min_mean_cosine", record.min_mean_cosine},
                           {"max_cer_difference", record.max_cer_difference}}},
                         {"evaluation", record.evaluation},
                         {"tool", record.tool}};
  if (!record.basis.empty()) json["basis"] = to_json(record.basis);
  return json;
}

}  // namespace seben::bundle
