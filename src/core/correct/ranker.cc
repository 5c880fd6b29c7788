// SPDX-License-Identifier: Apache-2.0
#include "correct/ranker.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "correct/features.h"
#include "correct/probability.h"
#include "seben/error.h"

namespace seben::correction {
namespace {

constexpr std::string_view kRankerSchema = "seben.ranker";
constexpr std::int64_t kRankerVersion = 1;
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
constexpr std::array<std::string_view, kModes.size()> kModeNames{"aggressive", "balanced", "conservative",
                                                                 "preservation"};

constexpr double kMaxValue = 1e6, kLeastDeviation = 1e-12;  // within these a sum over the features stays a number

double read_number(const base::JsonReader& json, std::string_view key) {
  const double value = json.number(key);
  if (!(std::abs(value) <= kMaxValue)) {
    json.fail(key, base::format("a number within -{0}..{0}", kMaxValue), base::format("{}", value));
  }
  return value;
}

RankerFeature read_feature(const base::JsonReader& json, std::string_view expected) {
  json.refuse_unknown_keys({"name", "mean", "deviation", "weight"});
  RankerFeature f{json.string("name"), read_number(json, "mean"), read_number(json, "deviation"),
                  read_number(json, "weight")};
  if (f.name != expected) json.fail("name", std::string(expected), f.name);
  if (!(f.deviation >= kLeastDeviation)) {
    json.fail("deviation", base::format("a number of at least {}", kLeastDeviation), base::format("{}", f.deviation));
  }
  return f;
}

std::vector<RankerFeature> read_features(const base::JsonReader& json) {
  const auto rows = json.array("features", 1000);
  const auto names = feature_names();
  if (rows.size() != names.size()) {
    json.fail("features", base::format("{} of them", names.size()), std::to_string(rows.size()));
  }
  std::vector<RankerFeature> features;
  for (std::size_t i = 0; i < rows.size(); ++i) features.push_back(read_feature(rows[i], names[i]));
  return features;
}

std::array<double, kModes.size()> read_thresholds(const base::JsonReader& json) {
  json.refuse_unknown_keys({kModeNames[0], kModeNames[1], kModeNames[2], kModeNames[3]});
  std::array<double, kModes.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = json.number(kModeNames[i]);
    const double least = i == 0 ? 0.0 : out[i - 1];
    if (!(out[i] >= least && out[i] <= 2.0)) {
      json.fail(kModeNames[i], base::format("{}..2, not below the mode that is bolder", least),
                base::format("{}", out[i]));
    }
  }
  return out;
}

RankerLimits read_limits(const base::JsonReader& json) {
  json.refuse_unknown_keys({"max_candidates", "max_edits", "max_symbols"});
  return {json.integer("max_candidates", 1, 10'000), json.integer("max_edits", 1, 1000),
          json.integer("max_symbols", 1, 100'000)};
}

std::optional<LanguageModelIdentity> read_language_model(const base::JsonReader& json) {
  if (!json.has("language_model")) return std::nullopt;
  const base::JsonReader model = json.object("language_model");
  model.refuse_unknown_keys({"order", "sha256"});
  return LanguageModelIdentity{model.integer("order", 1, 8), model.string("sha256")};
}

}  // namespace

std::string_view to_string(Mode mode) noexcept { return kModeNames[static_cast<std::size_t>(mode)]; }

std::optional<Mode> parse_mode(std::string_view word) noexcept {
  for (const Mode mode : kModes) {
    if (to_string(mode) == word) return mode;
  }
  return std::nullopt;
}

double Ranker::contribution(std::size_t feature, double value) const noexcept {
  const RankerFeature& f = features[feature];
  return f.weight * ((value - f.mean) / f.deviation);
}

double Ranker::log_odds(std::span<const double> values) const noexcept {
  double sum = bias;
  for (std::size_t i = 0; i < values.size(); ++i) sum += contribution(i, values[i]);
  return sum;
}

double Ranker::probability(std::span<const double> values) const noexcept { return sigmoid(log_odds(values)); }

Ranker Ranker::parse(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {kMaxBytes, 16, 2'000'000});
  const base::JsonReader reader(json, source);
  (void)reader.as_object();
  if (reader.string("schema") != kRankerSchema)
    reader.fail("schema", std::string(kRankerSchema), reader.string("schema"));
  if (const auto version = reader.integer("version", 0, 1'000'000); version != kRankerVersion) {
    reader.fail("version", std::to_string(kRankerVersion), std::to_string(version));
  }
  reader.refuse_unknown_keys(
      {"schema", "version", "features", "bias", "thresholds", "limits", "confusions", "head", "language_model", "fit"});
  Ranker out;
  out.features = read_features(reader);
  out.bias = read_number(reader, "bias");
  out.thresholds = read_thresholds(reader.object("thresholds"));
  out.limits = read_limits(reader.object("limits"));
  out.confusions = ConfusionMaps::from_json(reader.object("confusions"));
  out.head = HeadIdentity::from_json(reader.object("head"));
  out.language_model = read_language_model(reader);
  out.fit = reader.object("fit").as_object().value().dump();
  return out;
}

Ranker Ranker::load(const std::string& path) { return parse(base::read_text(path, kMaxBytes), path); }

std::string Ranker::to_text() const {
  nlohmann::json rows = nlohmann::json::array();
  for (const RankerFeature& f : features) {
    rows.push_back({{"name", f.name}, {"mean", f.mean}, {"deviation", f.deviation}, {"weight", f.weight}});
  }
  nlohmann::json json = {{"schema", kRankerSchema}, {"version", kRankerVersion}, {"features", rows}, {"bias", bias}};
  for (const Mode mode : kModes) json["thresholds"][std::string(to_string(mode))] = threshold(mode);
  json["limits"] = {
      {"max_candidates", limits.max_candidates}, {"max_edits", limits.max_edits}, {"max_symbols", limits.max_symbols}};
  json["confusions"] = confusions.to_json();
  json["head"] = head.to_json();
  json["language_model"] = nullptr;
  if (language_model) {
    json["language_model"] = {{"order", language_model->order}, {"sha256", language_model->sha256}};
  }
  json["fit"] = nlohmann::json::parse(fit);
  return json.dump(1) + "\n";
}

}  // namespace seben::correction
