// SPDX-License-Identifier: Apache-2.0
#include "proofs/request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"
#include "bundle/manifest.h"

namespace seben::proof {
namespace {

constexpr std::string_view kRequestSchema = "seben.proof-request";

std::string digest(const base::JsonReader& reader, std::string_view key) {
  std::string value = reader.string(key);
  if (!base::is_sha256_hex(value)) reader.fail(key, "64 lower-case hexadecimal digits", value);
  return value;
}

// Names become names of files and folders.
std::vector<std::string> names(const base::JsonReader& reader, std::string_view key, std::size_t most) {
  std::vector<std::string> out = reader.strings(key, most);
  if (out.empty()) reader.fail(key, "one or more", "none");
  for (std::size_t i = 0; i < out.size(); ++i) {
    const bool plain = bundle::is_safe_path(out[i]) && out[i].find('/') == std::string::npos && out[i].size() <= 64;
    if (!plain) reader.fail(key, "plain names", out[i]);
    for (std::size_t j = 0; j < i; ++j) {
      if (out[j] == out[i]) reader.fail(key, "each once", out[i] + " twice");
    }
  }
  return out;
}

}  // namespace

std::string_view to_string(Target target) noexcept { return target == Target::native ? "native" : "package"; }

std::string to_text(const Request& r) {
  nlohmann::ordered_json json{{"schema", kRequestSchema},
                              {"version", 1},
                              {"target", to_string(r.target)},
                              {"model", r.model},
                              {"bundle_sha256", r.bundle_digest},
                              {"audio", r.audio},
                              {"audio_sha256", r.audio_digest},
                              {"modes", r.modes},
                              {"stages", r.stages},
                              {"runner", r.runner},
                              {"threads", r.threads},
                              {"repetitions", r.repetitions},
                              {"min_free_bytes", r.min_free},
                              {"gates_sha256", r.gates_digest},
                              {"tool", r.tool},
                              {"program_sha256", r.program_digest}};
  nlohmann::ordered_json plans = nlohmann::ordered_json::object();
  for (const auto& [mode, sha] : r.plans) plans[mode] = sha;
  json["plans"] = std::move(plans);
  return json.dump(2) + "\n";
}

std::string difference(const Request& a, const Request& b) {
  const auto left = nlohmann::ordered_json::parse(to_text(a)), right = nlohmann::ordered_json::parse(to_text(b));
  for (const auto& [key, value] : left.items()) {
    if (value != right[key]) return key;
  }
  return {};
}

Request parse_request(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 20, 4, 5000});
  const base::JsonReader reader(json, source);
  if (reader.string("schema") != kRequestSchema)
    reader.fail("schema", std::string(kRequestSchema), reader.string("schema"));
  static_cast<void>(reader.integer("version", 1, 1));
  Request r;
  const std::string target = reader.string("target");
  if (target != "native" && target != "package") reader.fail("target", "native or package", target);
  r.target = target == "native" ? Target::native : Target::package;
  r.model = reader.string("model");
  r.bundle_digest = digest(reader, "bundle_sha256");
  r.audio = reader.string("audio");
  r.audio_digest = digest(reader, "audio_sha256");
  r.modes = names(reader, "modes", 16);
  r.stages = names(reader, "stages", 512);
  r.runner = reader.string("runner");
  r.threads = reader.integer("threads", 1, 4096);
  r.repetitions = reader.integer("repetitions", 1, 1000);
  r.min_free = static_cast<std::uint64_t>(reader.integer("min_free_bytes", 0, std::int64_t{1} << 62));
  r.gates_digest = digest(reader, "gates_sha256");
  r.tool = reader.string("tool");
  r.program_digest = reader.string("program_sha256");
  const base::JsonReader plans = reader.object("plans");
  for (const std::string& mode : plans.keys()) r.plans[mode] = digest(plans, mode);
  if (to_text(r) != text) reader.fail("schema", "the form that Seben writes", "another one");
  return r;
}

std::string mode_file(std::string_view mode, std::string_view name) { return fmt::format("modes/{}/{}", mode, name); }

std::string stage_file(std::size_t number, std::string_view stage) {
  return fmt::format("stage-{:02}-{}.npy", number, stage);
}

std::string run_name(const Request& request, std::string_view mode) {
  return fmt::format("{}-{}", base::sha256_hex(to_text(request)).substr(0, 16), mode).substr(0, 64);
}

std::string model_digest(const Request& request, const std::string& mode) {
  const auto it = request.plans.find(mode);
  return it == request.plans.end() ? request.bundle_digest : it->second;
}

}  // namespace seben::proof
