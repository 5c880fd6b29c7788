// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/languages.h"

#include <algorithm>
#include <array>
#include <string>

namespace seben::tokenizer {
namespace {

constexpr std::array<LanguageName, 100> kLanguages{
    {{"en", "english"},        {"zh", "chinese"},     {"de", "german"},        {"es", "spanish"},
     {"ru", "russian"},        {"ko", "korean"},      {"fr", "french"},        {"ja", "japanese"},
     {"pt", "portuguese"},     {"tr", "turkish"},     {"pl", "polish"},        {"ca", "catalan"},
     {"nl", "dutch"},          {"ar", "arabic"},      {"sv", "swedish"},       {"it", "italian"},
     {"id", "indonesian"},     {"hi", "hindi"},       {"fi", "finnish"},       {"vi", "vietnamese"},
     {"he", "hebrew"},         {"uk", "ukrainian"},   {"el", "greek"},         {"ms", "malay"},
     {"cs", "czech"},          {"ro", "romanian"},    {"da", "danish"},        {"hu", "hungarian"},
     {"ta", "tamil"},          {"no", "norwegian"},   {"th", "thai"},          {"ur", "urdu"},
     {"hr", "croatian"},       {"bg", "bulgarian"},   {"lt", "lithuanian"},    {"la", "latin"},
     {"mi", "maori"},          {"ml", "malayalam"},   {"cy", "welsh"},         {"sk", "slovak"},
     {"te", "telugu"},         {"fa", "persian"},     {"lv", "latvian"},       {"bn", "bengali"},
     {"sr", "serbian"},        {"az", "azerbaijani"}, {"sl", "slovenian"},     {"kn", "kannada"},
     {"et", "estonian"},       {"mk", "macedonian"},  {"br", "breton"},        {"eu", "basque"},
     {"is", "icelandic"},      {"hy", "armenian"},    {"ne", "nepali"},        {"mn", "mongolian"},
     {"bs", "bosnian"},        {"kk", "kazakh"},      {"sq", "albanian"},      {"sw", "swahili"},
     {"gl", "galician"},       {"mr", "marathi"},     {"pa", "punjabi"},       {"si", "sinhala"},
     {"km", "khmer"},          {"sn", "shona"},       {"yo", "yoruba"},        {"so", "somali"},
     {"af", "afrikaans"},      {"oc", "occitan"},     {"ka", "georgian"},      {"be", "belarusian"},
     {"tg", "tajik"},          {"sd", "sindhi"},      {"gu", "gujarati"},      {"am", "amharic"},
     {"yi", "yiddish"},        {"lo", "lao"},         {"uz", "uzbek"},         {"fo", "faroese"},
     {"ht", "haitian creole"}, {"ps", "pashto"},      {"tk", "turkmen"},       {"nn", "nynorsk"},
     {"mt", "maltese"},        {"sa", "sanskrit"},    {"lb", "luxembourgish"}, {"my", "myanmar"},
     {"bo", "tibetan"},        {"tl", "tagalog"},     {"mg", "malagasy"},      {"as", "assamese"},
     {"tt", "tatar"},          {"haw", "hawaiian"},   {"ln", "lingala"},       {"ha", "hausa"},
     {"ba", "bashkir"},        {"jw", "javanese"},    {"su", "sundanese"},     {"yue", "cantonese"}}};
struct TwoCodes {
  std::string_view whisper, other;
};
constexpr std::array<TwoCodes, 4> kTwoCodes{{{"he", "iw"}, {"yi", "ji"}, {"id", "in"}, {"jw", "jv"}}};
constexpr std::array<LanguageName, 12> kOtherNames{{{"my", "burmese"},
                                                    {"ca", "valencian"},
                                                    {"nl", "flemish"},
                                                    {"ht", "haitian"},
                                                    {"lb", "letzeburgesch"},
                                                    {"ps", "pushto"},
                                                    {"pa", "panjabi"},
                                                    {"ro", "moldavian"},
                                                    {"ro", "moldovan"},
                                                    {"si", "sinhalese"},
                                                    {"es", "castilian"},
                                                    {"zh", "mandarin"}}};

}  // namespace

std::span<const LanguageName> whisper_languages() noexcept { return kLanguages; }

std::optional<std::string_view> other_code(std::string_view code) noexcept {
  for (const auto& [whisper, other] : kTwoCodes) {
    if (code == whisper) return other;
    if (code == other) return whisper;
  }
  return std::nullopt;
}

std::optional<std::string_view> language_name(std::string_view code) noexcept {
  const auto old = std::ranges::find(kTwoCodes, code, &TwoCodes::other);
  const auto found = std::ranges::find(kLanguages, old == kTwoCodes.end() ? code : old->whisper, &LanguageName::code);
  return found == kLanguages.end() ? std::nullopt : std::optional(found->name);
}

std::optional<std::string_view> language_code(std::string_view code_or_name) {
  std::string wanted(code_or_name);
  std::ranges::transform(wanted, wanted.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const LanguageName& language : kLanguages) {
    if (language.code == wanted || language.name == wanted) return language.code;
  }
  const auto old = std::ranges::find(kTwoCodes, wanted, &TwoCodes::other);
  if (old != kTwoCodes.end()) return old->whisper;
  const auto found = std::ranges::find(kOtherNames, wanted, &LanguageName::name);
  return found == kOtherNames.end() ? std::nullopt : std::optional(found->code);
}

}  // namespace seben::tokenizer
