// SPDX-License-Identifier: Apache-2.0
// What people's programs save today is imported, or refused in one line: transformers 5 and before it, adapters, float8
// (tools/fixtures/make_transformers5.py).
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "bundle/bundle.h"
#include "decode/whisper/generation_config.h"
#include "formats/safetensors.h"
#include "import/import.h"
#include "import/model.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::fails_with;
using test::is_bad_data;

const std::string kFixtures = SEBEN_SOURCE_DIR "/tests/fixtures/models/";

class SavedModelsTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::copy(kFixtures + "transformers5", dir_ / "m"); }

  void import() const {
    ImportOptions options;
    options.models = {dir_ / "m"};
    options.name = "saved";
    options.licence = "MIT";
    options.out = dir_ / "bundle";
    fs::remove_all(options.out);
    (void)import_bundle(options);
  }
  [[nodiscard]] Bundle imported() const {
    import();
    return Bundle::open(dir_ / "bundle");
  }
  template <class Change>
  void change(const char* file, Change change) const {
    json value = json::parse(test::read_file(dir_ / ("m/" + std::string(file))));
    change(value);
    test::write_file(dir_ / ("m/" + std::string(file)), value.dump());
  }
  void refuses(const char* says) const {
    EXPECT_TRUE(is_bad_data(says, [this] { import(); })) << says;
    EXPECT_FALSE(fs::exists(dir_ / "bundle"));
  }

  test::TempDir dir_;
};

TEST_F(SavedModelsTest, OfTransformers5IsImported) {
  const json config = json::parse(test::read_file(dir_ / "m/config.json"));
  ASSERT_EQ(config["dtype"], "float16");  // no longer "torch_dtype"
  ASSERT_FALSE(fs::exists(dir_ / "m/preprocessor_config.json"));
  const json tokenizer = json::parse(test::read_file(dir_ / "m/tokenizer.json"));
  ASSERT_TRUE(tokenizer["model"]["merges"][0].is_array());  // no longer one text
  ASSERT_FALSE(json::parse(test::read_file(dir_ / "m/generation_config.json")).contains("alignment_heads"));

  const Bundle bundle = imported();
  EXPECT_EQ(bundle.decoder().weights->require("model.decoder.embed_tokens.weight").dtype, tensor::DType::f16);
  const auto words = tokenizer::Tokenizer::load(bundle.path(bundle.decoder().entry->tokenizer));
  EXPECT_EQ(words.encode("the the"), (std::vector<std::int32_t>{257, 258}));
  EXPECT_EQ(words.specials().timestamp_count, tokenizer::kTimestamps);
  EXPECT_TRUE(words.specials().language("nqo").has_value());
  const json generation = json::parse(test::read_file(bundle.path(bundle.decoder().entry->generation)));
  const auto rules =
      generate::GenerationConfig::from_json(base::JsonReader(generation, "generation"), bundle.decoder().config);
  EXPECT_EQ(rules.suppress_tokens, (std::vector<std::int32_t>{1, 2}));
  EXPECT_EQ(rules.alignment_heads.size(), 2U);  // all of the last half of the layers
}

TEST_F(SavedModelsTest, TheProcessorsConstantsAreCompared) {
  change("processor_config.json", [](json& value) { value["feature_extractor"]["hop_length"] = 320; });
  refuses("processor_config.json: feature_extractor.hop_length: expected 160, found 320");
  change("processor_config.json", [](json& value) { value["feature_extractor"] = 1; });
  refuses("processor_config.json: feature_extractor");
  change("processor_config.json", [](json& value) { value.erase("feature_extractor"); });
  EXPECT_NO_THROW(import());
  fs::remove(dir_ / "m/processor_config.json");
  EXPECT_NO_THROW(import());
}

TEST_F(SavedModelsTest, OfEarlierTransformersIsImported) {
  change("config.json", [](json& value) {
    value["torch_dtype"] = value["dtype"];
    value.erase("dtype");
  });
  change("tokenizer.json", [](json& value) {
    for (json& merge : value["model"]["merges"]) {
      merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
    }
  });
  const Bundle bundle = imported();
  const auto words = tokenizer::Tokenizer::load(bundle.path(bundle.decoder().entry->tokenizer));
  EXPECT_EQ(words.encode("the the"), (std::vector<std::int32_t>{257, 258}));
  fs::remove(dir_ / "m/generation_config.json");  // config.json says the same
  const json generation = json::parse(test::read_file(imported().path("decoders/m/generation_config.json")));
  EXPECT_EQ(generation["suppress_tokens"], json::parse("[1, 2]"));
  EXPECT_FALSE(generation.contains("alignment_heads"));
}

TEST_F(SavedModelsTest, AdaptersAreRefused) {
  test::write_file(dir_ / "m/adapter_config.json",
                   R"({"peft_type": "LORA", "base_model_name_or_path": "openai/whisper-base", "r": 8})");
  refuses(
      "m/adapter_config.json: expected the weights of a whole Whisper (PEFT's merge_and_unload makes them), found LORA "
      "adapter of openai/whisper-base");
  fs::remove(dir_ / "m/model.safetensors");  // as PEFT saves one: nothing but the adapter
  refuses("found LORA adapter of openai/whisper-base");
  test::write_file(dir_ / "m/adapter_config.json", "{}");
  refuses("found an adapter of another model");
  test::write_file(dir_ / "m/adapter_config.json", "{");
  refuses("adapter_config.json");
}

// Layers that were never merged, in weights of any name.
TEST_F(SavedModelsTest, WeightsOfAdaptersAreRefused) {
  const auto whole = tensor::SafetensorsFile::open(dir_ / "m/model.safetensors");
  std::vector<tensor::TensorView> views;
  for (const std::string& name : whole.names()) views.push_back(whole.require(name));
  views.push_back(views.front());
  views.back().name = "model.encoder.layers.0.self_attn.q_proj.lora_A.default.weight";
  tensor::write_safetensors(dir_ / "m/new", views, {});
  fs::rename(dir_ / "m/new", dir_ / "m/model.safetensors");
  refuses("q_proj.lora_A.default.weight: expected the weights of a whole Whisper (PEFT's merge_and_unload makes them)");
}

TEST_F(SavedModelsTest, Float8IsRefusedByItsName) {
  fs::copy_file(kFixtures + "fp8/model.safetensors", dir_ / "m/model.safetensors",
                fs::copy_options::overwrite_existing);
  refuses("dtype: expected one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL, found F8_E4M3");
  fs::remove(dir_ / "m/model.safetensors");
  fs::copy(kFixtures + "fp8/pytorch_model.bin", dir_ / "m/pytorch_model.bin");
  refuses(
      "model.encoder.embed_positions.weight: expected F32, F16, BF16 or another type that is read, found torch "
      "float8_e4m3fn");
}

}  // namespace
}  // namespace seben::bundle
