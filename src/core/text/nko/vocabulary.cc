// SPDX-License-Identifier: Apache-2.0
#include "text/nko/vocabulary.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/format.h"
#include "base/json.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

constexpr std::size_t kMaxClasses = 200'000;
constexpr std::size_t kMaxText = 256;

[[noreturn]] void refuse(const std::string& source, const std::string& field, std::string expected, std::string found) {
  throw Error(ErrorCategory::bad_data, source + ": " + field, std::move(expected), std::move(found));
}

void require_index(const std::string& source, const std::string& field, std::int64_t index, std::size_t size) {
  if (index < 0 || index >= static_cast<std::int64_t>(size)) {
    refuse(source, field, base::format("0..{}", static_cast<std::int64_t>(size) - 1), std::to_string(index));
  }
}

Vocabulary standard(bool blank_first) {
  std::vector<std::string> classes;
  if (blank_first) classes.emplace_back("<blank>");
  for (char32_t c = kFirst; c <= kLast; ++c) classes.push_back(encode_utf8(c));
  classes.emplace_back(" ");
  if (!blank_first) classes.emplace_back("<blank>");
  const std::int64_t shift = blank_first ? 1 : 0;
  return {
      std::move(classes), blank_first ? 0 : 65, {0x07FB - 0x07C0 + shift, 0x07FC - 0x07C0 + shift}, "N'Ko vocabulary"};
}

}  // namespace

Vocabulary::Vocabulary(std::vector<std::string> classes, std::int64_t blank, std::vector<std::int64_t> masked,
                       const std::string& source)
    : classes_(std::move(classes)), masked_(std::move(masked)), blank_(blank) {
  if (classes_.size() < 2 || classes_.size() > kMaxClasses) {
    refuse(source, "classes", base::format("2..{} classes", kMaxClasses), std::to_string(classes_.size()));
  }
  require_index(source, "blank", blank, classes_.size());
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    const std::string field = base::format("classes[{}]", i);
    const std::string& text = classes_[i];
    if (text.empty() || text.size() > kMaxText) refuse(source, field, "1..256 bytes", std::to_string(text.size()));
    if (!is_valid_utf8(text)) refuse(source, field, "UTF-8", "ill-formed bytes");
    if (!seen.insert(text).second) refuse(source, field, "a text of its own", "\"" + text + "\" a second time");
    if (text == " ") space_ = static_cast<std::int64_t>(i);
  }
  for (const std::int64_t index : masked_) {
    require_index(source, "masked", index, classes_.size());
    if (index == blank_) refuse(source, "masked", "classes other than the blank", std::to_string(index));
  }
  std::vector<bool> written(classes_.size(), true);
  written[static_cast<std::size_t>(blank_)] = false;
  for (const std::int64_t index : masked_) written[static_cast<std::size_t>(index)] = false;
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    if (!written[i]) continue;
    by_text_.push_back(static_cast<std::int64_t>(i));
    longest_ = std::max(longest_, classes_[i].size());
  }
  std::ranges::sort(by_text_, {}, [this](std::int64_t index) -> const std::string& { return text(index); });
}

std::int64_t Vocabulary::find(std::string_view wanted) const {
  const auto text_of = [this](std::int64_t index) { return std::string_view(text(index)); };
  const auto found = std::ranges::lower_bound(by_text_, wanted, {}, text_of);
  return found != by_text_.end() && text_of(*found) == wanted ? *found : -1;
}

Vocabulary Vocabulary::load(const std::string& path) {
  return parse(base::read_text(path, std::size_t{16} << 20), path);
}

Vocabulary Vocabulary::parse(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source);
  const base::JsonReader reader(json, source);
  (void)reader.as_object();
  reader.refuse_unknown_keys({"blank", "classes", "masked"});
  std::vector<std::string> classes = reader.strings("classes", kMaxClasses);
  const auto last = static_cast<std::int64_t>(classes.size()) - 1;
  std::vector<std::int64_t> masked;
  if (reader.has("masked")) {
    for (const base::JsonReader& entry : reader.array("masked", kMaxClasses)) {
      masked.push_back(entry.as_integer(0, std::max<std::int64_t>(last, 0)));
    }
  }
  return {std::move(classes), reader.integer("blank", 0, std::max<std::int64_t>(last, 0)), std::move(masked), source};
}

Vocabulary Vocabulary::nko_blank_last() { return standard(false); }
Vocabulary Vocabulary::nko_blank_first() { return standard(true); }

std::int64_t Vocabulary::find_longest(std::string_view text) const {
  for (std::size_t length = std::min(longest_, text.size()); length > 0; --length) {
    const std::int64_t found = find(text.substr(0, length));
    if (found >= 0) return found;
  }
  return -1;
}

bool Vocabulary::can_write(std::string_view text) const {
  while (!text.empty()) {
    const std::int64_t found = find_longest(text);
    if (found < 0) return false;
    text.remove_prefix(classes_[static_cast<std::size_t>(found)].size());
  }
  return true;
}

std::vector<std::int64_t> Vocabulary::encode(std::string_view text, const std::string& source) const {
  std::vector<std::int64_t> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::int64_t best = find_longest(text.substr(at));
    if (best < 0) {
      const std::u32string rest = decode_utf8(text.substr(at), source);
      refuse(source, base::format("byte {}", at), "a class of the vocabulary",
             base::format("U+{:04X}", static_cast<std::uint32_t>(rest.front())));
    }
    out.push_back(best);
    at += classes_[static_cast<std::size_t>(best)].size();
  }
  return out;
}

std::string Vocabulary::to_json() const {
  const nlohmann::json json{{"blank", blank_}, {"classes", classes_}, {"masked", masked_}};
  return json.dump(1, ' ', true) + "\n";
}

}  // namespace seben::nko
