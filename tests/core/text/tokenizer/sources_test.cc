// SPDX-License-Identifier: Apache-2.0
// Tokenizer files that are hostile, broken or of another kind.
#include <gtest/gtest.h>

#include <filesystem>

#include "fixture.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "text/tokenizer/languages.h"

namespace seben::tokenizer {
namespace {

using nlohmann::json;

json whole() { return base::read_json(test::tokenizer_folder() + "/tokenizer.json"); }

void refused(const json& value, const char* says) {
  EXPECT_TRUE(test::is_bad_data(says, [&] { (void)Tokenizer::parse(value.dump(), "t.json"); }));
}

TEST(TokenizerJson, GoodOneIsRead) { EXPECT_GT(Tokenizer::parse(whole().dump(), "t.json").size(), 1000U); }

TEST(TokenizerJson, OtherPipelinesAreRefusedByTheirField) {
  const json good = whole();
  const auto with = [&](const char* pointer, const json& value) {
    json changed = good;
    changed[json::json_pointer(pointer)] = value;
    return changed;
  };
  refused(with("/normalizer", {{"type", "NFC"}}), "t.json: normalizer: expected null");
  refused(with("/pre_tokenizer/type", "Whitespace"), "pre_tokenizer.type: expected ByteLevel, found Whitespace");
  refused(with("/pre_tokenizer", nullptr), "pre_tokenizer");
  refused(with("/pre_tokenizer/add_prefix_space", true), "add_prefix_space: expected false");
  refused(with("/pre_tokenizer/use_regex", false), "use_regex");
  refused(with("/decoder/type", "BPEDecoder"), "decoder.type: expected ByteLevel");
  refused(with("/model/type", "Unigram"), "model.type: expected BPE, found Unigram");
  refused(with("/model/dropout", 0.1), "model.dropout");
  refused(with("/model/end_of_word_suffix", "</w>"), "model.end_of_word_suffix");
  refused(with("/model/continuing_subword_prefix", "##"), "model.continuing_subword_prefix");
  refused(with("/added_tokens/0/lstrip", true), "added_tokens[0].lstrip: expected false");
  refused(with("/added_tokens/0/single_word", true), "added_tokens[0].single_word");
}

TEST(TokenizerJson, BrokenVocabulariesAreRefused) {
  const json good = whole();
  const auto changed = [&](auto change) {
    json value = good;
    change(value);
    return value;
  };
  refused(changed([](json& v) { v["model"]["vocab"]["\u4f60"] = 3; }), "letters that stand for bytes");
  refused(changed([](json& v) { v["model"]["vocab"]["zzzz"] = 3; }), "an id that no other token has, found 3");
  refused(changed([](json& v) { v["model"]["vocab"]["zzzz"] = -1; }), "an id from 0 to 262143, found -1");
  refused(changed([](json& v) { v["model"]["vocab"]["zzzz"] = 262144; }), "an id from 0 to 262143");
  refused(changed([](json& v) { v["model"]["vocab"]["zzzz"] = 18446744073709551615ULL; }), "an id from 0 to");
  refused(changed([](json& v) { v["model"]["vocab"]["zzzz"] = 1.5; }), "expected an id");
  refused(changed([](json& v) { v["model"]["vocab"][std::string(1025, 'z')] = 5; }), "at most 1024 bytes");
  refused(changed([](json& v) { v["model"]["vocab"].erase("a"); }), "a token for every byte, found none for 0x61");
  refused(changed([](json& v) { v["model"].erase("vocab"); }), "model.vocab");
  refused(changed([](json& v) { v["model"].erase("merges"); }), "model.merges");
  refused(changed([](json& v) { v["model"]["merges"] = 5; }), "model.merges");
  refused(changed([](json& v) { v["model"]["merges"][7] = "ab"; }), "model.merges[7]: expected two tokens");
  refused(changed([](json& v) { v["model"]["merges"][7] = {"a", "b", "c"}; }), "model.merges[7]");
  refused(changed([](json& v) { v["model"]["merges"][7] = {"", "a"}; }), "model.merges[7]");
  refused(changed([](json& v) { v["model"]["merges"][7] = {"\u4f60", "a"}; }), "model.merges[7]");
  refused(changed([](json& v) { v["model"]["merges"][7] = {"a", "qqqqq"}; }), "merge 7: expected two tokens of");
  refused(changed([](json& v) { v["added_tokens"][0]["id"] = 5; }), "added token 5");
  refused(changed([](json& v) { v["added_tokens"][0]["id"] = 1 << 20; }), "added_tokens[0].id");
  refused(changed([](json& v) { v["added_tokens"][1]["content"] = "<|endoftext|>"; }), "one id for it");
  refused(changed([](json& v) { v["added_tokens"].erase(0); }), "a token <|endoftext|>, found none");
  refused(changed([](json& v) { v["added_tokens"].erase(1); }), "a token <|startoftranscript|>, found none");
  refused(changed([](json& v) { v["model"]["vocab"]["<|endoftext|>"] = 9; }), "as where it is added");
}

TEST(TokenizerJson, EveryTruncationIsOneLine) {
  const std::string text = whole().dump();
  for (std::size_t size = 0; size < text.size(); size += 997) {
    EXPECT_TRUE(test::is_bad_data("t.json", [&] { (void)Tokenizer::parse(text.substr(0, size), "t.json"); }));
  }
}

TEST(TokenizerJson, TimestampsThatOldFilesLackFollowTheLastToken) {
  json value = whole();
  json& added = value["added_tokens"];
  while (added.back()["content"] != "<|notimestamps|>") added.erase(added.size() - 1);
  const Tokenizer old = Tokenizer::parse(value.dump(), "t.json");
  EXPECT_EQ(old.specials().timestamp_begin, *old.specials().notimestamps + 1);
  EXPECT_EQ(old.specials().timestamp_count, kTimestamps);
  EXPECT_EQ(old.bytes(static_cast<std::int32_t>(old.size()) - 1), "<|30.00|>");
  added.push_back({{"id", added.back()["id"].get<int>() + 1}, {"content", "<|later|>"}, {"special", true}});
  EXPECT_FALSE(Tokenizer::parse(value.dump(), "t.json").specials().timestamp_begin) << "its ids are taken";
}

TEST(TokenizerJson, NoCaptionsIsNoSpeech) {
  json value = whole();
  for (json& token : value["added_tokens"]) {
    if (token["content"] == "<|nospeech|>") token["content"] = "<|nocaptions|>";
  }
  const Tokenizer older = Tokenizer::parse(value.dump(), "t.json");
  EXPECT_EQ(older.specials().nospeech, test::small_tokenizer().specials().nospeech);
}

TEST(TokenizerJson, UnusedIdsAreReadButNotWritten) {
  json value = whole();
  value["added_tokens"].erase(8);  // <|translate|>
  const Tokenizer gap = Tokenizer::parse(value.dump(), "t.json");
  EXPECT_FALSE(gap.specials().translate);
  EXPECT_EQ(gap.bytes(*test::small_tokenizer().specials().translate), "");
  const test::TempDir dir;
  EXPECT_TRUE(test::is_bad_data("a token for every id", [&] { gap.save(dir.str()); }));
  EXPECT_TRUE(std::filesystem::is_empty(dir.str()));
}

TEST(TokenizerJson, AddedWordsAreWordsAndAlwaysSplitOut) {
  json value = whole();
  const auto id = static_cast<std::int32_t>(test::small_tokenizer().size());
  value["added_tokens"].push_back({{"id", id}, {"content", "\u07d2\u07de\u07cf"}, {"special", false}});
  value["added_tokens"].push_back({{"id", id + 1}, {"content", "\u07d2\u07de\u07cf\u07eb"}, {"special", false}});
  const Tokenizer added = Tokenizer::parse(value.dump(), "t.json");
  EXPECT_EQ(added.encode("\u07d2\u07de\u07cf", true), test::Ids{id});
  EXPECT_EQ(added.encode("\u07d2\u07de\u07cf\u07eb", true), test::Ids{id + 1}) << "the longest";
  EXPECT_EQ(added.encode("\u07d2\u07de\u07cf"), test::Ids{id}) << "as Hugging Face's tokenizers";
  test::Ids expected = test::small_tokenizer().encode("the ");
  expected.push_back(id + 1);
  for (const auto part : test::small_tokenizer().encode("<|en|>")) expected.push_back(part);
  EXPECT_EQ(added.encode("the \u07d2\u07de\u07cf\u07eb<|en|>"), expected) << "control tokens are not";
  EXPECT_EQ(added.decode(test::Ids{id}), "\u07d2\u07de\u07cf") << "no control token";
}

class VocabularyFiles : public testing::Test {
 protected:
  VocabularyFiles() {
    std::filesystem::copy(test::tokenizer_folder() + "/files", dir_.str(), std::filesystem::copy_options::recursive);
  }
  void put(const char* name, const std::string& text) { test::write_file(dir_ / name, text); }
  void refused(const char* says) const {
    EXPECT_TRUE(test::is_bad_data(says, [&] { (void)Tokenizer::load(dir_.str()); }));
  }

  test::TempDir dir_;
};

TEST_F(VocabularyFiles, MergesAreReadLineByLine) {
  const std::string merges = test::read_file(dir_ / "merges.txt");
  std::string windows;
  for (const char c : merges) windows += c == '\n' ? "\r\n" : std::string(1, c);
  put("merges.txt", windows);
  EXPECT_EQ(Tokenizer::load(dir_.str()).encode(" the the"), test::small_tokenizer().encode(" the the"));
  put("merges.txt", "\uFEFF" + windows);
  EXPECT_EQ(Tokenizer::load(dir_.str()).encode(" the the"), test::small_tokenizer().encode(" the the"));
  put("merges.txt", "#version: 0.2\n\nth\n");
  refused("merges.txt: line 3: expected two tokens");
  put("merges.txt", "t \n");
  refused("merges.txt: line 1");
  std::filesystem::remove(dir_ / "merges.txt");
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "merges.txt", [&] { (void)Tokenizer::load(dir_.str()); }));
}

TEST_F(VocabularyFiles, AddedTokensOfTheConfigurationAreRead) {
  const json added = base::read_json(dir_ / "added_tokens.json");
  json decoder = json::object();
  for (const auto& [content, id] : added.items()) {
    decoder[std::to_string(id.get<int>())] = {{"content", content}, {"special", true}};
  }
  std::filesystem::remove(dir_ / "added_tokens.json");
  put("tokenizer_config.json", json{{"added_tokens_decoder", decoder}, {"tokenizer_class", "Whisper"}}.dump());
  EXPECT_EQ(Tokenizer::load(dir_.str()).size(), test::small_tokenizer().size());
  put("tokenizer_config.json", R"({"added_tokens_decoder": {"12x": {"content": "a"}}})");
  refused("tokenizer_config.json: added_tokens_decoder.12x: expected an id");
  put("tokenizer_config.json", R"({"added_tokens_decoder": {"99999999999999999999": {"content": "a"}}})");
  refused("expected an id");
  put("tokenizer_config.json", R"({"add_prefix_space": true})");
  refused("tokenizer_config.json: add_prefix_space: expected false");
}

TEST_F(VocabularyFiles, SpecialTokensMapMarksWhatIsSpecial) {
  json added = base::read_json(dir_ / "added_tokens.json");
  const auto id = static_cast<std::int32_t>(test::small_tokenizer().size());
  added["[PAD]"] = id;
  put("added_tokens.json", added.dump());
  EXPECT_FALSE(Tokenizer::load(dir_.str()).is_control(id));
  put("special_tokens_map.json", R"({"pad_token": {"content": "[PAD]"}, "other": [["x"], 3, null]})");
  EXPECT_TRUE(Tokenizer::load(dir_.str()).is_control(id));
  put("added_tokens.json", R"({"[PAD]": -3})");
  refused("added_tokens.json: [\"[PAD]\"]");
}

TEST(Load, MissingFilesAreNoInput) {
  const test::TempDir dir;
  for (const std::string& path : {dir.str(), dir / "tokenizer.json", dir / "vocab.json", dir / "none"}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, path, [&] { (void)Tokenizer::load(path); }));
  }
}

TEST(Ggml, SpecialTokensFollowWhispersRule) {
  // As large as the real vocabularies: bytes, pairs of bytes, and for the multilingual ones an empty token at the end.
  const auto vocabulary = [](std::size_t size, bool ends_empty) {
    std::vector<std::string> tokens;
    for (unsigned i = 0; tokens.size() < size; ++i) {
      std::string token(1, static_cast<char>(static_cast<unsigned char>(i & 0xFFU)));
      if (i >= 256) token += static_cast<char>(static_cast<unsigned char>((i >> 8U) - 1));
      tokens.push_back(token);
    }
    if (ends_empty) tokens.back().clear();
    return tokens;
  };
  const Tokenizer english = Tokenizer::from_ggml(vocabulary(50256, false), 51864, "en.bin");
  EXPECT_EQ(english.size(), 51864U);
  EXPECT_EQ(english.specials().endoftext, 50256);
  EXPECT_EQ(english.specials().notimestamps, 50362);
  EXPECT_EQ(english.specials().timestamp_begin, 50363);
  const Tokenizer many = Tokenizer::from_ggml(vocabulary(50257, true), 51865, "m.bin");
  EXPECT_EQ(many.specials().endoftext, 50257);
  EXPECT_EQ(many.specials().translate, 50358);
  EXPECT_EQ(many.specials().nospeech, 50362);
  EXPECT_FALSE(many.specials().language("yue"));
  const Tokenizer large = Tokenizer::from_ggml(vocabulary(50257, true), 51866, "v3.bin");
  EXPECT_EQ(large.specials().language("yue"), 50358);
  EXPECT_EQ(large.specials().transcribe, 50360);
  EXPECT_EQ(large.specials().timestamp_begin, 50365);
  EXPECT_EQ(large.specials().timestamp_count, kTimestamps);
  EXPECT_EQ(large.bytes(51865), "<|30.00|>");
  std::vector<std::string> with_end = vocabulary(50256, false);
  with_end.emplace_back("<|endoftext|>");
  EXPECT_EQ(Tokenizer::from_ggml(with_end, 51864, "en.bin").specials().endoftext, 50256);
}

TEST(Ggml, OlderNamesOfSpecialTokensAreTheSame) {
  std::vector<std::string> tokens = test::small_vocabulary();
  const std::size_t base = tokens.size(), size = base + test::kRuleTokens;
  const Specials today = Tokenizer::from_ggml(tokens, size, "m.bin").specials();
  const auto hebrew = static_cast<std::size_t>(*today.language("he"));
  tokens.emplace_back("<|endoftext|>");
  tokens.emplace_back("<|startoftranscript|>");
  for (const LanguageToken& language : today.languages) tokens.push_back("<|" + language.code + "|>");
  tokens.at(hebrew) = "<|iw|>";
  EXPECT_EQ(Tokenizer::from_ggml(tokens, size, "m.bin").specials().language("he"), today.language("he"));
  tokens.at(hebrew) = "<|bm|>";
  EXPECT_TRUE(test::is_bad_data("expected <|he|>", [&] { (void)Tokenizer::from_ggml(tokens, size, "m.bin"); }));
}

TEST(Languages, OldCodesAreOfTheSameLanguage) {
  Specials older;
  older.languages = {{"en", 1}, {"iw", 2}, {"jw", 3}};
  EXPECT_EQ(older.language("iw"), 2);
  EXPECT_EQ(older.language("he"), 2);
  EXPECT_EQ(older.language("jv"), 3);
  EXPECT_FALSE(older.language("yi"));
  older.languages.push_back({"he", 4});  // its own token comes first
  EXPECT_EQ(older.language("he"), 4);
  EXPECT_EQ(older.language("iw"), 2);
  EXPECT_EQ(language_code("IW"), "he");
  EXPECT_EQ(language_code("hebrew"), "he");
  EXPECT_EQ(language_name("iw"), "hebrew");
  EXPECT_FALSE(other_code("en"));
}

TEST(Ggml, BrokenVocabulariesAreRefused) {
  const std::vector<std::string> good = test::small_vocabulary();
  const std::size_t size = good.size() + test::kRuleTokens;
  const auto refused = [](std::vector<std::string> tokens, std::size_t n_vocab, const char* says) {
    EXPECT_TRUE(test::is_bad_data(says, [&] { (void)Tokenizer::from_ggml(std::move(tokens), n_vocab, "m.bin"); }));
  };
  refused(good, size - 1, "m.bin: expected 2764 or 2765 tokens: 1156 and Whisper's special ones, found 2763");
  refused(good, size + 2, "found 2766");
  refused(good, 10, "at most the 10 tokens of its header");
  refused(good, std::size_t{1} << 40U, "at most 262144 tokens");
  refused({}, 0, "m.bin");
  refused({}, test::kRuleTokens, "a token for every byte");
  auto changed = good;
  changed[300] = changed[301];
  refused(changed, size, "every token once");
  changed = good;
  changed[300] = std::string(2000, 'x');
  refused(changed, size, "tokens of at most 1024 bytes");
  changed = good;
  changed[65].clear();
  refused(changed, size, "a token for every byte");
  changed = good;
  changed.emplace_back("<|endoftext|>");
  changed.emplace_back("<|en|>");
  refused(changed, size, "token 1157: expected <|startoftranscript|>");
  refused(std::vector<std::string>(5000, std::string(1000, 'x')), 6608, "bytes of tokens");
}

}  // namespace
}  // namespace seben::tokenizer
