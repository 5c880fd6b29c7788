// SPDX-License-Identifier: Apache-2.0
// OpenAI's own weights: what they are imported to, and what they write.
#include "support/real_models.h"

#include <gtest/gtest.h>

#include <cctype>

#include "bundle/bundle.h"
#include "seben/transcriber.h"

namespace seben {
namespace {

const std::string kJfk = SEBEN_SOURCE_DIR "/tests/fixtures/audio/speech/jfk.flac";
constexpr const char* kWords =
    "and so my fellow americans ask not what your country can do for you ask what you can do for your country";

// Small letters and single spaces: models punctuate differently.
std::string words_of(const std::string& text) {
  std::string words;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) != 0) words += static_cast<char>(std::tolower(byte));
    if (std::isspace(byte) != 0 && !words.empty() && words.back() != ' ') words += ' ';
  }
  return words.substr(0, words.find_last_not_of(' ') + 1);
}

std::string transcribed(const std::string& bundle) {
  TranscriberOptions options;
  options.precision = "f32";
  return words_of(Transcriber(Bundle::open(test::real_model(bundle)), options).transcribe_file(kJfk).text);
}

std::string digest_of(const bundle::Bundle& bundle, const std::string& path) {
  for (const bundle::FileEntry& file : bundle.manifest().files) {
    if (file.path == path) return file.sha256;
  }
  return "none";
}

TEST(RealModels, BaseWritesTheSentence) {
  SEBEN_SKIP_WITHOUT_REAL("bundles/base");
  EXPECT_EQ(transcribed("bundles/base"), kWords);
}

TEST(RealModels, TinyEnglishWritesTheSentence) {
  SEBEN_SKIP_WITHOUT_REAL("bundles/tiny.en");
  EXPECT_EQ(transcribed("bundles/tiny.en"), kWords);
}

// Of the same weights in Hugging Face's form, made by tools/oracles/ctranslate2_model.py.
TEST(RealModels, AreImportedToTheBundlesOfTheirHuggingFaceForms) {
  SEBEN_SKIP_WITHOUT_REAL("bundles/tiny.en");
  SEBEN_SKIP_WITHOUT_REAL("bundles/base");
  struct Expected {
    const char *name, *encoder, *decoder, *tokenizer;
  };
  for (const Expected& e :
       {Expected{"bundles/base", "efcd4e1ed717606f10b0c1c3c8fb6167f8aef8c38c54e8fd810e2e8a65368d2d",
                 "314e1e7ebe9669880ff8beb6c628bccd85912633490ef8df94b032c7ad3932e5",
                 "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"},
        Expected{"bundles/tiny.en", "85f983c1e95d7df6125343b406bbae521718592d3ccee153ee8861e79b6bdea0",
                 "337fdd03ef04d6c55aaf857caae8d6b47cf7010e1deea595af681a527e2889c3",
                 "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"}}) {
    const bundle::Bundle bundle = bundle::Bundle::open(test::real_model(e.name));
    EXPECT_EQ(bundle.manifest().provides->weights, e.encoder) << e.name;
    EXPECT_EQ(digest_of(bundle, "decoders/whisper/decoder.safetensors"), e.decoder) << e.name;
    EXPECT_EQ(digest_of(bundle, "decoders/whisper/tokenizer.json"), e.tokenizer) << e.name;
  }
}

}  // namespace
}  // namespace seben
