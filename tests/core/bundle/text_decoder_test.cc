// SPDX-License-Identifier: Apache-2.0
#include "bundle/text_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "bundle/bundle.h"
#include "bundle/encoder_contract.h"
#include "bundle/inspect.h"
#include "bundle/ranker.h"
#include "import/quantize.h"
#include "import/writer.h"
#include "model/whisper/incremental_decoder.h"
#include "support/errors.h"
#include "support/tiny_whisper.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;
using test::fails_with;
using test::is_bad_data;
using ::testing::HasSubstr;
using ::testing::Not;

class TextDecoderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    import_bundle(test::write_tiny_sources(dir_));
    test::RandomTensors decoder(7);
    add(decoder, test::tiny_decoder_config({}));
  }

  void add(test::RandomTensors& tensors, const whisper::DecoderConfig& config) const {
    tensors.add("model.decoder.something", {1});
    test::add_decoder(tensors, config);
    tensors.write(dir_ / "decoder.safetensors");
    test::write_file(dir_ / "config.json", test::tiny_whisper_config({}, config));
    test::write_file(dir_ / "tokenizer.json", "{}");
  }

  // The head's bundle with decoders "tiny" and "small", which share their files; `change` may spoil it.
  std::string build(const std::string& name, bool with_head, const std::function<void(Manifest&)>& change = {}) const {
    const Bundle from = Bundle::open(dir_ / "bundle");
    BundleWriter writer(dir_ / name);
    for (const FileEntry& file : from.manifest().files) {
      if (!with_head && (file.role == Role::head || file.role == Role::vocabulary)) continue;
      writer.add_copy(file.path, file.role, from.path(file.path));
    }
    writer.add_copy("text/decoder.safetensors", Role::decoder, dir_ / "decoder.safetensors");
    writer.add_copy("text/config.json", Role::decoder_config, dir_ / "config.json");
    writer.add_copy("text/tokenizer.json", Role::tokenizer, dir_ / "tokenizer.json");
    Manifest m = from.manifest();
    for (const char* entry : {"tiny", "small"}) {
      m.decoders.push_back(
          {entry, "text/decoder.safetensors", "text/config.json", "text/tokenizer.json", "", m.provides->weights});
    }
    if (!with_head) m.head.reset(), m.required.reset();
    if (change) change(m);
    writer.commit(m);
    return dir_ / name;
  }

  test::TempDir dir_;
};

TEST_F(TextDecoderTest, OpensBesideAHead) {
  const Bundle bundle = Bundle::open(build("both", true));
  EXPECT_TRUE(bundle.has_head());
  EXPECT_NO_THROW(bundle.require_head("eval"));
  ASSERT_EQ(bundle.decoders().size(), 2U);
  EXPECT_EQ(bundle.decoder().entry->name, "tiny");
  EXPECT_EQ(bundle.decoder("small").entry->name, "small");
  EXPECT_EQ(bundle.decoder().config, test::tiny_decoder_config({}));
  EXPECT_EQ(bundle.decoder().weights->require("model.decoder.embed_tokens.weight").shape, (tensor::Shape{40, 16}));
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "decoder: expected tiny, small, found large",
                         [&] { (void)bundle.decoder("large"); }));
  EXPECT_NO_THROW(verify_digests(bundle));
  const auto moved = std::make_shared<const Bundle>(Bundle::open(dir_ / "both"));
  EXPECT_EQ(moved->decoder().entry, moved->manifest().decoders.data());
  EXPECT_NO_THROW((void)whisper::IncrementalDecoder::load(*moved->decoder().weights, moved->decoder().config, {}));
}

TEST_F(TextDecoderTest, ABundleOfAHeadHasNone) {
  const Bundle bundle = Bundle::open(dir_ / "bundle");
  EXPECT_TRUE(bundle.decoders().empty());
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "expected Whisper's text decoder, found none: a bundle of a CTC",
                         [&] { (void)bundle.decoder(); }));
}

TEST_F(TextDecoderTest, WithoutAHeadNothingOfItIsThere) {
  const Bundle bundle = Bundle::open(build("text", false));
  EXPECT_FALSE(bundle.has_head());
  EXPECT_EQ(bundle.decoder().entry->name, "tiny");
  const auto refuses = [&](auto&& work) {
    return fails_with(ErrorCategory::incomplete, "a CTC head, found none: a bundle of Whisper's text decoder", work);
  };
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "text: expected a CTC head for eval, found none",
                         [&] { bundle.require_head("eval"); }));
  EXPECT_TRUE(refuses([&] { (void)bundle.head_config(); }));
  EXPECT_TRUE(refuses([&] { (void)bundle.head_weights(); }));
  EXPECT_TRUE(refuses([&] { (void)bundle.vocabulary(); }));
  EXPECT_TRUE(refuses([&] { (void)bundle.required(); }));
  EXPECT_TRUE(refuses([&] { (void)bundle.require_features(bundle.provided(kernels::Precision::f32), "f"); }));
  EXPECT_TRUE(refuses([&] { (void)head_identity(bundle); }));
  EXPECT_NO_THROW(verify_digests(bundle));
}

TEST_F(TextDecoderTest, IsShown) {
  const std::string both = inspect_text(inspect(build("both", true)));
  EXPECT_THAT(both, HasSubstr("text decoder\n  name          small\n"));
  EXPECT_THAT(both, HasSubstr("width 16, 1 layer of 2 heads, inner 32, 9 positions, 40 tokens"));
  EXPECT_THAT(both, HasSubstr("generation    defaults"));
  const std::string text = inspect_text(inspect(build("text", false)));
  EXPECT_THAT(text, HasSubstr("head\n  none: a bundle of Whisper's text decoder\n"));
  EXPECT_THAT(text, HasSubstr("requires: nothing (no head)"));
  EXPECT_THAT(inspect_text(inspect(dir_ / "bundle")), Not(HasSubstr("text decoder")));
  EXPECT_EQ(inspect(dir_ / "text")["decoders"][1]["name"], "small");
  EXPECT_TRUE(inspect(dir_ / "text")["head"].is_null());
}

TEST_F(TextDecoderTest, AnotherEncoderIsRefused) {
  const std::string other(64, 'e');
  const std::string own = Bundle::open(dir_ / "bundle").manifest().provides->weights;
  EXPECT_TRUE(is_bad_data(
      "decoder small: expected the encoder that it was trained with, " + other + ", found an encoder of digest " + own,
      [&] { (void)build("b", true, [&](Manifest& m) { m.decoders[1].encoder = other; }); }));
  EXPECT_FALSE(fs::exists(dir_ / "b"));
}

TEST_F(TextDecoderTest, SizesThatDoNotFitAreNamed) {
  const auto build_with = [&](const whisper::DecoderConfig& stored, const whisper::DecoderConfig& stated) {
    test::RandomTensors decoder(7);
    add(decoder, stored);
    test::write_file(dir_ / "config.json", test::tiny_whisper_config({}, stated));
    return [this] { (void)build("b", false); };
  };
  const whisper::DecoderConfig good = test::tiny_decoder_config({});
  whisper::DecoderConfig other = good;
  other.vocabulary = 41;
  EXPECT_TRUE(is_bad_data("model.decoder.embed_tokens.weight: expected shape [41, 16], found shape [40, 16]",
                          build_with(good, other)));
  other = good;
  other.layers = 2;
  EXPECT_TRUE(is_bad_data("model.decoder.layers.1", build_with(good, other)));
  const auto config_with = [&](const char* key, std::int64_t value) {
    const auto work = build_with(good, good);
    nlohmann::json json = nlohmann::json::parse(test::tiny_whisper_config({}, good));
    json[key] = value;
    test::write_file(dir_ / "config.json", json.dump());
    return work;
  };
  EXPECT_TRUE(is_bad_data("d_model: expected 16, as the encoder has, found 32", config_with("d_model", 32)));
  EXPECT_TRUE(is_bad_data("max_source_positions: expected 12, as the encoder has, found 13",
                          config_with("max_source_positions", 13)));
}

TEST_F(TextDecoderTest, IsCopiedWhenTheEncoderIsCoded) {
  for (const bool with_head : {true, false}) {
    const std::string name = with_head ? "both" : "text";
    const Bundle source = Bundle::open(build(name, with_head));
    const auto spec = quant::parse_weight_codec("w8:g16", "test");
    const auto plain = quant::parse_weight_codec("f32", "test");  // the head is too narrow for groups
    quantize_bundle(source, WeightPlan::uniform(source, spec, plain), dir_ / (name + "-w8"), {});
    const Bundle coded = Bundle::open(dir_ / (name + "-w8"));
    EXPECT_EQ(coded.weight_codec(), "w8:g16");
    EXPECT_EQ(coded.has_head(), with_head);
    EXPECT_EQ(test::read_file(coded.path(coded.decoder().entry->weights)),
              test::read_file(source.path(source.decoder().entry->weights)));
  }
}

// Codes by parts of a bundle with a head and decoders "tiny" and "small", which share their file.
TEST_F(TextDecoderTest, IsCodedWithTheEncoder) {
  const Bundle source = Bundle::open(build("both", true));
  const auto codec = [](const char* name) { return quant::parse_weight_codec(name, "test"); };
  WeightPlan plan = WeightPlan::uniform(source, codec("w4:g16"), codec("f32"));
  plan.code_decoders(codec("w4:g16"));
  plan.parts = {{"decoder.layers.*.fc1", codec("w6:g16")}, {"decoder.layers.0.self_attn.q_proj", WeightPlan::kAsItIs}};
  quantize_bundle(source, plan, dir_ / "coded", {});
  const Bundle coded = Bundle::open(dir_ / "coded");
  const auto codec_of = [&](const std::string& name) {
    const tensor::CodedRows* rows = coded.decoder().weights->require("model.decoder." + name).coded;
    return rows == nullptr ? std::string("plain") : rows->codec();
  };
  EXPECT_EQ(codec_of("embed_tokens.weight"), "w8:g16");  // looked up too, and half of a small model
  EXPECT_EQ(codec_of("layers.0.encoder_attn.v_proj.weight"), "w4:g16");
  EXPECT_EQ(codec_of("layers.0.fc1.weight"), "w6:g16");
  EXPECT_EQ(codec_of("layers.0.self_attn.q_proj.weight"), "plain");
  EXPECT_EQ(codec_of("layers.0.self_attn_layer_norm.weight"), "plain");
  EXPECT_EQ(coded.weight_codec(), "w4:g16");
  EXPECT_EQ(coded.decoder().weight_codec, "mixed");
  EXPECT_EQ(coded.precision_name(coded.decoder("small"), kernels::Precision::int8), "mixed+int8");
  EXPECT_FALSE(coded.admits(coded.decoder(), kernels::Precision::f32));
  EXPECT_LT(coded.decoder().weights->total_bytes(), source.decoder().weights->total_bytes() / 2);
  const auto decoder = whisper::IncrementalDecoder::load(*coded.decoder().weights, coded.decoder().config, {});
  EXPECT_EQ(decoder.config(), source.decoder().config);
  const std::string text = inspect_text(inspect(dir_ / "coded"));
  EXPECT_THAT(text, HasSubstr("1 w6:g16"));
  EXPECT_THAT(text, HasSubstr("precision record of text decoder small\n  admitted: none"));
}

TEST_F(TextDecoderTest, AloneItMayBeCodedAndAHeadStaysFree) {
  const Bundle source = Bundle::open(build("both", true));
  const auto plain = WeightPlan::kAsItIs;
  WeightPlan plan = WeightPlan::uniform(source, plain, plain);
  plan.code_decoders(quant::parse_weight_codec("w8:g16", "test"));
  quantize_bundle(source, plan, dir_ / "coded", {});
  const Bundle coded = Bundle::open(dir_ / "coded");
  EXPECT_EQ(coded.weight_codec(), "");
  EXPECT_TRUE(coded.admits(kernels::Precision::f32));  // for the head
  EXPECT_FALSE(coded.admits(coded.decoder(), kernels::Precision::f32));
  EXPECT_EQ(coded.precision_name(coded.decoder(), kernels::Precision::f32), "w8:g16+f32");
}

TEST_F(TextDecoderTest, StaysAsItIsButForAPart) {
  const Bundle source = Bundle::open(build("text", false));
  WeightPlan plan = WeightPlan::uniform(source, quant::parse_weight_codec("w8:g16", "test"), WeightPlan::kAsItIs);
  plan.code_decoders(WeightPlan::kAsItIs);
  plan.parts = {{"decoder.layers.0.fc2", quant::parse_weight_codec("w8:g16", "test")}};
  quantize_bundle(source, plan, dir_ / "coded", {});
  const Bundle coded = Bundle::open(dir_ / "coded");
  for (const std::string& name : source.decoder().weights->names()) {
    const tensor::TensorView &before = source.decoder().weights->require(name),
                             &after = coded.decoder().weights->require(name);
    EXPECT_EQ(after.dtype, name == "model.decoder.layers.0.fc2.weight" ? tensor::DType::coded : before.dtype) << name;
  }
}

TEST_F(TextDecoderTest, PartsThatThereAreNotAreRefused) {
  const Bundle source = Bundle::open(build("text", false));
  WeightPlan plan = WeightPlan::uniform(source, quant::parse_weight_codec("w8:g16", "test"), WeightPlan::kAsItIs);
  for (const char* part :
       {"decoder.layers.0", "encoder.layers.99", "encoder.layers.0.fc3", "encoder.lay", "head", ""}) {
    plan.parts = {{part, WeightPlan::kAsItIs}};
    EXPECT_TRUE(fails_with(ErrorCategory::usage, std::string("part ") + part + ": expected the beginning of a matrix",
                           [&] { quantize_bundle(source, plan, dir_ / "coded", {}); }));
    EXPECT_FALSE(fs::exists(dir_ / "coded"));
  }
}

}  // namespace
}  // namespace seben::bundle
