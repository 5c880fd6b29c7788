// SPDX-License-Identifier: Apache-2.0
// Feature policies as texts and as JSON.

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "base/json.h"
#include "base/sha256.h"
#include "codecs/feature_codec.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

constexpr std::string_view kSchema = "seben.feature-codec";

Assignment parse_assignment(const std::string& word, const base::JsonReader& json) {
  for (const Assignment a : {Assignment::uniform, Assignment::agp, Assignment::energy, Assignment::random}) {
    if (word == to_string(a)) return a;
  }
  json.fail("assignment", "uniform, agp, energy or random", word);
}

double threshold(const base::JsonReader& json, std::string_view key) {
  const double value = json.number(key);
  if (!(std::abs(value) <= 10.0)) json.fail(key, "a number between -10 and 10", base::format("{}", value));
  return value;
}

CodecSpec codec_of(const base::JsonReader& json, std::string_view key) {
  const std::string text = json.string(key);
  try {
    return parse_codec(text, json.where(key));
  } catch (const Error& error) {
    json.fail(key, error.expected(), error.found());
  }
}

}  // namespace

std::string_view to_string(Assignment assignment) noexcept {
  switch (assignment) {
    case Assignment::uniform: return "uniform";
    case Assignment::agp: return "agp";
    case Assignment::energy: return "energy";
    case Assignment::random: break;
  }
  return "random";
}

FeaturePolicy policy_from_json(const base::JsonReader& json) {
  FeaturePolicy policy;
  if (json.string("schema") != kSchema) json.fail("schema", std::string(kSchema), json.string("schema"));
  if (json.integer("version", 0, 1'000'000) != 1) json.fail("version", "1", "another");
  policy.assignment = parse_assignment(json.string("assignment"), json);
  if (policy.assignment == Assignment::uniform) {
    json.refuse_unknown_keys({"schema", "version", "assignment", "codec"});
    policy.codecs.fill(codec_of(json, "codec"));
    return policy;
  }
  json.refuse_unknown_keys({"schema", "version", "assignment", "codecs", "thresholds", "seed", "fitted"});
  const base::JsonReader codecs = json.object("codecs");
  for (std::size_t i = 0; i < kFrameClasses; ++i) {
    policy.codecs[i] = codec_of(codecs, to_string(static_cast<FrameClass>(i)));
  }
  const base::JsonReader t = json.object("thresholds");
  policy.thresholds = {threshold(t, "novelty"), threshold(t, "commitment"), threshold(t, "stability"),
                       threshold(t, "pressure"), threshold(t, "uncertainty")};
  policy.seed = static_cast<std::uint64_t>(json.integer_or("seed", 1, 0, 1'000'000'000));
  if (json.has("fitted")) policy.fitted = json.object("fitted").value().dump();
  return policy;
}

nlohmann::json to_json(const FeaturePolicy& policy) {
  nlohmann::json json = {{"schema", kSchema}, {"version", 1}, {"assignment", to_string(policy.assignment)}};
  if (policy.assignment == Assignment::uniform) {
    json["codec"] = to_string(policy.codecs.front());
    return json;
  }
  for (std::size_t i = 0; i < kFrameClasses; ++i) {
    json["codecs"][std::string(to_string(static_cast<FrameClass>(i)))] = to_string(policy.codecs[i]);
  }
  json["thresholds"] = {{"novelty", policy.thresholds.novelty},
                        {"commitment", policy.thresholds.commitment},
                        {"stability", policy.thresholds.stability},
                        {"pressure", policy.thresholds.pressure},
                        {"uncertainty", policy.thresholds.uncertainty}};
  json["seed"] = policy.seed;
  json["fitted"] = nlohmann::json::parse(policy.fitted);
  return json;
}

FeaturePolicy parse_feature_policy(const std::string& text, const std::string& where) {
  for (const Assignment a : {Assignment::agp, Assignment::energy, Assignment::random}) {
    const std::string prefix = std::string(to_string(a)) + ":";
    if (!text.starts_with(prefix)) continue;
    const std::string path = text.substr(prefix.size());
    const nlohmann::json json = base::read_json(path, {.max_bytes = 1 << 20});
    FeaturePolicy policy = policy_from_json(base::JsonReader(json, path));
    if (policy.assignment == Assignment::uniform) {
      throw Error(ErrorCategory::bad_data, path + ": assignment", "a policy with classes", "uniform");
    }
    policy.assignment = a;
    return policy;
  }
  FeaturePolicy policy;
  policy.codecs.fill(parse_codec(text, where));
  return policy;
}

std::string record_name(const FeaturePolicy& policy) {
  if (policy.assignment == Assignment::uniform) return to_string(policy.codecs.front());
  nlohmann::json json = to_json(policy);
  json.erase("fitted");  // what it was fitted on does not change what it does
  return std::string(to_string(policy.assignment)) + "-" + base::sha256_hex(json.dump()).substr(0, 12);
}

std::string name_of(const FeaturePolicy& policy) {
  if (policy.assignment == Assignment::uniform) return to_string(policy.codecs.front());
  std::string out = std::string(to_string(policy.assignment)) + "(";
  for (std::size_t i = 0; i < kFrameClasses; ++i) out += (i == 0 ? "" : ",") + to_string(policy.codecs[i]);
  return out + ")";
}

}  // namespace seben::quant
