// SPDX-License-Identifier: Apache-2.0
// CTranslate2's models, as its own converter wrote them (tools/fixtures/make_ctranslate2.py) and as nobody would.
#include "import/ctranslate2_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "formats/safetensors.h"
#include "import/ctranslate2_folder.h"
#include "import/model.h"
#include "model/whisper/encoder.h"
#include "support/ctranslate2.h"
#include "support/errors.h"
#include "support/tiny_whisper.h"

namespace seben::models {
namespace {

namespace fs = std::filesystem;
using tensor::DType;
using test::CTranslate2Maker;
using test::CTranslate2Type;
using test::is_bad_data;
using test::TempDir;
using ::testing::ElementsAre;

const std::string kFixtures = SEBEN_SOURCE_DIR "/tests/fixtures/ctranslate2/";
const std::string kKeys = "model.encoder.layers.0.self_attn.k_proj.weight";

std::vector<float> encoded(const Model& model, const std::vector<float>& mel) {
  const auto encoder = whisper::Encoder::load(*model.weights, model.config.encoder, {kernels::Precision::f32, 1, {}});
  whisper::EncoderWorkspace workspace = encoder.make_workspace(1);
  std::vector<float> features(static_cast<std::size_t>(model.config.encoder.feature_size()));
  encoder.run(mel, features, workspace);
  return features;
}

TEST(CTranslate2Model, OfEveryPrecisionIsWhatItsProgramComputes) {
  const auto expected = tensor::SafetensorsFile::open(kFixtures + "encoded.safetensors");
  const std::vector<float> mel = tensor::to_float(expected.require("mel"));
  for (const char* precision : {"float32", "float16", "bfloat16", "int8", "int8_float16", "int8_bfloat16", "int16"}) {
    const Model model = open_model(kFixtures + precision + std::string(".bin"));
    EXPECT_EQ(model.kind, SourceKind::ctranslate2);
    EXPECT_EQ(model.config.encoder, (whisper::EncoderConfig{80, 8, 2, 2, 12, 6}));
    EXPECT_EQ(model.config.decoder, (whisper::DecoderConfig{16, 8, 1, 4, 20, 5, 6}));
    const std::vector<float> features = encoded(model, mel), should = tensor::to_float(expected.require(precision));
    ASSERT_EQ(features.size(), should.size());
    for (std::size_t i = 0; i < features.size(); ++i) EXPECT_NEAR(features[i], should[i], 2e-5F) << precision;
  }
}

TEST(CTranslate2Model, HasTheTensorsThatItWasMadeOf) {
  const auto origin = tensor::open_weights(kFixtures + "origin.safetensors");
  const Model exact = open_model(kFixtures + "float32.bin");
  EXPECT_TRUE(exact.quantised.empty());
  std::vector<std::string> names = origin->names();
  std::erase(names, "proj_out.weight");
  EXPECT_EQ(exact.weights->names(), names);
  for (const std::string& name : names) {
    EXPECT_EQ(tensor::to_float(exact.weights->require(name)), tensor::to_float(origin->require(name))) << name;
  }
  const Model int8 = open_model(kFixtures + "int8.bin"), int16 = open_model(kFixtures + "int16.bin");
  for (const std::string& name : names) {
    const std::vector<float> should = tensor::to_float(origin->require(name));
    const std::vector<float> bytes = tensor::to_float(int8.weights->require(name));
    const std::vector<float> words = tensor::to_float(int16.weights->require(name));
    EXPECT_EQ(int8.quantised.contains(name), int16.quantised.contains(name));
    float largest = 0;
    for (const float value : should) largest = std::max(largest, std::abs(value));
    const bool exactly = !int8.quantised.contains(name);
    for (std::size_t i = 0; i < should.size(); ++i) {
      EXPECT_NEAR(bytes[i], should[i], exactly ? 0 : largest / 127 * 0.51F) << name;
      EXPECT_NEAR(words[i], should[i], exactly ? 0 : largest / 1024 * 1.6F) << name;  // the largest of q, k and v
    }
  }
}

TEST(CTranslate2Model, KeepsFloatsWhereTheyLieAndComputesIntegersOnDemand) {
  const Model halves = open_model(kFixtures + "float16.bin");
  EXPECT_EQ(halves.weights->peek(kKeys)->dtype, DType::f16);
  EXPECT_NE(halves.weights->peek(kKeys)->data, nullptr);
  EXPECT_EQ(open_model(kFixtures + "bfloat16.bin").weights->peek(kKeys)->dtype, DType::bf16);
  const Model mixed = open_model(kFixtures + "int8_float16.bin");
  EXPECT_EQ(mixed.weights->peek("model.encoder.conv1.bias")->dtype, DType::f16);
  EXPECT_EQ(mixed.quantised.at(kKeys), "int8");
  EXPECT_EQ(mixed.weights->peek(kKeys)->dtype, DType::f32);
  EXPECT_EQ(mixed.weights->peek(kKeys)->data, nullptr);
  std::vector<float> streamed;
  mixed.weights->stream(kKeys, [&](std::span<const std::byte> piece) {
    const std::size_t at = streamed.size();
    streamed.resize(at + piece.size() / sizeof(float));
    std::memcpy(streamed.data() + at, piece.data(), piece.size());
  });
  EXPECT_EQ(tensor::to_float(mixed.weights->require(kKeys)), streamed);
}

TEST(CTranslate2Model, TakesItsFoldersListsAndTokens) {
  const TempDir dir;
  for (const char* file : {"config.json", "vocabulary.json"}) fs::copy(kFixtures + file, dir / file);
  fs::copy(kFixtures + "float32.bin", dir / "model.bin");
  for (const std::string& path : {dir.str(), dir / "model.bin"}) {
    const Model model = open_model(path);
    EXPECT_THAT(model.vocabulary, ElementsAre("a", "b", ""));
    EXPECT_EQ(model.special_tokens.size(), 13U);
    EXPECT_EQ(model.special_tokens.front(), "<|endoftext|>");
    const auto config = nlohmann::json::parse(model.config_json);
    EXPECT_EQ(config["eos_token_id"], 3);
    EXPECT_EQ(config["decoder_start_token_id"], 4);
    EXPECT_EQ(config["suppress_tokens"], nlohmann::json::parse("[1]"));
    EXPECT_EQ(config["begin_suppress_tokens"], nlohmann::json::parse("[0, 3]"));
    EXPECT_EQ(config["alignment_heads"], nlohmann::json::parse("[[0, 0], [0, 1], [0, 2], [0, 3]]"));
  }
  const Model encoder = open_model(dir.str(), {false, ""});
  EXPECT_FALSE(encoder.config.decoder);
  EXPECT_TRUE(encoder.vocabulary.empty());
  std::string lines;
  for (const auto& token : nlohmann::json::parse(test::read_file(dir / "vocabulary.json"))) {
    lines += token.get<std::string>() + "\r\n";  // as a checkout on Windows leaves it
  }
  fs::remove(dir / "vocabulary.json");
  EXPECT_TRUE(open_model(dir.str()).vocabulary.empty());  // tokenizer.json alone will do
  test::write_file(dir / "vocabulary.txt", lines);
  EXPECT_THAT(open_model(dir.str()).vocabulary, ElementsAre("a", "b", ""));
  test::write_file(dir / "vocabulary.txt", "\uFEFF" + lines);  // as Notepad saves it
  EXPECT_THAT(open_model(dir.str()).vocabulary, ElementsAre("a", "b", ""));
}

TEST(CTranslate2Model, RefusesListsThatDoNotFit) {
  const TempDir dir;
  fs::copy(kFixtures + "float32.bin", dir / "model.bin");
  const auto refuses = [&](const char* file, const std::string& text, const char* says) {
    test::write_file(dir / file, text);
    EXPECT_TRUE(is_bad_data(says, [&] { (void)open_model(dir.str()); })) << says;
    fs::remove(dir / file);
  };
  const std::string tokens = test::read_file(kFixtures + "vocabulary.json");
  const auto renamed = [&](const std::string& from, const std::string& to) {
    std::string text = tokens;
    return text.replace(text.find(from), from.size(), to);
  };
  refuses("vocabulary.txt", "a\nb\n", "vocabulary.txt: expected 16 tokens, as the decoder has, found 2");
  refuses("vocabulary.json", "{}", "vocabulary.json");
  refuses("vocabulary.json", renamed("\"b\"", "7"), "vocabulary.json: [1]");
  refuses("vocabulary.json", renamed("\"b\"", "\"\\u2603\""), "token 1: expected letters that stand for bytes");
  refuses("vocabulary.json", renamed("<|endoftext|>", "<|end|>"), "expected the token <|endoftext|>, found none");
  refuses("config.json", "[]", "config.json");
  refuses("config.json", R"({"suppress_ids": [16]})", "config.json: suppress_ids[0]");
  refuses("config.json", R"({"suppress_ids_begin": ["a"]})", "config.json: suppress_ids_begin[0]");
  refuses("config.json", R"({"lang_ids": [-1]})", "config.json: lang_ids[0]");
  refuses("config.json", R"({"alignment_heads": [[1, 0]]})", "config.json: alignment_heads[0][0]");
  refuses("config.json", R"({"alignment_heads": [[0]]})", "expected a pair of layer and head, found 1");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "no config.json for a file that states its sizes itself", [&] {
    (void)open_model(dir.str(), {true, "x"});
  }));
}

// A model.bin is one by what it holds.
TEST(CTranslate2Model, IsToldByContent) {
  const TempDir dir;
  fs::copy(kFixtures + "float32.bin", dir / "anything.dat");
  EXPECT_EQ(open_model(dir / "anything.dat").kind, SourceKind::ctranslate2);
  fs::copy(SEBEN_SOURCE_DIR "/tests/fixtures/models/ggml-f16.bin", dir / "model.bin");
  EXPECT_EQ(open_model(dir.str()).kind, SourceKind::ggml);
  test::write_file(dir / "model.bin", "hello, world");
  EXPECT_TRUE(
      is_bad_data("model.bin: version: expected 6, of CTranslate2's model.bin", [&] { (void)open_model(dir.str()); }));
  test::write_file(dir / "model.bin", "");
  EXPECT_TRUE(is_bad_data("model.bin: version: expected 4 bytes, found 0", [&] { (void)open_model(dir.str()); }));
}

class CTranslate2MakerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    tensors_ = test::tiny_encoder(sizes_);
    test::add_decoder(tensors_, decoder_);
    good_ = test::make_ctranslate2(tensors_, config_);
  }
  Model opened(const CTranslate2Maker& maker) const {
    test::write_file(dir_ / "model.bin", maker.bytes());
    return open_model(dir_.str());
  }
  template <class Change>
  void refuses(const std::string& says, Change change) const {
    CTranslate2Maker maker = good_;
    change(maker);
    EXPECT_TRUE(is_bad_data(dir_ / "model.bin: " + says, [&] { (void)opened(maker); })) << says;
  }

  TempDir dir_;
  test::TinySizes sizes_;
  whisper::DecoderConfig decoder_ = test::tiny_decoder_config(sizes_, test::kSmallTokensOfGgml);
  WhisperConfig config_{{sizes_.n_mels, sizes_.d_model, sizes_.layers, sizes_.heads, sizes_.ffn, sizes_.positions},
                        decoder_};
  test::RandomTensors tensors_{1};
  CTranslate2Maker good_;
};

const std::string kStacked = "encoder/layer_0/self_attention/linear_0/";

TEST_F(CTranslate2MakerTest, RefusesOtherModels) {
  ASSERT_NO_THROW((void)opened(good_));
  refuses("spec: expected WhisperSpec, found TransformerSpec", [](auto& m) { m.spec = "TransformerSpec"; });
  refuses("revision: expected 1 to 3, found 4", [](auto& m) { m.revision = 4; });
  refuses("decoder/activation: expected 3, as in Whisper, found 0",
          [](auto& m) { m.at("decoder/activation").bytes[0] = 0; });
  refuses("decoder/pre_norm: expected 1, as in Whisper, found 0",
          [](auto& m) { m.at("decoder/pre_norm").bytes[0] = 0; });
  refuses("decoder/alibi: expected 0, as in Whisper, found 1", [](auto& m) { m.at("decoder/alibi").bytes[0] = 1; });
  refuses("decoder/pre_norm: expected one number, found [2]", [](auto& m) {
    m.at("decoder/pre_norm").shape = {2};
    m.at("decoder/pre_norm").bytes = "ab";
  });
  refuses("encoder/num_heads: expected a whole number from 1 to 32767, found 0",
          [](auto& m) { m.at("encoder/num_heads").bytes[0] = 0; });
  refuses("sizes: encoder_attention_heads: expected a divisor of d_model = 16",
          [](auto& m) { m.at("encoder/num_heads").bytes[0] = 3; });
  refuses("decoder/projection/bias: expected only tensors that a Whisper has, found this one",
          [](auto& m) { m.add("decoder/projection/bias", CTranslate2Type::f32, {1}, std::vector<float>{1}); });
  refuses(kStacked + "weight_zero: expected only tensors that a Whisper has",
          [](auto& m) { m.add(kStacked + "weight_zero", CTranslate2Type::f32, {1}, std::vector<float>{1}); });
  refuses(kStacked + "bias: expected zeros as the bias of the keys", [this](auto& m) {
    const float one = 1;
    std::memcpy(m.at(kStacked + "bias").bytes.data() + (static_cast<std::size_t>(sizes_.d_model) + 3) * sizeof(one),
                &one, sizeof(one));
  });
}

// Before GELU had variants its number was 1.
TEST_F(CTranslate2MakerTest, ReadsRevisionsBeforeTheLast) {
  good_.revision = 2;
  good_.at("decoder/activation").bytes[0] = 1;
  EXPECT_NO_THROW((void)opened(good_));
}

TEST_F(CTranslate2MakerTest, RefusesTensorsThatAreMissingOrWrong) {
  for (const auto& variable : good_.variables) {
    if (variable.shape.empty()) continue;
    CTranslate2Maker without = good_;
    without.erase(variable.name);
    EXPECT_TRUE(is_bad_data("model.bin: ", [&] { (void)opened(without); })) << variable.name;
    CTranslate2Maker other = good_;  // of the same bytes
    if (variable.shape.size() == 1) other.at(variable.name).shape = {variable.shape[0] / 2, 2};
    if (variable.shape.size() > 1) std::swap(other.at(variable.name).shape[0], other.at(variable.name).shape[1]);
    if (other.at(variable.name).shape != variable.shape) {
      EXPECT_TRUE(is_bad_data("model.bin: ", [&] { (void)opened(other); })) << variable.name;
    }
    CTranslate2Maker integers = good_;
    integers.at(variable.name).type = CTranslate2Type::i32;
    EXPECT_TRUE(is_bad_data(variable.name + ": expected F32, F16", [&] { (void)opened(integers); })) << variable.name;
  }
  refuses("encoder/layer_1/ffn/linear_0/weight: expected shape [32, 16], found [16, 32]", [](auto& m) {
    m.at("encoder/layer_1/ffn/linear_0/weight").shape = {16, 32};
  });
  refuses("encoder/layer_1/ffn/linear_0/weight: expected a variable, found none",
          [](auto& m) { m.erase("encoder/layer_1/ffn/linear_0/weight"); });
  refuses("encoder/layer_1/", [](auto& m) { m.erase("encoder/layer_1/self_attention/linear_0/weight"); });
  refuses("decoder/num_heads: expected a variable, found none", [](auto& m) { m.erase("decoder/num_heads"); });
  refuses("decoder/projection/weight: expected a variable, found none", [](auto& m) { m.aliases.clear(); });
  refuses("decoder/layer_0/ffn/linear_1/bias: expected F32, F16 or BF16, found I8", [](auto& m) {
    m.at("decoder/layer_0/ffn/linear_1/bias") = {
        "decoder/layer_0/ffn/linear_1/bias", CTranslate2Type::i8, {16}, std::string(16, 'x')};
  });
}

TEST_F(CTranslate2MakerTest, RefusesScalesThatAreNone) {
  const std::string weight = kStacked + "weight", scale = kStacked + "weight_scale";
  const auto with_scale = [&](float value, std::size_t row) {
    return [=](CTranslate2Maker& m) {
      test::quantise(m, weight, CTranslate2Type::i8);
      std::memcpy(m.at(scale).bytes.data() + row * sizeof(value), &value, sizeof(value));
    };
  };
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  refuses(scale + "[5]: expected a finite scale above 0, found nan", with_scale(std::nanf(""), 5));
  refuses(scale + "[0]: expected a finite scale above 0, found inf", with_scale(kInfinity, 0));
  refuses(scale + "[47]: expected a finite scale above 0, found 0", with_scale(0, 47));
  refuses(scale + "[1]: expected a finite scale above 0, found -2", with_scale(-2, 1));
  refuses(scale + "[1]: expected a finite scale above 0, found 1e-40", with_scale(1e-40F, 1));  // its reciprocal is not
  for (const CTranslate2Type type : {CTranslate2Type::i8, CTranslate2Type::i16}) {
    refuses(scale + ": expected a variable, found none", [&](auto& m) {
      test::quantise(m, weight, type);
      m.erase(scale);
    });
    refuses(scale + (type == CTranslate2Type::i8 ? ": expected F32 [48], found F32 [2]"
                                                 : ": expected F32 [], found F32 [2]"),
            [&](auto& m) {
              test::quantise(m, weight, type);
              m.erase(scale);
              m.add(scale, CTranslate2Type::f32, {2}, std::vector<float>{1, 1});
            });
  }
  refuses(scale + ": expected F32 [48], found F16 [48]", [&](auto& m) {
    test::quantise(m, weight, CTranslate2Type::i8);
    m.erase(scale);
    m.add(scale, CTranslate2Type::f16, {48}, std::vector<std::uint16_t>(48, 0x3c00));
  });
  refuses(scale + ": expected only tensors that a Whisper has", [&](auto& m) {
    m.add(scale, CTranslate2Type::f32, {48}, std::vector<float>(48, 1));  // of a weight in f32
  });
}

// Equal tensors are stored once: another name of a quantised one has its scale as well.
TEST_F(CTranslate2MakerTest, FollowsAliasesToScales) {
  const std::string first = "decoder/layer_0/attention/linear_2/weight",
                    second = "decoder/layer_0/self_attention/linear_1/weight";
  test::quantise(good_, first, CTranslate2Type::i8);
  good_.erase(second);
  good_.aliases.emplace_back(second, first);
  const Model model = opened(good_);
  EXPECT_EQ(tensor::to_float(model.weights->require("model.decoder.layers.0.self_attn.out_proj.weight")),
            tensor::to_float(model.weights->require("model.decoder.layers.0.encoder_attn.out_proj.weight")));
}

TEST_F(CTranslate2MakerTest, AnyByteChangedIsReadOrRefused) {
  CTranslate2Maker maker = test::make_ctranslate2(tensors_, config_);
  test::quantise(maker, kStacked + "weight", CTranslate2Type::i8);
  const std::string bytes = maker.bytes();
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string changed = bytes;
    for (int flips = 0; flips < 1 + i % 3; ++flips) {
      // Heads are small beside the numbers: half of the changes in the first part of the file.
      const std::size_t within = i % 2 == 0 ? 4096 : changed.size();
      changed[random() % within] = static_cast<char>(random());
    }
    try {
      const auto file = std::make_shared<const tensor::CTranslate2File>(
          tensor::CTranslate2File::view(std::as_bytes(std::span(changed)), "model.bin"));
      const Model model = model_of(file);
      for (const std::string& name : model.weights->names()) {
        std::size_t streamed = 0;
        model.weights->stream(name, [&](std::span<const std::byte> piece) { streamed += piece.size(); });
        ASSERT_EQ(streamed, model.weights->peek(name)->bytes());
      }
    } catch (const Error& error) {
      ASSERT_EQ(error.category(), ErrorCategory::bad_data) << error.what();
    }
  }
}

}  // namespace
}  // namespace seben::models
