// SPDX-License-Identifier: Apache-2.0
// `seben import --model`: Whispers of every published format become bundles with text decoders.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "base/float16.h"
#include "base/interrupt.h"
#include "bundle/bundle.h"
#include "bundle/inspect.h"
#include "decode/whisper/decode_rules.h"
#include "decode/whisper/generation_config.h"
#include "formats/ggml_file.h"
#include "import/export_ggml.h"
#include "import/import.h"
#include "import/mel_filters.h"
#include "import/write_ggml.h"
#include "model/whisper/incremental_decoder.h"
#include "support/errors.h"
#include "support/tiny_whisper.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::is_bad_data;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kTokenizer = SEBEN_SOURCE_DIR "/tests/fixtures/tokenizer/";
const std::string kModels = SEBEN_SOURCE_DIR "/tests/fixtures/models/";

class ImportModelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_tiny_whisper(dir_ / "hf", sizes_, decoder_);
    options_.models = {dir_ / "hf"};
    options_.name = "tiny";
    options_.licence = "MIT";
    options_.out = dir_ / "bundle";
  }

  [[nodiscard]] auto import() const {
    return [this] { (void)import_bundle(options_); };
  }
  Bundle imported() const {
    (void)import_bundle(options_);
    return Bundle::open(options_.out);
  }
  // The import has failed and left nothing.
  [[nodiscard]] bool is_clean() const {
    for (const auto& entry : fs::directory_iterator(dir_.str())) {
      if (entry.path().filename().string().starts_with("bundle")) return false;
    }
    return true;
  }
  // The tiny model in another dtype.
  void write_half(const std::string& folder, tensor::DType dtype) const {
    fs::create_directories(folder);
    fs::copy(dir_ / "hf", folder);
    const auto source = tensor::open_weights(dir_ / "hf");
    std::vector<std::vector<std::uint16_t>> storage;
    std::vector<tensor::TensorView> views;
    for (const std::string& name : source->names()) {
      tensor::TensorView view = source->require(name);
      const std::vector<float> values = tensor::to_float(view);
      std::vector<std::uint16_t>& half = storage.emplace_back(values.size());
      if (dtype == tensor::DType::f16) base::f32_to_f16(values, half);
      for (std::size_t i = 0; i < half.size() && dtype == tensor::DType::bf16; ++i) {
        half[i] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(values[i]) >> 16U);
      }
      view.dtype = dtype;
      view.data = reinterpret_cast<const std::byte*>(half.data());
      views.push_back(view);
    }
    tensor::write_safetensors(dir_ / "views", views, {});
    fs::rename(dir_ / "views", folder + "/model.safetensors");
  }
  // A folder whose tokens whisper.cpp can number, and its ggml file.
  void write_ggml(const std::string& name, bool f16) const {
    const whisper::DecoderConfig config = test::tiny_decoder_config(test::ggml_sizes(), test::kSmallTokensOfGgml);
    test::write_tiny_whisper(dir_ / "for-ggml", test::ggml_sizes(), config);
    models::Model model = models::open_model(dir_ / "for-ggml");
    const auto tokenizer = tokenizer::Tokenizer::load(kTokenizer);
    for (std::int32_t id = 0; id < tokenizer.specials().endoftext; ++id) {
      model.vocabulary.emplace_back(tokenizer.bytes(id));
    }
    models::WriteGgmlOptions options;
    options.f16 = f16;
    models::write_ggml(model, dir_ / name, options);
  }
  static void expect_same_numbers(const Bundle& bundle, const models::Model& model) {
    std::size_t seen = 0;
    const std::vector<const tensor::WeightFile*> files{bundle.encoder_weights(), bundle.decoder().weights.get()};
    for (const tensor::WeightFile* file : files) {
      for (const std::string& name : file->names()) {
        const tensor::TensorView& stored = file->require(name);
        const tensor::TensorView& should = model.weights->require(name, stored.shape);
        EXPECT_EQ(stored.dtype, should.dtype) << name;
        EXPECT_EQ(tensor::to_float(stored), tensor::to_float(should)) << name;
        ++seen;
      }
    }
    EXPECT_EQ(seen, model.weights->names().size());
  }

  test::TempDir dir_;
  test::TinySizes sizes_;
  whisper::DecoderConfig decoder_ = test::tiny_decoder_config({}, test::kSmallTokens);
  ImportOptions options_;
};

TEST_F(ImportModelsTest, AFolderOfHuggingFace) {
  const std::string generation = R"({"is_multilingual": true, "suppress_tokens": [1, 2], "alignment_heads": [[0, 1]]})";
  test::write_file(dir_ / "hf/generation_config.json", generation);
  std::uint64_t last = 0, total = 0;
  EXPECT_THAT(import_bundle(options_,
                            [&](std::uint64_t done, std::uint64_t all) {
                              EXPECT_GT(done, last);
                              last = done, total = all;
                            }),
              IsEmpty());
  EXPECT_EQ(last, total);
  const Bundle bundle = Bundle::open(options_.out);
  EXPECT_FALSE(bundle.has_head());
  EXPECT_EQ(bundle.decoder().entry->name, "hf");
  EXPECT_EQ(bundle.decoder().config, decoder_);
  const models::Model model = models::open_model(dir_ / "hf");
  expect_same_numbers(bundle, model);
  EXPECT_EQ(bundle.manifest().provides->weights, models::encoder_digest(model));
  EXPECT_EQ(bundle.decoder().entry->encoder, models::encoder_digest(model));
  const DecoderEntry& entry = *bundle.decoder().entry;
  EXPECT_EQ(test::read_file(bundle.path(entry.tokenizer)), test::read_file(kTokenizer + "tokenizer.json"));
  EXPECT_EQ(test::read_file(bundle.path(entry.generation)), generation);
  EXPECT_NO_THROW(verify_digests(bundle));
  EXPECT_NO_THROW((void)whisper::IncrementalDecoder::load(*bundle.decoder().weights, bundle.decoder().config, {}));
  const auto provenance = nlohmann::json::parse(bundle.manifest().provenance);
  EXPECT_EQ(provenance["import"]["models"][0],
            (nlohmann::json{{"file", "hf"}, {"format", "safetensors"}, {"decoder", "hf"}}));
}

TEST_F(ImportModelsTest, WithAHeadBothReadOneEncoder) {
  const ImportOptions head = test::write_tiny_sources(dir_);  // writes another hf
  test::write_tiny_whisper(dir_ / "hf", sizes_, decoder_);
  options_.head = head.head;
  options_.vocabulary = head.vocabulary;
  const Bundle bundle = imported();
  EXPECT_TRUE(bundle.has_head());
  EXPECT_EQ(bundle.decoders().size(), 1U);
  EXPECT_EQ(bundle.required().weights, bundle.decoder().entry->encoder);
  EXPECT_EQ(bundle.manifest().find(Role::encoder_config)->path, "config.json");
}

TEST_F(ImportModelsTest, EveryDtypeStays) {
  for (const tensor::DType dtype : {tensor::DType::f16, tensor::DType::bf16}) {
    const std::string name(tensor::to_string(dtype));
    write_half(dir_ / name, dtype);
    options_.models = {dir_ / name};
    options_.out = dir_ / ("bundle-" + name);
    const Bundle bundle = imported();
    EXPECT_EQ(bundle.decoder().weights->require("model.decoder.layers.0.fc1.weight").dtype, dtype);
    expect_same_numbers(bundle, models::open_model(dir_ / name));
  }
}

TEST_F(ImportModelsTest, ShardsAndAShardThatIsMissing) {
  const auto source = tensor::open_weights(dir_ / "hf");
  std::vector<tensor::TensorView> encoder, decoder;
  nlohmann::json map;
  for (const std::string& name : source->names()) {
    const bool first = name.starts_with("model.encoder.");
    (first ? encoder : decoder).push_back(source->require(name));
    map[name] = first ? "a.safetensors" : "b.safetensors";
  }
  fs::create_directories(dir_ / "sharded");
  for (const char* name : {"config.json", "tokenizer.json"}) fs::copy(dir_ / "hf/" + name, dir_ / "sharded/" + name);
  tensor::write_safetensors(dir_ / "sharded/a.safetensors", encoder, {});
  tensor::write_safetensors(dir_ / "sharded/b.safetensors", decoder, {});
  test::write_file(dir_ / "sharded/model.safetensors.index.json", nlohmann::json{{"weight_map", map}}.dump());
  options_.models = {dir_ / "sharded"};
  {
    const Bundle bundle = imported();
    expect_same_numbers(bundle, models::open_model(dir_ / "hf"));
  }
  fs::remove_all(options_.out);
  fs::remove(dir_ / "sharded/b.safetensors");
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "b.safetensors", import()));
  EXPECT_TRUE(is_clean());
}

TEST_F(ImportModelsTest, FilesOfAVocabularyBecomeATokenizer) {
  fs::remove(dir_ / "hf/tokenizer.json");
  fs::copy(kTokenizer + "files", dir_ / "hf", fs::copy_options::recursive);
  const Bundle bundle = imported();
  const auto written = tokenizer::Tokenizer::load(bundle.path(bundle.decoder().entry->tokenizer));
  const auto original = tokenizer::Tokenizer::load(kTokenizer);
  EXPECT_EQ(written.size(), original.size());
  const std::string text = "one two \xdf\x8a\xdf\x8b 3.5";
  EXPECT_EQ(written.encode(text), original.encode(text));
}

TEST_F(ImportModelsTest, OpenAisCheckpointNeedsATokenizer) {
  options_.models = {kModels + "openai-tokens.pt"};
  EXPECT_TRUE(fails_with(ErrorCategory::usage,
                         "openai-tokens.pt: expected a tokenizer: --tokenizer with a tokenizer.json", import()));
  options_.tokenizer = kTokenizer;
  const Bundle bundle = imported();
  EXPECT_EQ(bundle.decoder().entry->name, "openai-tokens");
  EXPECT_EQ(bundle.decoder().config.vocabulary, test::kSmallTokens);
  expect_same_numbers(bundle, models::open_model(options_.models[0]));
  EXPECT_EQ(nlohmann::json::parse(test::read_file(bundle.path(bundle.decoder().entry->generation))),
            (nlohmann::json{{"is_multilingual", true}}));
}

TEST_F(ImportModelsTest, PyTorchsFileOfHuggingFace) {
  // Its vocabulary has 40 tokens, which no tokenizer of bytes has.
  options_.models = {kModels + "hf"};
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "none in a file of PyTorch", import()));
  options_.tokenizer = kTokenizer + "tokenizer.json";
  EXPECT_TRUE(is_bad_data("tokenizer.json: tokens: expected 40, as the decoder has, found 1271", import()));
  EXPECT_TRUE(is_clean());
  options_.tokenizer.clear();
  options_.no_decoder = true;
  test::TinySizes sizes;
  sizes.d_model = 8;
  sizes.positions = 6;
  test::tiny_head(sizes).write(dir_ / "head.safetensors", test::tiny_head_metadata(sizes));
  test::write_file(dir_ / "vocab.json", nko::Vocabulary::nko_blank_last().to_json());
  options_.head = dir_ / "head.safetensors";
  options_.vocabulary = dir_ / "vocab.json";
  const Bundle bundle = imported();
  EXPECT_TRUE(bundle.decoders().empty());
  EXPECT_EQ(bundle.manifest().provides->weights, models::encoder_digest(models::open_model(kModels + "hf")));
}

TEST_F(ImportModelsTest, WhisperCppsFile) {
  for (const bool f16 : {false, true}) {
    write_ggml("m.bin", f16);
    options_.models = {dir_ / "m.bin"};
    options_.out = dir_ / (f16 ? "bundle-f16" : "bundle-f32");
    const Bundle bundle = imported();
    expect_same_numbers(bundle, models::open_model(dir_ / "m.bin"));
    EXPECT_EQ(bundle.decoder().entry->name, "m");
    // In f32 it is the same encoder as in Hugging Face's folder; in f16 its numbers were rounded.
    const std::string original = models::encoder_digest(models::open_model(dir_ / "for-ggml"));
    EXPECT_EQ(bundle.manifest().provides->weights == original, !f16);
    const auto tokenizer = tokenizer::Tokenizer::load(bundle.path(bundle.decoder().entry->tokenizer));
    EXPECT_EQ(tokenizer.size(), static_cast<std::size_t>(test::kSmallTokensOfGgml));
    EXPECT_EQ(tokenizer.specials().languages.size(), 99U);
  }
}

TEST_F(ImportModelsTest, BlocksStayCodesOfTheSameValues) {
  // whisper.cpp's own file, its filters replaced by real ones.
  std::string bytes = test::read_file(kModels + "ggml-q5_0.bin");
  const models::MelFilters filters = models::whisper_filters(80);
  const std::int32_t shape[2] = {80, 201};
  std::string section(sizeof shape + filters.weights.size() * sizeof(float), '\0');
  std::memcpy(section.data(), shape, sizeof shape);
  std::memcpy(section.data() + sizeof shape, filters.weights.data(), filters.weights.size() * sizeof(float));
  constexpr std::size_t head = 4 + 11 * 4;
  bytes.replace(head, sizeof shape + 80 * 8 * sizeof(float), section);
  test::write_file(dir_ / "q5.bin", bytes);
  test::TinySizes sizes;
  sizes.d_model = 32;
  sizes.positions = 6;
  test::tiny_head(sizes).write(dir_ / "head.safetensors", test::tiny_head_metadata(sizes));
  test::write_file(dir_ / "vocab.json", nko::Vocabulary::nko_blank_last().to_json());
  options_.models.clear();
  options_.encoder = dir_ / "q5.bin";
  options_.head = dir_ / "head.safetensors";
  options_.vocabulary = dir_ / "vocab.json";
  EXPECT_THAT(import_bundle(options_),
              ElementsAre(HasSubstr("tensors of q5_0 blocks are stored as codes of the same values")));
  const models::Model model = models::open_model(options_.encoder);
  const auto require_equal = [&](const Bundle& bundle) {
    for (const std::string& name : bundle.encoder_weights()->names()) {
      EXPECT_EQ(tensor::to_float(bundle.encoder_weights()->require(name)),
                tensor::to_float(model.weights->require(name)));
    }
    EXPECT_EQ(bundle.manifest().provides->weights, models::encoder_digest(model));
    EXPECT_EQ(bundle.weight_codec(), "");  // nothing was lost on the way here: f32 needs no gate
    EXPECT_EQ(bundle.admitted_precisions(), std::vector<std::string>{"f32"});
    return nlohmann::json::parse(bundle.manifest().provenance)["import"]["models"][0];
  };
  const Bundle coded = Bundle::open(options_.out);
  EXPECT_GT(require_equal(coded)["codes_of_blocks"]["q5_0"], 5);
  EXPECT_EQ(coded.encoder_weights()->require("model.encoder.layers.0.fc1.weight").coded->codec(), "w5:g32");
  EXPECT_THAT(inspect_text(inspect(options_.out)), HasSubstr(" w5:g32"));
  options_.out = dir_ / "numbers";
  options_.dequantise = true;
  EXPECT_THAT(import_bundle(options_),
              ElementsAre(HasSubstr("tensors of q5_0 blocks are stored as the f32 values that they stand for")));
  const Bundle numbers = Bundle::open(options_.out);
  EXPECT_GT(require_equal(numbers)["values_of_blocks"]["q5_0"], 5);
  EXPECT_LT(coded.encoder_weights()->total_bytes(), numbers.encoder_weights()->total_bytes());
  options_.encoder = dir_ / "hf";
  options_.out = dir_ / "idle";
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "option --dequantise: expected a ggml file of blocks", import()));
}

TEST_F(ImportModelsTest, AnEncoderIsKeptOnceForAllItsDecoders) {
  whisper::DecoderConfig distilled = decoder_;
  distilled.layers = 2;
  test::write_tiny_whisper(dir_ / "distil", sizes_, distilled);
  test::write_file(dir_ / "distil/config.json", test::tiny_whisper_config(sizes_, distilled));
  options_.models = {dir_ / "hf", dir_ / "distil/model.safetensors", dir_ / "hf"};
  std::uint64_t last = 0, total = 0;
  (void)import_bundle(options_, [&](std::uint64_t done, std::uint64_t all) { last = done, total = all; });
  EXPECT_EQ(last, total);
  const Bundle bundle = Bundle::open(options_.out);
  ASSERT_EQ(bundle.decoders().size(), 3U);
  EXPECT_EQ(bundle.decoder("distil").config.layers, 2);
  EXPECT_EQ(bundle.decoder("hf-2").config.layers, 1);
  std::size_t encoders = 0, tokenizers = 0;
  for (const FileEntry& file : bundle.manifest().files) {
    encoders += file.role == Role::encoder ? 1U : 0U;
    tokenizers += file.role == Role::tokenizer ? 1U : 0U;
  }
  EXPECT_EQ(encoders, 1U);
  EXPECT_EQ(tokenizers, 1U);
  EXPECT_EQ(bundle.decoder("distil").entry->tokenizer, bundle.decoder("hf").entry->tokenizer);
  EXPECT_FALSE(fs::exists(options_.out + "/decoders/distil/tokenizer.json"));
}

TEST_F(ImportModelsTest, AnotherEncoderIsRefusedWithBothDigests) {
  test::write_tiny_whisper(dir_ / "other", sizes_, decoder_, 9);
  const std::string own = models::encoder_digest(models::open_model(dir_ / "hf"));
  options_.models.push_back(dir_ / "other");
  const std::string other = models::encoder_digest(models::open_model(dir_ / "other"));
  EXPECT_TRUE(is_bad_data("other/model.safetensors: encoder: expected that of", import()));
  EXPECT_TRUE(is_bad_data(own + " in F32, found " + other + " in F32", import()));
  EXPECT_TRUE(is_clean());
  write_half(dir_ / "half", tensor::DType::f16);
  options_.models.back() = dir_ / "half";
  EXPECT_TRUE(is_bad_data("in F16 (numbers rounded otherwise are another encoder)", import()));
}

TEST_F(ImportModelsTest, DecodersAreNamedOnRequest) {
  options_.models.push_back(dir_ / "hf");
  options_.decoder_names = {"fast"};
  EXPECT_EQ(imported().decoder("hf").entry->name, "hf");
  fs::remove_all(options_.out);
  const auto refuses = [&](std::vector<std::string> names, const char* says) {
    options_.decoder_names = std::move(names);
    EXPECT_TRUE(fails_with(ErrorCategory::usage, says, import()));
    EXPECT_TRUE(is_clean());
  };
  refuses({"a", "b", "c"}, "--decoder-name: expected at most 2");
  refuses({"a", "a"}, "every name once, found a twice");
  refuses({"a/b"}, "a name that could be a folder's, found a/b");
}

TEST_F(ImportModelsTest, AnOutputLayerOfItsOwnIsKept) {
  test::RandomTensors tensors = test::tiny_encoder(sizes_);
  test::add_decoder(tensors, decoder_);
  tensors.add("proj_out.weight", {test::kSmallTokens, sizes_.d_model});
  tensors.values("proj_out.weight") = tensors.values("model.decoder.embed_tokens.weight");
  tensors.write(dir_ / "hf/model.safetensors");
  EXPECT_EQ(imported().decoder().weights->find("proj_out.weight"), nullptr);  // it is the embedding
  fs::remove_all(options_.out);
  tensors.values("proj_out.weight")[5] += 1.0F;
  tensors.write(dir_ / "hf/model.safetensors");
  const Bundle bundle = imported();
  EXPECT_EQ(tensor::to_float(bundle.decoder().weights->require("proj_out.weight")), tensors.values("proj_out.weight"));
  fs::remove_all(options_.out);
  tensors.reshape("proj_out.weight", {sizes_.d_model, test::kSmallTokens});
  tensors.write(dir_ / "hf/model.safetensors");
  EXPECT_TRUE(is_bad_data("proj_out.weight", import()));
}

TEST_F(ImportModelsTest, OptionsThatExcludeEachOther) {
  const auto refuses = [&](const char* says, const auto& change) {
    const ImportOptions before = options_;
    change(options_);
    EXPECT_TRUE(fails_with(ErrorCategory::usage, says, import())) << says;
    EXPECT_TRUE(is_clean());
    options_ = before;
  };
  refuses("--model or --encoder, found both", [&](ImportOptions& o) { o.encoder = dir_ / "hf"; });
  refuses("option --encoder-config", [&](ImportOptions& o) { o.encoder_config = dir_ / "hf/config.json"; });
  refuses("option --head", [&](ImportOptions& o) { o.no_decoder = true; });
  refuses("option --head", [&](ImportOptions& o) { o.models.clear(); });
  refuses("option --vocab", [&](ImportOptions& o) { o.vocabulary = dir_ / "vocab.json"; });
  refuses("option --vocab", [&](ImportOptions& o) { o.head = dir_ / "head.safetensors"; });
  refuses("option --tokenizer", [&](ImportOptions& o) {
    o.no_decoder = true;
    o.head = o.vocabulary = "x";
    o.tokenizer = kTokenizer;
  });
  refuses("option --no-decoder: expected one --model, found 2", [&](ImportOptions& o) {
    o.no_decoder = true;
    o.models.push_back(dir_ / "hf");
    o.head = o.vocabulary = "x";
  });
  test::write_tiny_sources(dir_);  // an encoder alone in hf
  refuses("hf: expected a model with a text decoder", [](ImportOptions&) {});
}

TEST_F(ImportModelsTest, WhatDoesNotFitIsNamedAndLeavesNothing) {
  const auto refuses = [&](const char* says, const char* file, const std::string& text) {
    const std::string path = dir_ / ("hf/" + std::string(file));
    std::error_code ignored;
    const bool was_there = fs::exists(path, ignored);
    const std::string before = was_there ? test::read_file(path) : "";
    test::write_file(path, text);
    EXPECT_TRUE(is_bad_data(says, import())) << says;
    EXPECT_TRUE(is_clean());
    was_there ? test::write_file(path, before) : static_cast<void>(fs::remove(path));
  };
  const auto config_with = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json json = nlohmann::json::parse(test::tiny_whisper_config(sizes_, decoder_));
    json[key] = value;
    return json.dump();
  };
  refuses("embed_tokens.weight: expected shape [1272, 16], found shape [1271, 16]", "config.json",
          config_with("vocab_size", 1272));
  refuses("model.decoder.layers.1", "config.json", config_with("decoder_layers", 2));
  refuses("expected eos_token_id 50257, as the model has, found 1156", "config.json",
          config_with("eos_token_id", 50257));
  refuses("expected decoder_start_token_id 3, as the model has, found 1157", "config.json",
          config_with("decoder_start_token_id", 3));
  refuses("tokenizer.json", "tokenizer.json", "{}");
  refuses("generation_config.json: suppress_tokens", "generation_config.json", R"({"suppress_tokens": [1271]})");
  refuses("generation_config.json: alignment_heads", "generation_config.json", R"({"alignment_heads": [[1, 0]]})");
  refuses("feature_size: expected 80, found 128", "preprocessor_config.json", R"({"feature_size": 128})");
  const std::string weights = test::read_file(dir_ / "hf/model.safetensors");
  refuses("model.safetensors", "model.safetensors", weights.substr(0, weights.size() - 1));
  test::RandomTensors tensors = test::tiny_encoder(sizes_);
  test::add_decoder(tensors, decoder_);
  tensors.values("model.decoder.layers.0.fc2.bias")[3] = std::numeric_limits<float>::quiet_NaN();
  tensors.write(dir_ / "nan");
  refuses("model.decoder.layers.0.fc2.bias: expected finite values, found nan at element 3", "model.safetensors",
          test::read_file(dir_ / "nan"));
  EXPECT_NO_THROW(import()());
}

// The decoder was trained with timestamps there: with such a tokenizer nothing could be transcribed.
TEST_F(ImportModelsTest, ATokenInATimestampsPlaceIsRefused) {
  nlohmann::json json = nlohmann::json::parse(test::read_file(dir_ / "hf/tokenizer.json"));
  for (auto& token : json["added_tokens"]) {
    if (token["content"] == "<|0.60|>") token["content"] = " Kouyate";
  }
  test::write_file(dir_ / "hf/tokenizer.json", json.dump());
  EXPECT_TRUE(is_bad_data("expected the timestamp <|0.60|>, found \" Kouyate\"", import()));
  EXPECT_TRUE(is_clean());
}

// As a fine-tuning adds words: behind all 1501 timestamps, where a token is not out of place.
TEST_F(ImportModelsTest, WordsBehindTheTimestampsAreText) {
  nlohmann::json json = nlohmann::json::parse(test::read_file(dir_ / "hf/tokenizer.json"));
  auto& added = json["added_tokens"];
  nlohmann::json token = added.back();  // <|2.00|>
  for (std::int32_t i = 101; i < tokenizer::kTimestamps; ++i) {
    token["id"] = 1170 + i;
    token["content"] = tokenizer::timestamp_content(i);
    added.push_back(token);
  }
  token["id"] = 1170 + tokenizer::kTimestamps;
  token["content"] = " Kouyate";
  added.push_back(token);
  test::write_file(dir_ / "hf/tokenizer.json", json.dump());
  const auto words = tokenizer::Tokenizer::load(dir_ / "hf");
  EXPECT_EQ(words.specials().timestamp_count, tokenizer::kTimestamps);
  EXPECT_NO_THROW(generate::require_timestamps(words));
  const std::int32_t last = 1170 + tokenizer::kTimestamps;
  EXPECT_TRUE(generate::is_text(words, last));
  EXPECT_FALSE(generate::is_text(words, last - 1)) << "<|30.00|>";
  EXPECT_FALSE(words.specials().is_timestamp(last));
  EXPECT_FALSE(generate::is_text(words, words.specials().endoftext));
  EXPECT_TRUE(generate::is_text(words, 300));
}

TEST_F(ImportModelsTest, ATokenizerWithFewerTokensFitsWhenTheModelSaysWhichItIs) {
  decoder_.vocabulary += 9;  // padded
  test::write_tiny_whisper(dir_ / "hf", sizes_, decoder_);
  EXPECT_TRUE(is_bad_data("tokens: expected 1280, as the decoder has, found 1271", import()));
  nlohmann::json json = nlohmann::json::parse(test::tiny_whisper_config(sizes_, decoder_));
  json["eos_token_id"] = 1156;
  test::write_file(dir_ / "hf/config.json", json.dump());
  EXPECT_NO_THROW(import()());
}

TEST_F(ImportModelsTest, HostileFilesAreRefused) {
  const auto refuses = [&](const std::string& path, const char* says) {
    options_.models = {path};
    options_.tokenizer = kTokenizer;
    EXPECT_TRUE(is_bad_data(says, import())) << path;
    EXPECT_TRUE(is_clean());
  };
  refuses(kModels + "refused-call.pt", "not permitted");
  refuses(kModels + "refused-numpy.pt", "not permitted");
  refuses(kModels + "ggml-f16.bin", "mel filters: expected [80, 201], found [80, 8]");
  test::write_file(dir_ / "text.bin", "hello, world");
  refuses(dir_ / "text.bin", "text.bin");
  write_ggml("m.bin", true);
  std::string bytes = test::read_file(dir_ / "m.bin");
  test::write_file(dir_ / "cut.bin", bytes.substr(0, bytes.size() - 100));
  refuses(dir_ / "cut.bin", "cut.bin");
  constexpr std::size_t filter = 4 + 11 * 4 + 8 + 4;  // row 0, bin 1
  bytes[filter + 2] = static_cast<char>(bytes[filter + 2] ^ 0x40);
  test::write_file(dir_ / "mel.bin", bytes);
  refuses(dir_ / "mel.bin", "mel filters[0][1]: expected 0.0248");
}

TEST_F(ImportModelsTest, AnInterruptLeavesNothing) {
  for (const double part : {0.1, 0.6, 1.0}) {
    EXPECT_THROW((void)import_bundle(options_,
                                     [&](std::uint64_t done, std::uint64_t total) {
                                       if (static_cast<double>(done) >= part * static_cast<double>(total)) {
                                         base::request_interrupt(SIGINT);
                                       }
                                     }),
                 base::Interrupted);
    base::clear_interrupt();
    EXPECT_TRUE(is_clean());
  }
}

TEST_F(ImportModelsTest, ComesBackFromWhisperCppsFileEqual) {
  write_ggml("m.bin", false);
  options_.models = {dir_ / "m.bin"};
  const Bundle bundle = imported();
  for (const bool f16 : {false, true}) {
    models::WriteGgmlOptions write;
    write.f16 = f16;
    export_ggml(bundle, "m", dir_ / "back.bin", write);
    ImportOptions again = options_;
    again.models = {dir_ / "back.bin"};
    again.out = dir_ / (f16 ? "again-f16" : "again-f32");
    (void)import_bundle(again);
    const Bundle second = Bundle::open(again.out);
    expect_same_numbers(second, models::open_model(dir_ / "back.bin"));
    EXPECT_EQ(second.manifest().provides->weights == bundle.manifest().provides->weights, !f16);
    EXPECT_EQ(test::read_file(second.path(second.decoder().entry->tokenizer)),
              test::read_file(bundle.path(bundle.decoder().entry->tokenizer)));
    if (!f16) {
      EXPECT_EQ(test::read_file(dir_ / "back.bin"), test::read_file(dir_ / "m.bin"));
    }
  }
}

TEST_F(ImportModelsTest, ExportGgmlTakesOldLanguageCodesForTheirLanguages) {
  write_ggml("m.bin", false);
  options_.models = {dir_ / "m.bin"};
  const Bundle bundle = imported();
  export_ggml(bundle, "m", dir_ / "today.bin", {});
  const std::string tokenizer = test::read_file(bundle.path(bundle.decoder().entry->tokenizer));
  const auto exported = [&](const std::map<std::string, std::string>& renamed) {
    std::string text = tokenizer;
    for (const auto& [from, to] : renamed) text.replace(text.find(from), from.size(), to);
    test::write_file(dir_ / "renamed.json", text);
    fs::remove_all(options_.out);
    options_.tokenizer = dir_ / "renamed.json";
    export_ggml(imported(), "m", dir_ / "older.bin", {});
    return test::read_file(dir_ / "older.bin");
  };
  const std::string today = test::read_file(dir_ / "today.bin");
  EXPECT_TRUE(exported({{"<|he|>", "<|iw|>"}}) == today);
  EXPECT_TRUE(exported({{"<|he|>", "<|iw|>"}, {"<|jw|>", "<|jv|>"}, {"<|nospeech|>", "<|nocaptions|>"}}) == today);
  // Another language where whisper.cpp has Hebrew, and Hebrew where it has another.
  EXPECT_TRUE(
      is_bad_data("tokenizer.json: token 1178: expected <|he|>, which whisper.cpp takes it to be, found <|bm|>", [&] {
        exported({{"<|he|>", "<|bm|>"}});
      }));
  EXPECT_TRUE(
      is_bad_data("tokenizer.json: token <|he|>: expected id 1178, where whisper.cpp takes it to be, found id", [&] {
        exported({{"<|he|>", "<|bm|>"}, {"<|uk|>", "<|iw|>"}});
      }));
}

TEST_F(ImportModelsTest, ExportRefusesWhatWhisperCppWouldMisread) {
  const Bundle bundle = imported();  // 1271 tokens: not as many as Whisper's rule appends
  EXPECT_TRUE(is_bad_data("in whisper.cpp", [&] { export_ggml(bundle, "", dir_ / "m.bin", {}); }));
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "decoder: expected hf, found other",
                         [&] { export_ggml(bundle, "other", dir_ / "m.bin", {}); }));
  EXPECT_FALSE(fs::exists(dir_ / "m.bin"));
}

}  // namespace
}  // namespace seben::bundle
