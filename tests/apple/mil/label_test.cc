// SPDX-License-Identifier: Apache-2.0
// What packages say about themselves survives being written and read, whatever else their metadata holds.
#include "mil/label.h"

#include <gtest/gtest.h>

namespace seben::mil {
namespace {

PackageLabel full() {
  return {PackageKind::encoder_stage, "encoder-stage", "0-2", "ane", "fp16", "0.1", "demo", "e", "w", "b", "p", "r"};
}

TEST(PackageLabel, IsReadAsItWasWritten) {
  Metadata metadata;
  metadata.user = {{"other.tool", "kept"}};
  write_label(metadata, full());
  EXPECT_EQ(metadata.user.size(), 12U);
  EXPECT_EQ(metadata.user.at("seben.kind"), "encoder-stage");
  EXPECT_EQ(metadata.user.at("seben.contract.requires"), "r");
  const PackageLabel read = read_label(metadata);
  EXPECT_EQ(read.kind, PackageKind::encoder_stage);
  EXPECT_EQ(read.stage, "0-2");
  EXPECT_EQ(read.encoder_digest, "e");
  EXPECT_EQ(read.weights_digest, "w");
  EXPECT_EQ(read.required, "r");
}

TEST(PackageLabel, EmptyTextsAreNotStatedAndOtherKeysStay) {
  Metadata metadata;
  metadata.user = {{"other.tool", "kept"}, {"seben.stage", "3"}};
  PackageLabel label = read_label(metadata);
  EXPECT_EQ(label.kind, PackageKind::unknown);
  label.stage.clear();
  label.kind = PackageKind::head;
  write_label(metadata, label);
  EXPECT_EQ(metadata.user, (std::map<std::string, std::string>{{"other.tool", "kept"}, {"seben.kind", "head"}}));
}

TEST(PackageLabel, EveryKindHasItsWordAndOthersAreUnknown) {
  for (int i = 1; i < 8; ++i) {
    const auto kind = static_cast<PackageKind>(i);
    EXPECT_EQ(parse_package_kind(to_string(kind)), kind);
    EXPECT_EQ(is_decoder(kind), to_string(kind).starts_with("decoder-"));
    EXPECT_EQ(has_head(kind), to_string(kind).ends_with("head"));
  }
  EXPECT_EQ(parse_package_kind("decoder-of-tomorrow"), PackageKind::unknown);
  Metadata metadata;
  metadata.user["seben.kind"] = "decoder-of-tomorrow";
  write_label(metadata, read_label(metadata));
  EXPECT_EQ(metadata.user.at("seben.kind"), "decoder-of-tomorrow");
}

TEST(PackageLabel, DifferencesAreSaidByKey) {
  PackageLabel other = full();
  EXPECT_FALSE(encoder_difference(full(), other));
  other.layout = "sequence";
  EXPECT_EQ(encoder_difference(full(), other), "seben.layout ane instead of sequence");
  other = full();
  other.encoder_digest.clear();
  EXPECT_EQ(encoder_difference(other, full()), "seben.encoder.sha256 nothing instead of e");
  EXPECT_TRUE(encoder_difference(other, other));  // nobody says which encoder it is
}

}  // namespace
}  // namespace seben::mil
