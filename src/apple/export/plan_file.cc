// SPDX-License-Identifier: Apache-2.0
#include "export/plan_file.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "bundle/manifest.h"
#include "seben/error.h"

namespace seben::deploy {

std::string plan_text(const std::vector<ExportedPackage>& packages) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ExportedPackage& p : packages) {
    nlohmann::ordered_json item{{"file", p.file}, {"kind", mil::to_string(p.kind)}};
    if (!p.stage.empty()) item["stage"] = p.stage;
    item["inputs"] = p.inputs;
    item["outputs"] = p.outputs;
    item["model"] = {{"bytes", p.model_bytes}, {"sha256", p.model_digest}};
    item["weights"] = {{"bytes", p.weight_bytes}, {"sha256", p.weight_digest}};
    list.push_back(std::move(item));
  }
  return nlohmann::ordered_json{{"schema", "seben.coreml-plan"}, {"version", 1}, {"packages", list}}.dump(2) + "\n";
}

std::vector<ExportedPackage> parse_plan(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 20, 8, 50'000});
  const base::JsonReader reader(json, source);
  if (reader.string("schema") != "seben.coreml-plan")
    reader.fail("schema", "seben.coreml-plan", reader.string("schema"));
  static_cast<void>(reader.integer("version", 1, 1));
  std::vector<ExportedPackage> packages;
  for (const base::JsonReader& item : reader.array("packages", 256)) {
    ExportedPackage p;
    p.file = item.string("file");
    if (!bundle::is_safe_path(p.file)) item.fail("file", "a name inside of the folder", p.file);
    p.kind = mil::parse_package_kind(item.string("kind"));
    p.stage = item.string_or("stage", "");
    p.inputs = item.strings("inputs", 64);
    p.outputs = item.strings("outputs", 64);
    constexpr std::int64_t kMost = std::int64_t{1} << 50;
    p.model_bytes = static_cast<std::uint64_t>(item.object("model").integer("bytes", 0, kMost));
    p.model_digest = item.object("model").string("sha256");
    p.weight_bytes = static_cast<std::uint64_t>(item.object("weights").integer("bytes", 0, kMost));
    p.weight_digest = item.object("weights").string("sha256");
    packages.push_back(std::move(p));
  }
  return packages;
}

}  // namespace seben::deploy
