// SPDX-License-Identifier: Apache-2.0
#include "engine/script.h"

#include "seben/transliterate.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {

std::optional<TextScript> parse_script(std::string_view word) noexcept {
  if (word == "nko") return TextScript::nko;
  if (word == "latin") return TextScript::latin;
  if (word == "both") return TextScript::both;
  return std::nullopt;
}

std::string latin_of(const std::string& text) {
  std::string out;
  for (const std::string& word : nko::words(text)) {
    const std::string latin = transliterate(word, Script::latin);
    if (!latin.empty()) out += (out.empty() || out.back() == '\n' ? "" : " ") + latin;
  }
  return out;
}

Transcript in_latin(Transcript transcript) {
  const auto convert = [](auto& parts) {
    for (auto& part : parts) part.text = latin_of(part.text);
  };
  transcript.text = latin_of(transcript.text);
  convert(transcript.segments);
  convert(transcript.words);
  convert(transcript.refused);
  convert(transcript.channels);
  std::erase_if(transcript.words, [](const Word& word) { return word.text.empty(); });
  for (WindowAlternatives& window : transcript.alternatives) convert(window.texts);
  if (transcript.choices) {
    convert(*transcript.choices);
    for (WordChoice& choice : *transcript.choices) choice.runner_up = latin_of(choice.runner_up);
  }
  return transcript;
}

}  // namespace seben::pipeline
