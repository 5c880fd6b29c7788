// SPDX-License-Identifier: Apache-2.0
// Writes the models that the documentation's commands name: seeded random Whispers of some kilobytes in every format
// that is imported, and a CTC head. usage: sample_models FOLDER
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>

#include "import/write_ggml.h"
#include "support/tiny_whisper.h"
#include "text/tokenizer/tokenizer.h"

namespace seben::test {
namespace {

namespace fs = std::filesystem;

// With Whisper's own window and as few layers as there may be.
TinySizes sizes() {
  TinySizes s = ggml_sizes();
  s.positions = 1500;
  s.layers = 1;
  s.head_width = 24;
  return s;
}

// Layers differ from decoder to decoder, so that two of one encoder are told apart.
whisper::DecoderConfig decoder(std::int64_t layers) {
  whisper::DecoderConfig config = tiny_decoder_config(sizes(), kSmallTokensOfGgml, layers);
  config.positions = 80;
  return config;
}

// whisper.cpp's file, whose special tokens follow Whisper's rule: 99 languages, timestamps to 30 s.
void write_ggml_file(const std::string& folder, const std::string& name, std::int64_t layers) {
  const std::string source = folder + "/for-ggml";
  write_tiny_whisper(source, sizes(), decoder(layers));
  models::Model model = models::open_model(source);
  const auto tokenizer = tokenizer::Tokenizer::load(SEBEN_SOURCE_DIR "/tests/fixtures/tokenizer");
  for (std::int32_t id = 0; id < tokenizer.specials().endoftext; ++id)
    model.vocabulary.emplace_back(tokenizer.bytes(id));
  models::write_ggml(model, folder + "/" + name, {});
  fs::remove_all(source);
}

// The tokenizer of such a file as Hugging Face would publish it.
std::string tokenizer_of(const std::string& folder, const std::string& ggml) {
  bundle::ImportOptions options;
  options.models = {folder + "/" + ggml};
  options.name = "tokenizer";
  options.licence = "Apache-2.0";
  options.out = folder + "/for-tokenizer";
  bundle::import_bundle(options);
  std::string text;
  for (const auto& entry : fs::recursive_directory_iterator(options.out)) {
    if (entry.path().filename() == "tokenizer.json") text = read_file(entry.path().string());
  }
  fs::remove_all(options.out);
  return text;
}

void write_folder(const std::string& folder, std::int64_t layers, const std::string& tokenizer) {
  write_tiny_whisper(folder, sizes(), decoder(layers));
  write_file(folder + "/tokenizer.json", tokenizer);
  write_file(folder + "/generation_config.json", R"({"is_multilingual": true, "alignment_heads": [[0, 0], [0, 1]]})");
}

void write_all(const std::string& folder) {
  fs::create_directories(folder);
  write_ggml_file(folder, "ggml-large-v3.bin", 2);
  write_ggml_file(folder, "ggml-distil-large-v3.bin", 1);
  const std::string tokenizer = tokenizer_of(folder, "ggml-large-v3.bin");
  for (const char* name : {"whisper-small", "whisper-large-v3", "whisper-large-v3-turbo"}) {
    write_folder(folder + "/" + name, 2, tokenizer);
  }
  write_folder(folder + "/distil-large-v3", 1, tokenizer);
  tensor::Metadata metadata = tiny_head_metadata(sizes());
  metadata["seben.head.heads"] = "12";
  tiny_head(sizes()).write(folder + "/head.safetensors", metadata);
  write_file(folder + "/vocab.json", nko::Vocabulary::nko_blank_last().to_json());
}

}  // namespace
}  // namespace seben::test

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: sample_models FOLDER\n";
    return 64;
  }
  try {
    seben::test::write_all(arguments[1]);
  } catch (const std::exception& error) {
    std::cerr << "sample_models: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
