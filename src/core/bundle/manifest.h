// SPDX-License-Identifier: Apache-2.0
// bundle.json as plain structs (docs/bundle.md).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/contract.h"
#include "bundle/decoder_entry.h"
#include "bundle/records.h"

namespace seben::bundle {

inline constexpr std::string_view kManifestName = "bundle.json";

/// What a listed file is for. All but sample, other and those of text decoders occur at most once.
enum class Role : std::uint8_t {
  encoder,
  encoder_config,
  head,
  vocabulary,
  ranker,
  language_model,
  decoder,
  decoder_config,
  tokenizer,
  generation_config,
  card,
  licence,
  sample,
  other,
  language_guard
};

[[nodiscard]] std::string_view to_string(Role role) noexcept;

struct FileEntry {
  std::string path;  ///< relative to the bundle's folder, parts joined by '/'
  std::uint64_t bytes = 0;
  std::string sha256;
  Role role = Role::other;
};

/// How features are made here; absent when they come from outside.
struct EncoderEntry {
  std::string variant;         ///< "large-v3", "demo-nko", …
  std::int64_t subsample = 1;  ///< the extractor keeps frames 0, k, 2k, … before the head sees them
};

/// What the head's own file must also say.
struct HeadEntry {
  std::string kind;
  std::int64_t stride = 1;
  std::int64_t input_dim = 0;
  std::int64_t classes = 0;
};

/// A bundle has a head, a text decoder, or both. Vocabulary and `required` are there exactly with a head.
struct Manifest {
  std::string name;
  std::string licence;
  std::vector<FileEntry> files;
  std::optional<EncoderEntry> encoder;
  std::optional<HeadEntry> head;
  std::vector<DecoderEntry> decoders;                 ///< none without an encoder
  std::optional<frontend::FeatureContract> provides;  ///< by the encoder; set exactly when `encoder` is
  std::optional<frontend::FeatureContract> required;  ///< by the head
  std::vector<PrecisionRecord> precisions;
  std::vector<SkewRecord> skew;
  std::string provenance = "{}";  ///< a JSON object in the author's own words

  /// nullptr when no file has that role.
  [[nodiscard]] const FileEntry* find(Role role) const noexcept;
};

/// Error(bad_data) names the field. Checks everything that bundle.json alone can show: version, paths, duplicates,
/// roles, records; it does not look at the other files.
[[nodiscard]] Manifest parse_manifest(std::string_view text, const std::string& source);
/// Two-space indented, keys in a fixed order, ending in a newline.
[[nodiscard]] std::string to_text(const Manifest& manifest);

/// Whether `path` stays inside a folder on every system: relative, '/' between non-empty parts, no "." or "..", no
/// backslash, colon or control characters, at most 240 bytes.
[[nodiscard]] bool is_safe_path(std::string_view path) noexcept;

}  // namespace seben::bundle
