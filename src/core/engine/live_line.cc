// SPDX-License-Identifier: Apache-2.0
#include "engine/live_line.h"

#include <algorithm>
#include <vector>

#include "base/printable.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// As many words from the end as fit; `columns` becomes what is left.
std::string last_words(const std::string& text, std::int64_t& columns) {
  const std::vector<std::string> words = words_of(text);
  std::string out;
  for (auto word = words.rbegin(); word != words.rend(); ++word) {
    const std::int64_t width = nko::columns(*word) + 1;
    if (width > columns) {
      columns = 0;
      break;
    }
    columns -= width;
    out = out.empty() ? *word : *word + " " + out;
  }
  return out;
}

}  // namespace

std::string live_line(const std::string& committed, const std::string& provisional, Direction direction,
                      std::int64_t columns) {
  std::int64_t left = std::max<std::int64_t>(columns - 1, 0);
  const std::string open = last_words(base::printable(provisional), left);
  std::string line = last_words(base::printable(committed), left);
  if (!open.empty()) line += (line.empty() ? "\x1b[2m" : " \x1b[2m") + open + "\x1b[22m";
  return (direction == Direction::nko ? "\xE2\x81\xA7" : "\xE2\x81\xA8") + line + "\xE2\x81\xA9";
}

}  // namespace seben::pipeline
