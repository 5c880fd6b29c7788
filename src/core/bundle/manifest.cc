// SPDX-License-Identifier: Apache-2.0
#include "bundle/manifest.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "base/format.h"
#include "base/inner_path.h"
#include "base/json.h"
#include "base/sha256.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

constexpr std::string_view kSchema = "seben.bundle";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxFiles = 10'000;
constexpr std::size_t kMaxPath = 240;
constexpr base::JsonLimits kLimits{.max_bytes = std::size_t{8} << 20, .max_depth = 16, .max_values = 500'000};
constexpr std::array kRoles{
    Role::encoder,           Role::encoder_config, Role::head,    Role::vocabulary,     Role::ranker,
    Role::language_model,    Role::language_guard, Role::decoder, Role::decoder_config, Role::tokenizer,
    Role::generation_config, Role::card,           Role::licence, Role::sample,         Role::other};

Role read_role(const base::JsonReader& json) {
  const std::string name = json.string("role");
  const auto* const found =
      std::find_if(kRoles.begin(), kRoles.end(), [&](Role role) { return to_string(role) == name; });
  if (found == kRoles.end()) {
    json.fail(
        "role",
        "encoder, encoder-config, head, vocabulary, ranker, language-model, language-guard, decoder, decoder-config, "
        "tokenizer, generation-config, card, licence, sample or other",
        name);
  }
  return *found;
}

FileEntry read_file(const base::JsonReader& json) {
  json.refuse_unknown_keys({"path", "bytes", "sha256", "role"});
  FileEntry entry;
  entry.path = json.string("path");
  if (!is_safe_path(entry.path)) json.fail("path", "a relative path that stays inside the bundle", entry.path);
  entry.bytes = static_cast<std::uint64_t>(json.integer("bytes", 0, std::numeric_limits<std::int64_t>::max()));
  entry.sha256 = json.string("sha256");
  if (!base::is_sha256_hex(entry.sha256)) json.fail("sha256", "64 lowercase hexadecimal digits", "something else");
  entry.role = read_role(json);
  return entry;
}

bool may_repeat(Role role) {
  return role == Role::sample || role == Role::other || role == Role::decoder || role == Role::decoder_config ||
         role == Role::tokenizer || role == Role::generation_config;
}

// Two names that differ only in case are one file on some systems.
std::string folded(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::vector<FileEntry> read_files(const base::JsonReader& json) {
  std::vector<FileEntry> files;
  std::set<std::string> paths{std::string(kManifestName)};
  std::set<Role> roles;
  for (const base::JsonReader& element : json.array("files", kMaxFiles)) {
    files.push_back(read_file(element));
    const FileEntry& entry = files.back();
    if (!paths.insert(folded(entry.path)).second) element.fail("path", "every path once", entry.path + " again");
    if (!may_repeat(entry.role) && !roles.insert(entry.role).second) {
      element.fail("role", base::format("one file of role {}", to_string(entry.role)), "another");
    }
  }
  return files;
}

EncoderEntry read_encoder(const base::JsonReader& json) {
  json.refuse_unknown_keys({"variant", "subsample"});
  return {json.string("variant"), json.integer("subsample", 1, 1000)};
}

HeadEntry read_head(const base::JsonReader& json) {
  json.refuse_unknown_keys({"kind", "stride", "input_dim", "classes"});
  constexpr std::int64_t max_size = 1'000'000;
  return {json.string("kind"), json.integer("stride", 1, 1000), json.integer("input_dim", 1, max_size),
          json.integer("classes", 1, max_size)};
}

void read_contracts(const base::JsonReader& json, Manifest& manifest) {
  const base::JsonReader contract = json.object("contract");
  contract.refuse_unknown_keys({"provides", "requires"});
  if (contract.has("provides")) manifest.provides = frontend::contract_from_json(contract.object("provides"));
  if (manifest.head) {
    manifest.required = frontend::contract_from_json(contract.object("requires"));
  } else if (contract.has("requires")) {
    contract.fail("requires", "nothing, as there is no head", "one");
  }
  if (manifest.provides.has_value() != manifest.encoder.has_value()) {
    contract.fail("provides", manifest.encoder ? "the encoder's contract" : "nothing, as there is no encoder",
                  manifest.encoder ? "nothing" : "one");
  }
}

void read_records(const base::JsonReader& json, Manifest& manifest) {
  constexpr std::size_t max_records = 100;
  std::set<std::string> seen{"f32"};
  for (const base::JsonReader& record : json.array("precisions", max_records)) {
    manifest.precisions.push_back(precision_record_from_json(record));
    const std::string& precision = manifest.precisions.back().precision;
    if (!seen.insert(precision).second) record.fail("precision", "every precision but f32 once", precision);
  }
  for (const base::JsonReader& record : json.array("skew", max_records)) {
    manifest.skew.push_back(skew_record_from_json(record));
  }
}

// Which roles there have to be.
void require_roles(const base::JsonReader& json, const Manifest& manifest) {
  const auto require = [&](Role role, bool wanted) {
    if ((manifest.find(role) != nullptr) == wanted) return;
    json.fail("files", base::format("{} file of role {}", wanted ? "a" : "no", to_string(role)),
              wanted ? "none" : "one");
  };
  require(Role::head, manifest.head.has_value());
  require(Role::vocabulary, manifest.head.has_value());
  if (!manifest.head) {
    require(Role::ranker, false);
    require(Role::language_model, false);
    require(Role::language_guard, false);
  }
  if (!manifest.encoder && !manifest.decoders.empty()) {
    json.fail("decoders", "none, as there is no encoder", std::to_string(manifest.decoders.size()));
  }
  require(Role::encoder, manifest.encoder.has_value());
  require(Role::encoder_config, manifest.encoder.has_value());
}

nlohmann::ordered_json to_ordered(const FileEntry& file) {
  return {
      {"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}, {"role", std::string(to_string(file.role))}};
}

nlohmann::ordered_json to_ordered(const HeadEntry& head) {
  return {{"kind", head.kind}, {"stride", head.stride}, {"input_dim", head.input_dim}, {"classes", head.classes}};
}

}  // namespace

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::encoder: return "encoder";
    case Role::encoder_config: return "encoder-config";
    case Role::head: return "head";
    case Role::vocabulary: return "vocabulary";
    case Role::ranker: return "ranker";
    case Role::language_model: return "language-model";
    case Role::language_guard: return "language-guard";
    case Role::decoder: return "decoder";
    case Role::decoder_config: return "decoder-config";
    case Role::tokenizer: return "tokenizer";
    case Role::generation_config: return "generation-config";
    case Role::card: return "card";
    case Role::licence: return "licence";
    case Role::sample: return "sample";
    case Role::other: return "other";
  }
  return "unknown";
}

const FileEntry* Manifest::find(Role role) const noexcept {
  const auto found =
      std::find_if(files.begin(), files.end(), [role](const FileEntry& entry) { return entry.role == role; });
  return found == files.end() ? nullptr : &*found;
}

bool is_safe_path(std::string_view path) noexcept {
  return base::is_inner_path(path, kMaxPath) && path.find(':') == std::string_view::npos;
}

Manifest parse_manifest(std::string_view text, const std::string& source) {
  const nlohmann::json value = base::parse_json(text, source, kLimits);
  const base::JsonReader json(value, source);
  // Version first: a later one may well have other keys, and then its number is what matters.
  if (const std::string schema = json.string("schema"); schema != kSchema) {
    json.fail("schema", std::string(kSchema), schema);
  }
  const std::int64_t version = json.integer("version", 0, std::numeric_limits<std::int64_t>::max());
  if (version != kVersion) json.fail("version", std::to_string(kVersion), std::to_string(version));
  json.refuse_unknown_keys({"schema", "version", "name", "licence", "files", "encoder", "head", "decoders", "contract",
                            "precisions", "skew", "provenance"});
  Manifest manifest;
  manifest.name = json.string("name");
  manifest.licence = json.string("licence");
  manifest.files = read_files(json);
  if (json.has("encoder")) manifest.encoder = read_encoder(json.object("encoder"));
  if (json.has("head")) manifest.head = read_head(json.object("head"));
  manifest.decoders = read_decoders(json, manifest.files);
  if (!manifest.head && manifest.decoders.empty())
    json.fail("head", "a head, or a text decoder in decoders", "neither");
  read_contracts(json, manifest);
  read_records(json, manifest);
  manifest.provenance = json.object("provenance").value().dump();
  require_roles(json, manifest);
  return manifest;
}

std::string to_text(const Manifest& manifest) {
  using Ordered = nlohmann::ordered_json;
  Ordered json{{"schema", std::string(kSchema)},
               {"version", kVersion},
               {"name", manifest.name},
               {"licence", manifest.licence},
               {"files", Ordered::array()}};
  for (const FileEntry& file : manifest.files) json["files"].push_back(to_ordered(file));
  json["encoder"] = nullptr;
  if (manifest.encoder) {
    json["encoder"] = Ordered{{"variant", manifest.encoder->variant}, {"subsample", manifest.encoder->subsample}};
  }
  json["head"] = nullptr;
  if (manifest.head) json["head"] = to_ordered(*manifest.head);
  for (const DecoderEntry& decoder : manifest.decoders) json["decoders"].push_back(to_ordered(decoder));
  json["contract"]["provides"] = nullptr;
  if (manifest.provides) json["contract"]["provides"] = frontend::to_json(*manifest.provides);
  json["contract"]["requires"] = nullptr;
  if (manifest.required) json["contract"]["requires"] = frontend::to_json(*manifest.required);
  json["precisions"] = Ordered::array();
  for (const PrecisionRecord& record : manifest.precisions) json["precisions"].push_back(Ordered(to_json(record)));
  json["skew"] = Ordered::array();
  for (const SkewRecord& record : manifest.skew) json["skew"].push_back(Ordered(to_json(record)));
  try {
    json["provenance"] = Ordered::parse(manifest.provenance);
    return json.dump(2) + '\n';
  } catch (const nlohmann::json::exception&) {
    throw Error(ErrorCategory::bad_data, std::string(kManifestName), "texts in UTF-8 and provenance in JSON",
                "something else");
  }
}

}  // namespace seben::bundle
