// SPDX-License-Identifier: Apache-2.0
#include "evidence/device_files.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"
#include "evidence/text.h"

namespace seben::evidence {
namespace {

using base::JsonReader;

constexpr base::JsonLimits kFileLimits{.max_bytes = std::size_t{4} << 20, .max_depth = 8, .max_values = 100'000};
constexpr std::size_t kMostParts = 512, kMostFileModes = 16;
constexpr std::int64_t kMostFileCount = std::int64_t{1} << 40;

void require_schema(const JsonReader& reader, std::string_view schema) {
  if (const std::string found = reader.string("schema"); found != schema) {
    reader.fail("schema", std::string(schema), quote(found));
  }
  static_cast<void>(reader.integer("version", 1, 1));
}

std::string digest_of(const JsonReader& reader, std::string_view key) {
  std::string text = reader.string(key);
  if (!base::is_sha256_hex(text)) reader.fail(key, "64 lower-case hexadecimal digits", quote(text));
  return text;
}

std::string name(const JsonReader& reader, std::string_view key) {
  constexpr std::size_t kMost = 256;
  std::string text = reader.string(key);
  if (text.empty() || text.size() > kMost) {
    reader.fail(key, fmt::format("1 to {} characters", kMost), fmt::format("{}", text.size()));
  }
  return text;
}

double not_below_zero(const JsonReader& reader, std::string_view key) {
  const double value = reader.number(key);
  if (value < 0.0) reader.fail(key, "0 or more", fmt::format("{}", value));
  return value;
}

ChainPart chain_part(const JsonReader& reader) {
  ChainPart part{name(reader, "name"), name(reader, "package"), std::nullopt};
  const JsonReader expected = reader.object("expected");
  if (expected.has("mean_square")) part.mean_square = not_below_zero(expected, "mean_square");
  return part;
}

DevicePackage package(const JsonReader& reader) {
  DevicePackage out{name(reader, "name"), not_below_zero(reader, "load_seconds"), std::nullopt};
  if (!reader.has("predict_seconds")) return out;
  const JsonReader times = reader.object("predict_seconds");
  out.predict = DeviceTiming{times.integer("count", 1, kMostFileCount), not_below_zero(times, "median"),
                             not_below_zero(times, "least"), not_below_zero(times, "most")};
  if (out.predict->least > out.predict->median || out.predict->median > out.predict->most) {
    times.fail("median", "a value between least and most", fmt::format("{}", out.predict->median));
  }
  return out;
}

DeviceMode device_mode(const JsonReader& reader) {
  DeviceMode mode;
  mode.compute_units = name(reader, "compute_units");
  mode.encoder_mse = not_below_zero(reader, "encoder_mse");
  mode.head_mse = not_below_zero(reader, "head_mse");
  mode.argmax_changes = reader.integer("argmax_changes", 0, kMostFileCount);
  mode.text = reader.string("text");
  for (const JsonReader& item : reader.array("packages", kMostParts)) mode.packages.push_back(package(item));
  return mode;
}

}  // namespace

DeviceChain parse_device_chain(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, kFileLimits);
  const JsonReader reader(json, source);
  require_schema(reader, "seben.harness");
  DeviceChain chain;
  chain.model = name(reader, "model");
  chain.precision = name(reader, "precision");
  chain.plan_digest = digest_of(reader, "plan_sha256");
  chain.audio_digest = digest_of(reader.object("audio"), "sha256");
  chain.audio_samples = reader.integer("audio_samples", 1, kMostFileCount);
  chain.ranker_mode = name(reader, "ranker_mode");
  for (const JsonReader& item : reader.array("stages", kMostParts)) chain.stages.push_back(chain_part(item));
  if (chain.stages.empty()) reader.fail("stages", "one or more", "none");
  chain.head = chain_part(reader.object("head"));
  chain.text = reader.string("text");
  return chain;
}

std::string fixtures_encoder(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, kFileLimits);
  const JsonReader reader(json, source);
  require_schema(reader, "seben.fixtures");
  return digest_of(reader, "encoder_sha256");
}

DeviceDetails parse_device_details(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, kFileLimits);
  const JsonReader reader(json, source);
  reader.as_object().refuse_unknown_keys(
      {"schema", "version", "run", "model", "precision", "expected_text", "corrected_text", "modes"});
  require_schema(reader, "seben.device-details");
  DeviceDetails details;
  details.run = name(reader, "run");
  details.model = name(reader, "model");
  details.precision = name(reader, "precision");
  details.expected_text = reader.string("expected_text");
  details.corrected_text = reader.string("corrected_text");
  for (const JsonReader& item : reader.array("modes", kMostFileModes)) details.modes.push_back(device_mode(item));
  if (details.modes.empty()) reader.fail("modes", "one or more", "none");
  return details;
}

}  // namespace seben::evidence
