// SPDX-License-Identifier: Apache-2.0
// A model of CTranslate2 makes the bundle that its Hugging Face form makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bundle/bundle.h"
#include "import/import.h"
#include "import/model.h"
#include "support/ctranslate2.h"
#include "support/errors.h"
#include "support/tiny_whisper.h"
#include "text/tokenizer/byte_letters.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::models {
namespace {

namespace fs = std::filesystem;
using test::CTranslate2Maker;
using test::CTranslate2Type;
using test::is_bad_data;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kKeys = "model.encoder.layers.0.self_attn.k_proj.weight";
const std::string kStacked = "encoder/layer_0/self_attention/linear_0/";

class CTranslate2ImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    make(test::kSmallTokens);
    test::write_tiny_whisper(dir_ / "hf", sizes_, decoder_);
    tensors_.write(dir_ / "hf/model.safetensors", {{"format", "pt"}});
    fs::create_directories(dir_ / "ct2");
    test::write_file(dir_ / "ct2/model.bin", good_.bytes());
    test::write_file(dir_ / "ct2/config.json",
                     R"({"suppress_ids": [5], "suppress_ids_begin": [7], "alignment_heads": [[0, 1]]})");
    fs::copy(dir_ / "hf/tokenizer.json", dir_ / "ct2/tokenizer.json");
  }
  // One of so many tokens, not written yet.
  void make(std::int64_t tokens) {
    decoder_ = test::tiny_decoder_config(sizes_, tokens);
    tensors_ = test::tiny_encoder(sizes_);
    test::add_decoder(tensors_, decoder_);
    good_ = test::make_ctranslate2(
        tensors_,
        {{sizes_.n_mels, sizes_.d_model, sizes_.layers, sizes_.heads, sizes_.ffn, sizes_.positions}, decoder_});
  }
  bundle::Bundle imported(const std::string& folder, std::vector<std::string>* notes = nullptr) {
    bundle::ImportOptions options;
    options.models = {dir_ / folder};
    options.name = "tiny";
    options.licence = "MIT";
    options.out = dir_ / ("bundle-" + folder);
    fs::remove_all(options.out);
    auto lines = bundle::import_bundle(options);
    if (notes != nullptr) *notes = std::move(lines);
    return bundle::Bundle::open(options.out);
  }
  // vocabulary.json of the small tokenizer.
  nlohmann::json token_list(std::int64_t count) const {
    const auto tokenizer = tokenizer::Tokenizer::load(dir_ / "hf");
    nlohmann::json list = nlohmann::json::array();
    for (std::int32_t i = 0; i < tokenizer.specials().endoftext; ++i) {
      list.push_back(tokenizer::letters_of_bytes(tokenizer.bytes(i)));
    }
    const auto whisper = tokenizer::Tokenizer::from_ggml(open_ggml_tokens(tokenizer),
                                                         static_cast<std::size_t>(test::kSmallTokensOfGgml), "t");
    for (auto i = static_cast<std::int32_t>(list.size()); i < count; ++i) list.push_back(std::string(whisper.bytes(i)));
    return list;
  }
  static std::vector<std::string> open_ggml_tokens(const tokenizer::Tokenizer& tokenizer) {
    std::vector<std::string> tokens;
    for (std::int32_t i = 0; i < tokenizer.specials().endoftext; ++i) tokens.emplace_back(tokenizer.bytes(i));
    return tokens;
  }

  TempDir dir_;
  test::TinySizes sizes_ = test::ggml_sizes();
  whisper::DecoderConfig decoder_;
  test::RandomTensors tensors_{1};
  CTranslate2Maker good_;
};

TEST_F(CTranslate2ImportTest, MakesTheBundleOfHuggingFacesForm) {
  const bundle::Bundle ours = imported("ct2"), theirs = imported("hf");
  EXPECT_EQ(ours.manifest().provides->weights, theirs.manifest().provides->weights);
  for (const char* file : {"encoder.safetensors", "decoders/{}/decoder.safetensors", "decoders/{}/tokenizer.json"}) {
    const auto path = [&](const bundle::Bundle& bundle, const char* name) {
      std::string relative = file;
      if (const std::size_t at = relative.find("{}"); at != std::string::npos) relative.replace(at, 2, name);
      return test::read_file(bundle.path(relative));
    };
    EXPECT_TRUE(path(ours, "ct2") == path(theirs, "hf")) << file;
  }
  EXPECT_EQ(ours.decoder().config, theirs.decoder().config);
  EXPECT_EQ(ours.decoder().weights->find("proj_out.weight"), nullptr);
  const auto generation = nlohmann::json::parse(test::read_file(ours.path("decoders/ct2/generation_config.json")));
  EXPECT_EQ(generation["suppress_tokens"], nlohmann::json::parse("[5]"));
  EXPECT_EQ(generation["begin_suppress_tokens"], nlohmann::json::parse("[7]"));
  EXPECT_EQ(generation["alignment_heads"], nlohmann::json::parse("[[0, 1]]"));
  EXPECT_EQ(nlohmann::json::parse(ours.manifest().provenance)["import"]["models"][0]["format"], "CTranslate2");
}

TEST_F(CTranslate2ImportTest, NeedsNoTokenizerBesideItsVocabulary) {
  fs::remove(dir_ / "ct2/tokenizer.json");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "a tokenizer: --tokenizer", [&] { (void)imported("ct2"); }));
  make(test::kSmallTokensOfGgml);
  test::write_file(dir_ / "ct2/model.bin", good_.bytes());
  nlohmann::json tokens = token_list(test::kSmallTokensOfGgml);
  test::write_file(dir_ / "ct2/vocabulary.json", tokens.dump());
  const bundle::Bundle bundle = imported("ct2");
  const auto own = tokenizer::Tokenizer::load(bundle.path(bundle.decoder().entry->tokenizer));
  const auto should = tokenizer::Tokenizer::load(dir_ / "hf");
  EXPECT_EQ(own.specials().timestamp_count, tokenizer::kTimestamps);
  EXPECT_EQ(own.specials().endoftext, should.specials().endoftext);
  EXPECT_EQ(own.bytes(300), should.bytes(300));
  std::ranges::replace(tokens, "<|uk|>",
                       "<|bm|>");  // a language of somebody's own: only a tokenizer.json has room for it
  test::write_file(dir_ / "ct2/vocabulary.json", tokens.dump());
  EXPECT_TRUE(is_bad_data("expected <|uk|>, found another token", [&] { (void)imported("ct2"); }));
}

TEST_F(CTranslate2ImportTest, ATokenizerOfAnotherVocabularyIsRefused) {
  nlohmann::json tokens = nlohmann::json::array();
  for (std::int64_t i = 0; i < test::kSmallTokens; ++i) tokens.push_back("a");
  tokens[100] = "<|endoftext|>";
  tokens[101] = "<|startoftranscript|>";
  test::write_file(dir_ / "ct2/vocabulary.json", tokens.dump());
  EXPECT_TRUE(is_bad_data("expected eos_token_id 100, as the model has, found 1156", [&] { (void)imported("ct2"); }));
}

TEST_F(CTranslate2ImportTest, SaysWhatIntegersBecame) {
  test::quantise(good_, kStacked + "weight", CTranslate2Type::i8);
  test::write_file(dir_ / "ct2/model.bin", good_.bytes());
  std::vector<std::string> notes;
  const bundle::Bundle bundle = imported("ct2", &notes);
  EXPECT_THAT(notes, ElementsAre(HasSubstr("3 tensors of int8 are stored as the f32 values that they stand for")));
  EXPECT_EQ(nlohmann::json::parse(bundle.manifest().provenance)["import"]["models"][0]["values_of_integers"]["int8"],
            3);
  const Model model = open_model(dir_ / "ct2");
  EXPECT_EQ(tensor::to_float(bundle.encoder_weights()->require(kKeys)),
            tensor::to_float(model.weights->require(kKeys)));
}

TEST_F(CTranslate2ImportTest, AnOutputLayerOfItsOwnIsKept) {
  good_.aliases.clear();
  CTranslate2Maker::Variable output = good_.at("decoder/embeddings/weight");
  output.name = "decoder/projection/weight";
  good_.variables.push_back(output);
  test::write_file(dir_ / "ct2/model.bin", good_.bytes());
  EXPECT_EQ(imported("ct2").decoder().weights->find("proj_out.weight"), nullptr);  // it is the embedding
  good_.at("decoder/projection/weight").bytes[1] = 'x';
  test::write_file(dir_ / "ct2/model.bin", good_.bytes());
  EXPECT_NE(imported("ct2").decoder().weights->find("proj_out.weight"), nullptr);
}

}  // namespace
}  // namespace seben::models
