// SPDX-License-Identifier: Apache-2.0
// Tokenizer on standard input and output, one JSON value a line, for comparisons with other tokenizers.
//
//   seben-tokenize SOURCE encode|encode-special    "text" -> [ids]
//   seben-tokenize SOURCE decode                   [ids]  -> "text", special tokens included
//   seben-tokenize SOURCE words LANGUAGE           [ids]  -> [["text", [ids]], …]
//   seben-tokenize SOURCE facts                    one object: specials, languages, non-speech tokens
//   seben-tokenize SOURCE save FOLDER              writes tokenizer.json
//   seben-tokenize SOURCE time REPEATS             "text" -> {"megabytes", "seconds", "tokens"}: encoding alone
//
// SOURCE: a file or folder, or ggml:N_VOCAB:FILE, where FILE holds a count and that many texts as whisper.cpp writes
// them (32-bit sizes, little end first).
#include <chrono>
#include <cstring>
#include <iostream>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/json.h"
#include "seben/error.h"
#include "text/tokenizer/non_speech.h"
#include "text/tokenizer/tokenizer.h"
#include "text/tokenizer/words.h"

namespace {

using seben::tokenizer::Tokenizer;
using Json = nlohmann::json;
using Ids = std::vector<std::int32_t>;

[[noreturn]] void usage(const std::string& found) {
  throw seben::Error(seben::ErrorCategory::usage, "seben-tokenize", "SOURCE and a command", found);
}

std::uint32_t next_size(std::span<const std::byte>& rest, const std::string& path) {
  std::uint32_t size = 0;
  if (rest.size() < sizeof(size)) throw seben::Error(seben::ErrorCategory::bad_data, path, "a size", "the end");
  std::memcpy(&size, rest.data(), sizeof(size));
  rest = rest.subspan(sizeof(size));
  return size;
}

Tokenizer open_ggml(const std::string& source) {
  const std::size_t colon = source.find(':', 5);
  if (colon == std::string::npos) usage(source);
  const std::string path = source.substr(colon + 1);
  const auto file = seben::base::MappedFile::open(path);
  std::span<const std::byte> rest = file.bytes();
  std::vector<std::string> tokens;
  for (std::uint32_t left = next_size(rest, path); left > 0; --left) {
    const std::uint32_t size = next_size(rest, path);
    if (size > rest.size()) throw seben::Error(seben::ErrorCategory::bad_data, path, "a whole token", "the end");
    tokens.emplace_back(reinterpret_cast<const char*>(rest.data()), size);
    rest = rest.subspan(size);
  }
  return Tokenizer::from_ggml(std::move(tokens), std::stoul(source.substr(5)), path);
}

template <class Action>
void each_line(Action action) {
  std::string line;
  while (std::getline(std::cin, line)) action(seben::base::parse_json(line, "stdin"));
}

Json facts(const Tokenizer& tokenizer) {
  const auto& s = tokenizer.specials();
  const auto value = [](std::optional<std::int32_t> id) { return id ? Json(*id) : Json(); };
  Json languages = Json::array();
  for (const auto& language : s.languages) languages.push_back({language.code, language.id});
  return {{"size", tokenizer.size()},
          {"endoftext", s.endoftext},
          {"startoftranscript", s.startoftranscript},
          {"translate", value(s.translate)},
          {"transcribe", value(s.transcribe)},
          {"startoflm", value(s.startoflm)},
          {"startofprev", value(s.startofprev)},
          {"nospeech", value(s.nospeech)},
          {"notimestamps", value(s.notimestamps)},
          {"timestamp_begin", value(s.timestamp_begin)},
          {"timestamp_count", s.timestamp_count},
          {"languages", languages},
          {"non_speech", seben::tokenizer::non_speech_tokens(tokenizer)}};
}

Json measure(const Tokenizer& tokenizer, int repeats) {
  std::vector<std::string> texts;
  std::size_t bytes = 0, tokens = 0;
  each_line([&](const Json& text) {
    texts.push_back(text.get<std::string>());
    bytes += texts.back().size();
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < repeats; ++i) {
    for (const std::string& text : texts) tokens += tokenizer.encode(text).size();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  return {{"megabytes", static_cast<double>(bytes) * repeats / 1e6}, {"seconds", seconds.count()}, {"tokens", tokens}};
}

void run(const std::vector<std::string>& arguments) {
  if (arguments.size() < 2) usage("less");
  const auto start = std::chrono::steady_clock::now();
  const Tokenizer tokenizer =
      arguments[0].starts_with("ggml:") ? open_ggml(arguments[0]) : Tokenizer::load(arguments[0]);
  const std::chrono::duration<double> loading = std::chrono::steady_clock::now() - start;
  const std::string& command = arguments[1];
  if (command == "encode" || command == "encode-special") {
    each_line([&](const Json& text) {
      std::cout << Json(tokenizer.encode(text.get<std::string>(), command != "encode")).dump() << '\n';
    });
  } else if (command == "decode") {
    each_line([&](const Json& ids) { std::cout << Json(tokenizer.decode_text(ids.get<Ids>(), false)).dump() << '\n'; });
  } else if (command == "words" && arguments.size() == 3) {
    each_line([&](const Json& ids) {
      Json words = Json::array();
      for (const auto& word : split_to_word_tokens(tokenizer, ids.get<Ids>(), arguments[2])) {
        words.push_back(Json::array({word.text, word.tokens}));
      }
      std::cout << words.dump() << '\n';
    });
  } else if (command == "facts") {
    std::cout << facts(tokenizer).dump() << '\n';
  } else if (command == "save" && arguments.size() == 3) {
    tokenizer.save(arguments[2]);
  } else if (command == "time" && arguments.size() == 3) {
    Json result = measure(tokenizer, std::stoi(arguments[2]));
    result["loading_seconds"] = loading.count();
    std::cout << result.dump() << '\n';
  } else {
    usage(command);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  try {
    run({argv + 1, argv + argc});
    return 0;
  } catch (const seben::Error& error) {
    std::cerr << "seben-tokenize: " << error.what() << '\n';
    return static_cast<int>(error.category());
  } catch (const std::exception& error) {
    std::cerr << "seben-tokenize: " << error.what() << '\n';
    return static_cast<int>(seben::ErrorCategory::usage);
  }
}
