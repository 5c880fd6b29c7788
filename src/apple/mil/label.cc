// SPDX-License-Identifier: Apache-2.0
#include "mil/label.h"

#include <algorithm>
#include <array>

namespace seben::mil {
namespace {

constexpr std::array<std::string_view, 8> kKinds{
    "", "encoder", "encoder-stage", "head", "encoder+head", "decoder-cross", "decoder-step", "decoder-stateful"};

struct Key {
  const char* name;
  std::string PackageLabel::*value;
};
constexpr const char* kKind = "seben.kind";
constexpr Key kLayout{"seben.layout", &PackageLabel::layout};
constexpr Key kPrecision{"seben.precision", &PackageLabel::precision};
constexpr Key kEncoder{"seben.encoder.sha256", &PackageLabel::encoder_digest};
constexpr std::array<Key, 10> kKeys{{{"seben.stage", &PackageLabel::stage},
                                     kLayout,
                                     kPrecision,
                                     {"seben.version", &PackageLabel::version},
                                     {"seben.model", &PackageLabel::model},
                                     kEncoder,
                                     {"seben.weights.sha256", &PackageLabel::weights_digest},
                                     {"seben.bundle.sha256", &PackageLabel::bundle_digest},
                                     {"seben.contract.provides", &PackageLabel::provides},
                                     {"seben.contract.requires", &PackageLabel::required}}};

std::string stated(const Metadata& metadata, const char* key) {
  const auto it = metadata.user.find(key);
  return it == metadata.user.end() ? std::string() : it->second;
}

void state(Metadata& metadata, const char* key, std::string value) {
  if (value.empty()) {
    metadata.user.erase(key);
  } else {
    metadata.user[key] = std::move(value);
  }
}

}  // namespace

std::string_view to_string(PackageKind kind) noexcept { return kKinds.at(static_cast<std::size_t>(kind)); }

PackageKind parse_package_kind(std::string_view word) noexcept {
  const auto found = std::ranges::find(kKinds, word);
  return found == kKinds.end() ? PackageKind::unknown : static_cast<PackageKind>(found - kKinds.begin());
}

bool is_decoder(PackageKind kind) noexcept { return kind >= PackageKind::decoder_cross; }

bool has_head(PackageKind kind) noexcept { return kind == PackageKind::head || kind == PackageKind::encoder_head; }

PackageLabel read_label(const Metadata& metadata) {
  PackageLabel label;
  label.kind_word = stated(metadata, kKind);
  label.kind = parse_package_kind(label.kind_word);
  for (const Key& key : kKeys) label.*key.value = stated(metadata, key.name);
  return label;
}

void write_label(Metadata& metadata, const PackageLabel& label) {
  const bool is_known = label.kind != PackageKind::unknown;
  state(metadata, kKind, is_known ? std::string(to_string(label.kind)) : label.kind_word);
  for (const Key& key : kKeys) state(metadata, key.name, label.*key.value);
}

std::optional<std::string> encoder_difference(const PackageLabel& existing, const PackageLabel& wanted) {
  const auto compare = [](const char* key, const std::string& left, const std::string& right) {
    if (left == right && !left.empty()) return std::optional<std::string>();
    const auto said = [](const std::string& value) { return value.empty() ? std::string("nothing") : value; };
    return std::optional(std::string(key) + " " + said(left) + " instead of " + said(right));
  };
  const auto words = [&](const Key& key) { return compare(key.name, existing.*key.value, wanted.*key.value); };
  if (auto found = words(kEncoder)) return found;
  if (auto found = compare(kKind, existing.kind_word, std::string(to_string(wanted.kind)))) return found;
  if (auto found = words(kLayout)) return found;
  return words(kPrecision);
}

}  // namespace seben::mil
