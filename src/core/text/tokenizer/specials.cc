// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/specials.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"
#include "seben/error.h"
#include "text/tokenizer/languages.h"

namespace seben::tokenizer {
namespace {

bool is_language_content(std::string_view content) noexcept {
  return (content.size() == 6 || content.size() == 7) && content.starts_with("<|") && content.ends_with("|>") &&
         std::ranges::all_of(content.substr(2, content.size() - 4), [](char c) { return c >= 'a' && c <= 'z'; });
}

}  // namespace

std::optional<std::int32_t> Specials::language(std::string_view code) const noexcept {
  auto found = std::ranges::find(languages, code, &LanguageToken::code);
  const auto other = found == languages.end() ? other_code(code) : std::nullopt;
  if (other) found = std::ranges::find(languages, *other, &LanguageToken::code);
  return found == languages.end() ? std::nullopt : std::optional(found->id);
}

std::optional<std::string_view> Specials::language_of(std::int32_t id) const noexcept {
  const auto found = std::ranges::lower_bound(languages, id, {}, &LanguageToken::id);
  if (found == languages.end() || found->id != id) return std::nullopt;
  return found->code;
}

bool Specials::is_timestamp(std::int32_t id) const noexcept {
  return timestamp_begin && id >= *timestamp_begin && id - *timestamp_begin < timestamp_count;
}

std::optional<double> Specials::seconds(std::int32_t id) const noexcept {
  if (!is_timestamp(id)) return std::nullopt;
  return (id - *timestamp_begin) * kSecondsPerTimestamp;
}

std::optional<std::int32_t> Specials::timestamp(double seconds) const noexcept {
  const double index = std::round(seconds / kSecondsPerTimestamp);
  if (!timestamp_begin || !(index >= 0 && index < timestamp_count)) return std::nullopt;
  return *timestamp_begin + static_cast<std::int32_t>(index);
}

std::string timestamp_content(std::int32_t index) {
  return base::format("<|{}.{:02}|>", index / 50, index % 50 * 2);  // 50 of them are a second
}

Specials find_specials(const std::vector<ControlToken>& controls,
                       const std::function<std::optional<std::int32_t>(std::string_view)>& id_of,
                       const std::string& where) {
  const auto require = [&](std::string_view content) {
    const auto id = id_of(content);
    if (!id) throw Error(ErrorCategory::bad_data, where, base::format("a token {}", content), "none");
    return *id;
  };
  Specials s;
  s.endoftext = require("<|endoftext|>");
  s.startoftranscript = require("<|startoftranscript|>");
  s.translate = id_of("<|translate|>");
  s.transcribe = id_of("<|transcribe|>");
  s.startoflm = id_of("<|startoflm|>");
  s.startofprev = id_of("<|startofprev|>");
  s.nospeech = id_of("<|nospeech|>");
  if (!s.nospeech) s.nospeech = id_of("<|nocaptions|>");
  s.notimestamps = id_of("<|notimestamps|>");
  s.timestamp_begin = id_of(timestamp_content(0));
  if (s.timestamp_begin) {
    do {
      ++s.timestamp_count;
    } while (s.timestamp_count < kTimestamps &&
             id_of(timestamp_content(s.timestamp_count)) == *s.timestamp_begin + s.timestamp_count);
  }
  for (const ControlToken& control : controls) {
    if (is_language_content(control.content)) {
      s.languages.push_back({control.content.substr(2, control.content.size() - 4), control.id});
    }
  }
  std::ranges::sort(s.languages, {}, &LanguageToken::id);
  return s;
}

}  // namespace seben::tokenizer
