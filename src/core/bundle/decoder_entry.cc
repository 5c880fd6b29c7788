// SPDX-License-Identifier: Apache-2.0
#include "bundle/decoder_entry.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "base/format.h"
#include "base/sha256.h"
#include "bundle/manifest.h"

namespace seben::bundle {
namespace {

constexpr std::size_t kMaxDecoders = 100;
constexpr std::size_t kMaxName = 100;
constexpr std::array kDecoderRoles{Role::decoder, Role::decoder_config, Role::tokenizer, Role::generation_config};

void require_role(const base::JsonReader& json, const char* key, const std::string& path, Role role,
                  const std::vector<FileEntry>& files) {
  const auto found = std::find_if(files.begin(), files.end(), [&](const FileEntry& f) { return f.path == path; });
  if (found == files.end()) json.fail(key, "a path that files lists", path);
  if (found->role != role) {
    json.fail(key, base::format("a file of role {}", to_string(role)),
              base::format("{}, of role {}", path, to_string(found->role)));
  }
}

DecoderEntry read_decoder(const base::JsonReader& json, const std::vector<FileEntry>& files) {
  json.refuse_unknown_keys({"name", "weights", "config", "tokenizer", "generation", "encoder", "mel", "precisions"});
  DecoderEntry entry;
  entry.name = json.string("name");
  if (!is_decoder_name(entry.name)) json.fail("name", "a name that could be a folder's", entry.name);
  const auto path = [&](const char* key, Role role) {
    std::string value = json.string(key);
    require_role(json, key, value, role, files);
    return value;
  };
  entry.weights = path("weights", Role::decoder);
  entry.config = path("config", Role::decoder_config);
  entry.tokenizer = path("tokenizer", Role::tokenizer);
  if (json.has("generation")) entry.generation = path("generation", Role::generation_config);
  entry.encoder = json.string("encoder");
  if (!base::is_sha256_hex(entry.encoder)) json.fail("encoder", "64 lowercase hexadecimal digits", "something else");
  if (json.has("mel")) {
    const base::JsonReader mel = json.object("mel");
    mel.refuse_unknown_keys({"padding", "scope"});
    entry.framing = frontend::framing_from_json(mel);
  }
  if (json.has("precisions")) {
    for (const base::JsonReader& record : json.array("precisions", 100)) {
      entry.precisions.push_back(precision_record_from_json(record));
    }
  }
  return entry;
}

// A file that no decoder uses would be carried for nothing, and believed to matter.
void refuse_unused(const base::JsonReader& json, const std::vector<DecoderEntry>& decoders,
                   const std::vector<FileEntry>& files) {
  std::set<std::string> used;
  for (const DecoderEntry& d : decoders) used.insert({d.weights, d.config, d.tokenizer, d.generation});
  for (const FileEntry& file : files) {
    if (std::find(kDecoderRoles.begin(), kDecoderRoles.end(), file.role) == kDecoderRoles.end() ||
        used.contains(file.path))
      continue;
    json.fail("decoders", base::format("one that has {}, of role {}", file.path, to_string(file.role)), "none");
  }
}

}  // namespace

bool is_decoder_name(const std::string& name) noexcept {
  return name.size() <= kMaxName && is_safe_path(name) && name.find('/') == std::string::npos;
}

std::vector<DecoderEntry> read_decoders(const base::JsonReader& json, const std::vector<FileEntry>& files) {
  std::vector<DecoderEntry> decoders;
  std::set<std::string> names;
  if (json.has("decoders")) {
    for (const base::JsonReader& element : json.array("decoders", kMaxDecoders)) {
      decoders.push_back(read_decoder(element, files));
      const std::string& name = decoders.back().name;
      if (!names.insert(name).second) element.fail("name", "every name once", name + " again");
    }
  }
  refuse_unused(json, decoders, files);
  return decoders;
}

nlohmann::ordered_json to_ordered(const DecoderEntry& entry) {
  nlohmann::ordered_json json{{"name", entry.name},           {"weights", entry.weights}, {"config", entry.config},
                              {"tokenizer", entry.tokenizer}, {"generation", nullptr},    {"encoder", entry.encoder}};
  if (!entry.generation.empty()) json["generation"] = entry.generation;
  if (entry.framing != frontend::Framing{}) json["mel"] = nlohmann::ordered_json(frontend::to_json(entry.framing));
  for (const PrecisionRecord& record : entry.precisions)
    json["precisions"].push_back(nlohmann::ordered_json(to_json(record)));
  return json;
}

}  // namespace seben::bundle
