// SPDX-License-Identifier: Apache-2.0
// Whispers as fine-tunings for new languages leave them: words, gaps or bare rows behind the timestamps. Each is
// written, skipped or refused by name, on the whole way from import to the text and to whisper.cpp's file.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "import/export_ggml.h"
#include "import/import.h"
#include "seben/transcriber.h"
#include "support/errors.h"
#include "support/tiny_bundle.h"
#include "support/tiny_whisper.h"
#include "text/tokenizer/tokenizer.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Ids = std::vector<std::int32_t>;

constexpr std::int32_t kTimestampBegin = 1170;  // of tests/fixtures/tokenizer, which has 101 of them
constexpr std::int32_t kEnd = kTimestampBegin + tokenizer::kTimestamps;
const std::string kWord = " \u07d3\u07ca\u07e1\u07ca\u07e3\u07ca";

json added(std::int32_t id, const std::string& content, bool special = false) {
  return {{"id", id}, {"content", content}, {"special", special}, {"lstrip", false}};
}

class AddedTokens : public ::testing::Test {
 protected:
  // A model whose decoder scores `loudest` above everything else, at every place.
  void write(const std::vector<json>& tokens, std::int32_t rows, std::int32_t loudest) {
    const test::TinySizes sizes = test::product_sizes();
    whisper::DecoderConfig config = test::tiny_decoder_config(sizes, rows);
    config.positions = 60;
    test::write_tiny_whisper(dir_ / "hf", sizes, config);
    json tokenizer = json::parse(test::read_file(dir_ / "hf/tokenizer.json"));
    for (std::int32_t i = 101; i < tokenizer::kTimestamps; ++i) {
      tokenizer["added_tokens"].push_back(added(kTimestampBegin + i, tokenizer::timestamp_content(i)));
    }
    for (const json& token : tokens) tokenizer["added_tokens"].push_back(token);
    test::write_file(dir_ / "hf/tokenizer.json", tokenizer.dump());

    test::RandomTensors tensors = test::tiny_encoder(sizes);
    test::add_decoder(tensors, config);
    std::ranges::fill(tensors.values("model.decoder.layer_norm.weight"), 0.0F);
    std::ranges::fill(tensors.values("model.decoder.layer_norm.bias"), 1.0F);
    std::vector<float>& embedding = tensors.values("model.decoder.embed_tokens.weight");
    std::fill_n(embedding.begin() + loudest * sizes.d_model, sizes.d_model, 1.5F);
    std::fill_n(embedding.begin() + quiet_ * sizes.d_model, sizes.d_model, 1.0F);  // what is written without it
    tensors.write(dir_ / "hf/model.safetensors", {{"format", "pt"}});
  }

  void import() const {
    bundle::ImportOptions options;
    options.models = {dir_ / "hf"};
    options.name = "fine-tune";
    options.licence = "MIT";
    options.out = dir_ / "bundle";
    bundle::import_bundle(options);
  }

  [[nodiscard]] WhisperText text(bool timestamps, bool words = false) const {
    TranscriberOptions o;
    o.threads = 1;
    o.whisper.language = "nqo";
    o.whisper.temperatures = {0.0};
    o.whisper.max_tokens = 4;
    o.whisper.timestamps = timestamps;
    o.whisper.word_times = words;
    o.whisper.no_speech_threshold.reset();
    o.whisper.clips = {0.0, 2.0};  // one window, whatever its end says
    return *Transcriber(Bundle::open(dir_ / "bundle"), o).transcribe_samples(test::bursts(3.0)).whisper;
  }
  static Ids tokens(const WhisperText& text) {
    Ids out;
    for (const WhisperSegment& s : text.segments) out.insert(out.end(), s.tokens.begin(), s.tokens.end());
    return out;
  }
  static std::string times(std::string word, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += word;
    return out.substr(out.starts_with(' ') ? 1 : 0);
  }
  void refuses_ggml(const std::string& says) const {
    const auto bundle = bundle::Bundle::open(dir_ / "bundle");
    EXPECT_TRUE(test::is_bad_data(says, [&] { bundle::export_ggml(bundle, "", dir_ / "m.bin", {}); }));
    EXPECT_FALSE(fs::exists(dir_ / "m.bin"));
  }

  test::TempDir dir_;
  const std::int32_t quiet_ = 65;  // "A"
};

TEST_F(AddedTokens, AWordBehindTheTimestampsIsWritten) {
  write({added(kEnd, kWord)}, kEnd + 1, kEnd);
  import();
  const WhisperText plain = text(false), timed = text(true), words = text(true, true);
  EXPECT_EQ(plain.text, times(kWord, 4));
  EXPECT_EQ(timed.text, times(kWord, 3)) << "behind one timestamp";
  for (const WhisperText* t : {&plain, &timed, &words}) {
    ASSERT_EQ(t->segments.size(), 1U);
    EXPECT_EQ(t->segments[0].text, t->text);
    EXPECT_GE(t->segments[0].start, 0.0);
    EXPECT_LE(t->segments[0].end, 2.0) << "no id behind the timestamps is a time";
  }
  ASSERT_EQ(words.segments[0].words.size(), 3U);
  for (const Word& w : words.segments[0].words) EXPECT_EQ(w.text, kWord.substr(1));
  refuses_ggml(
      "tokenizer.json: token 2671: expected none behind the timestamps, as whisper.cpp's files have no place for "
      "it, found \"" +
      kWord + "\"");
}

// " the" is in the vocabulary as well, where no added token is looked for.
TEST_F(AddedTokens, AWordThatTheVocabularyHasTooIsWritten) {
  write({added(kEnd, " the")}, kEnd + 1, kEnd);
  import();
  EXPECT_EQ(text(false).text, "the the the the");
  EXPECT_EQ(text(true).text, "the the the");
}

TEST_F(AddedTokens, AWordWithTwoNumbersIsRefused) {
  write({added(kEnd, kWord), added(kEnd + 1, kWord)}, kEnd + 2, kEnd);
  EXPECT_TRUE(test::is_bad_data("expected one id for it, 2671, found 2672", [this] { import(); }));
  EXPECT_FALSE(fs::exists(dir_ / "bundle"));
}

TEST_F(AddedTokens, ARowWithoutATokenIsNeverWritten) {
  write({}, kEnd + 2, kEnd);
  json config = json::parse(test::read_file(dir_ / "hf/config.json"));
  config["eos_token_id"] = 1156;  // tells the vocabularies apart, so that there may be rows to spare
  test::write_file(dir_ / "hf/config.json", config.dump());
  import();
  for (const bool timestamps : {false, true}) {
    const WhisperText t = text(timestamps);
    EXPECT_EQ(t.text, times(std::string(tokenizer::Tokenizer::load(dir_ / "hf").bytes(quiet_)), timestamps ? 3 : 4));
    for (const std::int32_t id : tokens(t)) EXPECT_LT(id, kEnd);
  }
  refuses_ggml(
      "token 2671: expected none behind the timestamps, as whisper.cpp's files have no place for it, found a score "
      "without a token");
}

TEST_F(AddedTokens, AGapInTheNumbersIsNeverWritten) {
  write({added(kEnd + 1, kWord)}, kEnd + 2, kEnd);  // the loudest has no token, the word behind it has
  import();
  for (const bool timestamps : {false, true}) {
    const Ids found = tokens(text(timestamps));
    EXPECT_FALSE(found.empty());
    for (const std::int32_t id : found) EXPECT_NE(id, kEnd);
  }
}

TEST_F(AddedTokens, ATokenThatControlsIsSkipped) {
  write({added(kEnd, "[PAD]", true)}, kEnd + 1, kEnd);
  import();
  EXPECT_EQ(text(true).text.find("PAD"), std::string::npos);
  EXPECT_EQ(text(false).text.find("PAD"), std::string::npos);
}

TEST_F(AddedTokens, ALanguageOfItsOwnIsChosen) {
  write({added(kEnd, "<|bam|>", true)}, kEnd + 1, quiet_);
  import();
  TranscriberOptions o;
  o.threads = 1;
  o.whisper.language = "bam";
  o.whisper.temperatures = {0.0};
  o.whisper.max_tokens = 2;
  const auto t = Transcriber(Bundle::open(dir_ / "bundle"), o).transcribe_samples(test::bursts(1.0));
  EXPECT_EQ(t.whisper->language, "bam");
}

// tools/fixtures/make_added_words.py: what transformers makes of the same texts.
class AddedWords : public ::testing::Test {
 protected:
  const std::string folder_ = SEBEN_SOURCE_DIR "/tests/fixtures/models/added_words/";
  const json expected_ = base::read_json(folder_ + "cases.json");
};

TEST_F(AddedWords, AreReadAndWrittenAsTransformersDoes) {
  const auto tokenizer = tokenizer::Tokenizer::load(folder_);
  for (const json& c : expected_["cases"]) {
    const auto text = c["text"].get<std::string>();
    const Ids ids = c["ids"].get<Ids>();
    EXPECT_EQ(tokenizer.encode(text, true), ids) << text;
    if (text.find("<|") == std::string::npos) {
      EXPECT_EQ(tokenizer.encode(text), ids) << text;
    }
    EXPECT_EQ(tokenizer.decode(ids), c["decoded"].get<std::string>()) << text;
  }
}

// transformers gives added words the next free numbers. Where no file has the timestamps, these are theirs.
TEST_F(AddedWords, InATimestampsPlaceAreRefused) {
  const test::TempDir dir;
  fs::copy(SEBEN_SOURCE_DIR "/tests/fixtures/models/transformers5", dir / "m");
  fs::copy_file(folder_ + "tokenizer.json", dir / "m/tokenizer.json", fs::copy_options::overwrite_existing);
  bundle::ImportOptions options;
  options.models = {dir / "m"};
  options.name = "fine-tune";
  options.licence = "MIT";
  options.out = dir / "bundle";
  EXPECT_TRUE(test::is_bad_data("tokenizer.json: token 270: expected the timestamp <|0.00|>, found \"" +
                                    expected_["words"][0].get<std::string>() + "\"",
                                [&] { bundle::import_bundle(options); }));
  EXPECT_FALSE(fs::exists(dir / "bundle"));
}

}  // namespace
}  // namespace seben
