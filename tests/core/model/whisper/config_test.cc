// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::whisper {
namespace {

using nlohmann::json;
using test::is_bad_data;

json large_v3() {
  return {{"model_type", "whisper"},
          {"activation_function", "gelu"},
          {"d_model", 1280},
          {"encoder_layers", 32},
          {"encoder_attention_heads", 20},
          {"encoder_ffn_dim", 5120},
          {"num_mel_bins", 128},
          {"max_source_positions", 1500},
          {"decoder_layers", 32},
          {"something_that_a_later_version_added", true}};
}

EncoderConfig read(const json& value) { return EncoderConfig::from_json(base::JsonReader(value, "config.json")); }

json with(const std::string& key, const json& value) {
  json changed = large_v3();
  changed[key] = value;
  return changed;
}

TEST(EncoderConfig, ReadsHuggingFaceNames) {
  const EncoderConfig c = read(large_v3());
  EXPECT_EQ(c, (EncoderConfig{128, 1280, 32, 20, 5120, 1500}));
  EXPECT_EQ(c.head_dim(), 64);
  EXPECT_EQ(c.mel_size(), 128 * 3000);
  EXPECT_EQ(c.feature_size(), 1500 * 1280);
}

TEST(EncoderConfig, LoadsAFile) {
  const test::TempDir folder;
  test::write_file(folder / "config.json", large_v3().dump());
  EXPECT_EQ(EncoderConfig::load(folder / "config.json").layers, 32);
}

TEST(EncoderConfig, PositionsDefaultToThirtySeconds) {
  json value = large_v3();
  value.erase("max_source_positions");
  EXPECT_EQ(read(value).positions, 1500);
}

TEST(EncoderConfig, NamesTheMissingField) {
  for (const char* key : {"d_model", "encoder_layers", "encoder_attention_heads", "encoder_ffn_dim", "num_mel_bins"}) {
    json value = large_v3();
    value.erase(key);
    EXPECT_TRUE(is_bad_data(key, [&] { static_cast<void>(read(value)); }));
  }
}

TEST(EncoderConfig, RefusesWhatIsNoWhisper) {
  EXPECT_TRUE(is_bad_data("80 or 128", [] { static_cast<void>(read(with("num_mel_bins", 81))); }));
  EXPECT_TRUE(is_bad_data("divisor", [] { static_cast<void>(read(with("encoder_attention_heads", 19))); }));
  EXPECT_TRUE(is_bad_data("even", [] { static_cast<void>(read(with("encoder_attention_heads", 1280))); }));
  EXPECT_TRUE(is_bad_data("gelu", [] { static_cast<void>(read(with("activation_function", "relu"))); }));
  EXPECT_TRUE(is_bad_data("d_model", [] { static_cast<void>(read(with("d_model", 1e18))); }));
  EXPECT_TRUE(is_bad_data("d_model", [] { static_cast<void>(read(with("d_model", -1280))); }));
  EXPECT_TRUE(is_bad_data("d_model", [] { static_cast<void>(read(with("d_model", "1280"))); }));
  EXPECT_TRUE(is_bad_data("encoder_layers", [] { static_cast<void>(read(with("encoder_layers", 100000))); }));
  EXPECT_TRUE(is_bad_data("encoder_ffn_dim", [] { static_cast<void>(read(with("encoder_ffn_dim", 0))); }));
}

}  // namespace
}  // namespace seben::whisper
