// SPDX-License-Identifier: Apache-2.0
// What a package of Seben says about itself, under "seben." keys of its metadata: written and read here alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mil/model.h"

namespace seben::mil {

enum class PackageKind : std::uint8_t {
  unknown,  ///< another tool's package, or a kind of a later version
  encoder,
  encoder_stage,
  head,
  encoder_head,
  decoder_cross,
  decoder_step,
  decoder_stateful,
};

/// "encoder-stage", "encoder+head"; "" for unknown.
[[nodiscard]] std::string_view to_string(PackageKind kind) noexcept;
/// PackageKind::unknown for another word.
[[nodiscard]] PackageKind parse_package_kind(std::string_view word) noexcept;
[[nodiscard]] bool is_decoder(PackageKind kind) noexcept;
/// Whether its outputs are scores of classes.
[[nodiscard]] bool has_head(PackageKind kind) noexcept;

/// Empty texts are not stated.
struct PackageLabel {
  PackageKind kind = PackageKind::unknown;
  std::string kind_word;       ///< as stated; written where the kind is unknown
  std::string stage;           ///< of an encoder: "convpos", "0-2" (whisper::parse_stage)
  std::string layout;          ///< "sequence" or "ane"
  std::string precision;       ///< convert::precision_text
  std::string version;         ///< of Seben
  std::string model;           ///< the name of what it was made from
  std::string encoder_digest;  ///< whisper::encoder_digest, of whatever holds or reads an encoder
  std::string weights_digest;  ///< SHA-256 of its weight file
  std::string bundle_digest;   ///< of bundle.json
  std::string provides;        ///< the contract of its features, as text
  std::string required;        ///< the contract of the features that its head takes, as text
};

[[nodiscard]] PackageLabel read_label(const Metadata& metadata);
/// Replaces what `metadata` states under these keys; other keys stay.
void write_label(Metadata& metadata, const PackageLabel& label);

/// For "seben.layout ane instead of sequence": where two packages that should hold one encoder in one style differ
/// first; nothing when `existing` states all of it and they agree.
[[nodiscard]] std::optional<std::string> encoder_difference(const PackageLabel& existing, const PackageLabel& wanted);

}  // namespace seben::mil
