// SPDX-License-Identifier: Apache-2.0
// One small Whisper as PyTorch and whisper.cpp's own converter and quantiser wrote it (tools/fixtures/model_files.py).
#include "import/model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "formats/safetensors.h"
#include "import/vocabulary.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::models {
namespace {

namespace fs = std::filesystem;
using tensor::DType;
using test::is_bad_data;
using test::TempDir;

const std::string kFixtures = SEBEN_SOURCE_DIR "/tests/fixtures/models/";
constexpr std::string_view kKey = "model.encoder.layers.0.self_attn.k_proj.weight";

std::vector<tensor::TensorView> views_of(const Model& model, const std::string& part = "") {
  std::vector<tensor::TensorView> views;
  for (const std::string& name : model.weights->names()) {
    if (name.find(part) != std::string::npos) views.push_back(model.weights->require(name));
  }
  return views;
}

// The model as Hugging Face publishes one.
void write_folder(const Model& model, const std::string& folder) {
  fs::create_directories(folder);
  base::write_text(folder + "/config.json", model.config_json);
  tensor::write_safetensors(folder + "/model.safetensors", views_of(model), {});
}

TEST(OpenModel, ReadsOpenAisCheckpoint) {
  const Model model = open_model(kFixtures + "openai.pt");
  EXPECT_EQ(model.kind, SourceKind::openai);
  EXPECT_EQ(model.config.encoder, (whisper::EncoderConfig{80, 32, 1, 2, 128, 6}));
  EXPECT_EQ(model.config.decoder, (whisper::DecoderConfig{40, 32, 1, 2, 128, 5, 6}));
  EXPECT_EQ(model.weights->names().size(), 7U + 15 + 4 + 24);
  EXPECT_EQ(model.weights->require(kKey, {32, 32}).dtype, DType::f16);
  EXPECT_TRUE(model.vocabulary.empty());
  EXPECT_FALSE(model.mel_filters);
  EXPECT_TRUE(model.quantised.empty());
}

TEST(OpenModel, ReadsWhatWhisperCppMadeOfIt) {
  const Model origin = open_model(kFixtures + "openai.pt");
  const Model model = open_model(kFixtures + "ggml-f16.bin");
  EXPECT_EQ(model.kind, SourceKind::ggml);
  EXPECT_EQ(model.config, origin.config);
  EXPECT_EQ(model.config_json, origin.config_json);
  ASSERT_EQ(model.weights->names(), origin.weights->names());
  for (const std::string& name : origin.weights->names()) {
    const tensor::TensorView& should = origin.weights->require(name);
    EXPECT_EQ(tensor::to_float(model.weights->require(name, should.shape)), tensor::to_float(should)) << name;
  }
  EXPECT_EQ(model.vocabulary.size(), 33U);
  EXPECT_EQ(model.vocabulary[31], "\xdf\x8a");
  EXPECT_EQ(model.vocabulary[32], "");
  ASSERT_TRUE(model.mel_filters);
  EXPECT_EQ(model.mel_filters->n_mels, 80);
  EXPECT_EQ(model.mel_filters->weights.size(), 80U * 8);
}

TEST(OpenModel, DequantisesOnDemand) {
  const Model origin = open_model(kFixtures + "openai.pt");
  const Model model = open_model(kFixtures + "ggml-q5_0.bin");
  EXPECT_EQ(model.quantised.at(std::string(kKey)), "q5_0");
  EXPECT_EQ(model.quantised.count("model.encoder.conv1.weight"), 0U);  // whisper.cpp leaves convolutions alone
  EXPECT_EQ(model.quantised.size(), 6U + 1 + 10);
  EXPECT_EQ(model.weights->peek(kKey)->data, nullptr);
  std::vector<float> streamed;
  model.weights->stream(kKey, [&](std::span<const std::byte> piece) {
    const std::size_t at = streamed.size();
    streamed.resize(at + piece.size() / sizeof(float));
    std::memcpy(streamed.data() + at, piece.data(), piece.size());
  });
  EXPECT_EQ(model.weights->peek(kKey)->data, nullptr);  // nothing was kept
  const tensor::TensorView& key = model.weights->require(kKey, {32, 32});
  EXPECT_EQ(key.dtype, DType::f32);
  const std::vector<float> values = tensor::to_float(key), should = tensor::to_float(origin.weights->require(kKey));
  EXPECT_EQ(values, streamed);
  for (std::size_t row = 0; row < 32; ++row) {  // a block: 32 steps of a sixteenth of its largest magnitude
    float largest = 0, error = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      largest = std::max(largest, std::abs(should[row * 32 + i]));
      error = std::max(error, std::abs(values[row * 32 + i] - should[row * 32 + i]));
    }
    EXPECT_LE(error, largest / 16 * 1.01F);
    EXPECT_GT(error, 0);
  }
  model.weights->release(key);
  EXPECT_EQ(tensor::to_float(key), values);  // read anew from the temporary file
}

TEST(OpenModel, ReadsHuggingFacesFolderFileAndShards) {
  const TempDir dir;
  const Model origin = open_model(kFixtures + "openai.pt");
  write_folder(origin, dir / "hf");
  fs::copy(kFixtures + "vocab.json", dir / "hf/vocab.json");
  for (const char* path : {"hf", "hf/model.safetensors"}) {
    const Model model = open_model(dir / path);
    EXPECT_EQ(model.kind, SourceKind::safetensors);
    EXPECT_EQ(model.config, origin.config);
    EXPECT_EQ(model.vocabulary, open_model(kFixtures + "ggml-f16.bin").vocabulary);
    EXPECT_EQ(encoder_digest(model), encoder_digest(origin));
  }
  fs::remove(dir / "hf/model.safetensors");
  nlohmann::json index;
  for (const char* part : {"encoder", "decoder"}) {
    const std::string file = std::string(part) + ".safetensors";
    const auto views = views_of(origin, std::string("model.") + part);
    tensor::write_safetensors(dir / ("hf/" + file), views, {});
    for (const auto& view : views) index["weight_map"][view.name] = file;
  }
  test::write_file(dir / "hf/model.safetensors.index.json", index.dump());
  EXPECT_EQ(encoder_digest(open_model(dir / "hf")), encoder_digest(origin));
  EXPECT_EQ(encoder_digest(open_model(dir / "hf/model.safetensors.index.json")), encoder_digest(origin));
  fs::remove(dir / "hf/decoder.safetensors");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "decoder.safetensors", [&] { (void)open_model(dir / "hf"); }));
}

TEST(OpenModel, ReadsPyTorchsFilesOfHuggingFace) {
  const TempDir dir;
  for (const char* path : {"hf", "hf/pytorch_model.bin"}) {
    const Model model = open_model(kFixtures + path);
    EXPECT_EQ(model.kind, SourceKind::torch);
    EXPECT_EQ(model.config.decoder, (whisper::DecoderConfig{40, 8, 1, 2, 32, 5, 6}));
    EXPECT_EQ(model.weights->require("proj_out.weight").data,
              model.weights->require("model.decoder.embed_tokens.weight").data);  // one storage
  }
  fs::copy(kFixtures + "hf/config.json", dir / "config.json");
  fs::copy(kFixtures + "hf/pytorch_model.bin", dir / "pytorch_model-00001-of-00001.bin");
  const Model whole = open_model(kFixtures + "hf");
  nlohmann::json index;
  for (const std::string& name : whole.weights->names()) index["weight_map"][name] = "pytorch_model-00001-of-00001.bin";
  test::write_file(dir / "pytorch_model.bin.index.json", index.dump());
  const Model shards = open_model(dir.str());
  EXPECT_EQ(shards.kind, SourceKind::torch);
  EXPECT_EQ(shards.weights->names(), whole.weights->names());
  EXPECT_EQ(encoder_digest(shards), encoder_digest(whole));
}

TEST(OpenModel, AnEncoderAloneIsAModel) {
  const TempDir dir;
  const Model origin = open_model(kFixtures + "openai.pt");
  write_folder(origin, dir / "hf");
  tensor::write_safetensors(dir / "hf/model.safetensors", views_of(origin, "encoder."), {});
  const Model model = open_model(dir / "hf");
  EXPECT_FALSE(model.config.decoder);
}

TEST(EncoderDigest, TellsEncodersApartAndNotDecoders) {
  const TempDir dir;
  const Model origin = open_model(kFixtures + "openai.pt");
  write_folder(origin, dir / "a");
  const std::string same = encoder_digest(open_model(dir / "a"));
  std::string bytes = test::read_file(dir / "a/model.safetensors");
  const std::string header = bytes.substr(8, 40);
  ASSERT_NE(header.find("model.decoder"), std::string::npos);  // decoder's tensors lie first, in the names' order
  const std::size_t last = bytes.size() - 2, first = bytes.size() - origin.weights->total_bytes();
  const auto with_flipped = [&](std::size_t at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    test::write_file(dir / "a/model.safetensors", changed);
    return encoder_digest(open_model(dir / "a"));
  };
  EXPECT_EQ(with_flipped(first), same);
  EXPECT_NE(with_flipped(last), same);
  // Quantising changes the numbers, and storing them in another dtype counts as another encoder.
  EXPECT_NE(encoder_digest(open_model(kFixtures + "ggml-f16.bin")), same);
  std::uint64_t counted = 0;
  const Model quantised = open_model(kFixtures + "ggml-q5_0.bin");
  EXPECT_NE(encoder_digest(quantised, [&](std::uint64_t count) { counted += count; }), same);
  EXPECT_GT(counted, 40'000U);
  EXPECT_EQ(quantised.weights->peek(kKey)->data, nullptr);  // hashing puts nothing on the disk
}

TEST(OpenModel, NamesWhatIsMissingOrWrong) {
  const TempDir dir;
  const auto open = [&](const char* name) { return [&dir, name] { (void)open_model(dir / name); }; };
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "a readable file", open("none.bin")));
  fs::create_directories(dir / "empty");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "model.safetensors, pytorch_model.bin", open("empty")));
  test::write_file(dir / "text.bin", "hello, world");
  EXPECT_TRUE(is_bad_data("text.bin", open("text.bin")));
  test::write_file(dir / "nothing.bin", "");
  EXPECT_TRUE(is_bad_data("nothing.bin", open("nothing.bin")));

  const std::string ggml = test::read_file(kFixtures + "ggml-f16.bin");
  const auto changed = [&](std::size_t at, char value) {
    std::string bytes = ggml;
    bytes[at] = value;
    test::write_file(dir / "m.bin", bytes);
  };
  changed(20, 2);  // n_audio_layer
  EXPECT_TRUE(is_bad_data("m.bin: model.encoder.layers.1.", open("m.bin")));
  changed(40, 81);  // n_mels
  EXPECT_TRUE(is_bad_data("m.bin: sizes: num_mel_bins: expected 80 or 128, found 81", open("m.bin")));
  changed(12, 64);  // n_audio_state
  EXPECT_TRUE(is_bad_data("m.bin: n_text_state: expected 64, as n_audio_state, found 32", open("m.bin")));
  changed(4, 41);  // n_vocab
  EXPECT_TRUE(
      is_bad_data("model.decoder.embed_tokens.weight: expected shape [41, 32], found shape [40, 32]", open("m.bin")));
  const std::size_t name = ggml.find("encoder.ln_post.weight");
  changed(name, 'E');
  EXPECT_TRUE(is_bad_data("m.bin: model.encoder.layer_norm.weight: expected a tensor, found none", open("m.bin")));

  fs::copy(kFixtures + "state.pt", dir / "pytorch_model.bin");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "config.json", open("pytorch_model.bin")));
  write_folder(open_model(kFixtures + "openai.pt"), dir / "hf");
  fs::copy(dir / "hf/config.json", dir / "config.json");
  EXPECT_TRUE(is_bad_data("a Whisper encoder", open("pytorch_model.bin")));
  fs::remove(dir / "hf/config.json");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "hf/config.json", open("hf")));
}

TEST(ParseVocabulary, ReadsBytesAndRefusesTheRest) {
  const auto parse = [](const std::string& json) { return parse_vocabulary(json, "v.json"); };
  EXPECT_EQ(parse("{\"a\": 1, \"\u0120b\": 0, \"<|endoftext|>\": 2, \"<|nko|>\": 3, \"other\": 4}"),
            (std::vector<std::string>{" b", "a"}));
  EXPECT_EQ(parse("{\"\u0143\u0100\u00a1\": 0}"), (std::vector<std::string>{std::string("\xad\x00\xa1", 3)}));
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"a": 0, "b": 2})", "v.json: expected a token for each number below 2, found 1 tokens"},
      {R"({"a": 0, "b": 0})", "every number once, found 0"},
      {R"({"a": -1})", "v.json: a"},
      {R"({"a": 0, "<|endoftext|>": 2})", "a token for each number below 2, found 1 tokens"},
      {R"({"a": 0, "<|endoftext|>": 900000})", "a token for each number below 900000"},
      {"{\"\u07ca\": 0}", "letters that stand for bytes"},
      {"{\"\u65e5\": 0}", "letters that stand for bytes"},
      {R"({"a b": 0})", "letters that stand for bytes"},
      {R"(["a"])", "v.json: expected an object"}};
  for (const auto& [json, says] : cases)
    EXPECT_TRUE(is_bad_data(says, [&, &input = json] { (void)parse(input); })) << json;
}

}  // namespace
}  // namespace seben::models
