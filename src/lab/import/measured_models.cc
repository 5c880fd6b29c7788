// SPDX-License-Identifier: Apache-2.0
#include "import/measured_models.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/json.h"
#include "base/sha256.h"

namespace seben::bundle {
namespace {

constexpr std::size_t kMaxMeasuredText = std::size_t{4} << 20;
constexpr std::size_t kMaxMeasuredModels = 10'000;

std::string measured_digest(const base::JsonReader& json, const char* key) {
  std::string digest = json.string(key);
  if (!base::is_sha256_hex(digest)) json.fail(key, "64 lowercase hexadecimal digits", digest);
  return digest;
}

frontend::Framing measured_framing(const base::JsonReader& json) {
  json.refuse_unknown_keys({"padding", "scope"});
  const auto padding = frontend::parse_padding(json.string("padding"));
  const auto scope = frontend::parse_scope(json.string("scope"));
  if (!padding) json.fail("padding", "samples or log_mel", json.string("padding"));
  if (!scope) json.fail("scope", "window or recording", json.string("scope"));
  return {*padding, *scope};
}

MeasuredModel measured_model(const base::JsonReader& json) {
  json.as_object().refuse_unknown_keys({"name", "encoder", "decoder", "mel", "manifest", "command", "precisions"});
  MeasuredModel model;
  model.name = json.string("name");
  model.weights = {measured_digest(json, "encoder"), measured_digest(json, "decoder"),
                   measured_framing(json.object("mel"))};
  model.manifest = measured_digest(json, "manifest");
  model.command = json.string("command");
  std::set<std::string> precisions;
  for (const base::JsonReader& entry : json.array("precisions", 10)) {
    PrecisionRecord record = precision_record_from_json(entry);
    if (record.precision != "bf16" && record.precision != "int8") {
      entry.fail("precision", "bf16 or int8", record.precision);
    }
    if (!precisions.insert(record.precision).second) entry.fail("precision", "every precision once", "it again");
    if (!record.admitted()) entry.fail("gates", "gates that admit " + record.precision, "one that does not");
    model.precisions.push_back(std::move(record));
  }
  return model;
}

}  // namespace

std::vector<MeasuredModel> parse_measured_models(std::string_view text, const std::string& source) {
  const nlohmann::json value = base::parse_json(text, source, {kMaxMeasuredText, 12, 500'000});
  const base::JsonReader json(value, source);
  json.as_object().refuse_unknown_keys({"schema", "version", "models"});
  if (json.string("schema") != "seben.measured") json.fail("schema", "seben.measured", json.string("schema"));
  (void)json.integer("version", 1, 1);
  std::vector<MeasuredModel> models;
  for (const base::JsonReader& entry : json.array("models", kMaxMeasuredModels)) {
    MeasuredModel model = measured_model(entry);
    const bool is_known =
        std::ranges::any_of(models, [&](const MeasuredModel& known) { return known.weights == model.weights; });
    if (is_known) entry.fail("decoder", "every weights once", "them again");
    models.push_back(std::move(model));
  }
  return models;
}

std::vector<PrecisionRecord> shipped_records(const MeasuredWeights& weights) {
  for (MeasuredModel& model : parse_measured_models(builtin_measured_text(), "measured models")) {
    if (model.weights == weights) return std::move(model.precisions);
  }
  return {};
}

}  // namespace seben::bundle
