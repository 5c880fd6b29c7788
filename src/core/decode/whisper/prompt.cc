// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/prompt.h"

#include <algorithm>

#include "decode/whisper/strip.h"
#include "seben/error.h"
#include "text/tokenizer/languages.h"

namespace seben::generate {
namespace {

std::int32_t require_token(std::optional<std::int32_t> id, const char* content) {
  if (!id) throw Error(ErrorCategory::usage, "decoding: vocabulary", std::string("a token ") + content, "none");
  return *id;
}

}  // namespace

std::string require_language(const tokenizer::Specials& specials, std::string_view code_or_name) {
  if (specials.language(code_or_name)) return std::string(code_or_name);
  const auto code = tokenizer::language_code(code_or_name);
  if (code && specials.language(*code)) return std::string(*code);
  throw Error(ErrorCategory::usage, "decoding: language",
              "one of the model's " + std::to_string(specials.languages.size()) + " languages",
              "\"" + std::string(code_or_name) + "\"");
}

std::vector<std::int32_t> start_sequence(const tokenizer::Specials& specials, bool multilingual,
                                         std::string_view language, Task task) {
  std::vector<std::int32_t> out = {specials.startoftranscript};
  if (!multilingual) {
    if (language != "en") {
      throw Error(ErrorCategory::usage, "decoding: language", "\"en\", as the model knows English only",
                  "\"" + std::string(language) + "\"");
    }
    if (task != Task::transcribe) {
      throw Error(ErrorCategory::usage, "decoding: task", "transcribe, as the model knows English only", "translate");
    }
    return out;
  }
  out.push_back(require_token(specials.language(require_language(specials, language)), "of that language"));
  out.push_back(task == Task::translate ? require_token(specials.translate, "<|translate|>")
                                        : require_token(specials.transcribe, "<|transcribe|>"));
  return out;
}

Prompt build_prompt(const tokenizer::Tokenizer& tokenizer, const PromptLimits& limits, std::string_view language,
                    const DecodeOptions& options) {
  const tokenizer::Specials& specials = tokenizer.specials();
  const auto check = [&](const char* what, const std::vector<std::int32_t>& tokens, std::int64_t most) {
    if (static_cast<std::int64_t>(tokens.size()) > most) {
      throw Error(ErrorCategory::usage, std::string("decoding: ") + what, "at most " + std::to_string(most) + " tokens",
                  std::to_string(tokens.size()));
    }
    for (const std::int32_t id : tokens) {
      if (id >= 0 && static_cast<std::size_t>(id) < tokenizer.size()) continue;
      throw Error(ErrorCategory::usage, std::string("decoding: ") + what,
                  "tokens 0.." + std::to_string(tokenizer.size() - 1), std::to_string(id));
    }
  };
  Prompt out;
  check("prompt", options.prompt, limits.previous());
  if (!options.prompt.empty()) {
    out.tokens.push_back(require_token(specials.startofprev, "<|startofprev|>"));
    out.tokens.insert(out.tokens.end(), options.prompt.begin(), options.prompt.end());
  }
  out.start = static_cast<std::int64_t>(out.tokens.size());
  const std::vector<std::int32_t> start = start_sequence(specials, limits.multilingual, language, options.task);
  out.tokens.insert(out.tokens.end(), start.begin(), start.end());
  if (options.timestamps) {
    (void)require_token(specials.timestamp_begin, "<|0.00|>");
  } else {
    out.tokens.push_back(require_token(specials.notimestamps, "<|notimestamps|>"));
  }
  out.text = static_cast<std::int64_t>(out.tokens.size());
  const bool timed = options.timestamps && options.prefix_is_text && !options.prefix.empty();
  if (timed) out.tokens.push_back(*specials.timestamp_begin);
  check("prefix", options.prefix, limits.positions - static_cast<std::int64_t>(out.tokens.size()) - 1);
  out.tokens.insert(out.tokens.end(), options.prefix.begin(), options.prefix.end());
  return out;
}

std::vector<std::int32_t> encode_context(const tokenizer::Tokenizer& tokenizer, std::string_view text) {
  return tokenizer.encode(" " + std::string(strip(text)));
}

}  // namespace seben::generate
