// SPDX-License-Identifier: Apache-2.0
#include "engine/cue_pieces.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/utf8.h"
#include "decode/whisper/strip.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

// White space and what follows up to the next one.
std::vector<CuePiece> at_spaces(const std::string& text) {
  std::vector<CuePiece> out;
  for (const std::string& grapheme : nko::graphemes(text, "segment")) {
    const bool blank = generate::strip(grapheme).empty();
    if (out.empty() || (blank && !out.back().text.empty())) out.emplace_back();
    (blank ? out.back().space : out.back().text) += grapheme;
  }
  if (!out.empty() && out.back().text.empty()) out.pop_back();
  for (CuePiece& piece : out) piece.width = nko::columns(piece.text);
  return out;
}

// Times by width, from the segment's beginning to its end.
void share_out(std::vector<CuePiece>& pieces, double start, double end) {
  double all = 0.0, before = 0.0;
  for (const CuePiece& piece : pieces) all += static_cast<double>(piece.width);
  for (CuePiece& piece : pieces) {
    const double behind = before + static_cast<double>(piece.width);
    piece.start = start + (end - start) * before / all;
    piece.end = start + (end - start) * behind / all;
    piece.measured_start = piece.measured_end = false;
    before = behind;
  }
  if (pieces.empty()) return;
  pieces.front().measured_start = pieces.back().measured_end = true;
  pieces.back().end = end;
}

}  // namespace

std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

std::vector<CuePiece> CuePieces::of(const Segment& segment) {
  std::vector<CuePiece> whole = by_words(segment), out;
  for (const CuePiece& piece : whole) break_up(piece, out);
  return out;
}

bool CuePieces::next_word(std::int32_t channel, std::size_t& at) const {
  const std::vector<Word>& words = transcript_.words;
  while (at < words.size() && words[at].channel != channel) ++at;
  return at < words.size();
}

// The words must make up the segment's text; when they do not, or there are none, white space parts it.
std::vector<CuePiece> CuePieces::by_words(const Segment& segment) {
  const std::string text = one_line(base::replace_ill_formed(segment.text));
  const auto channel = static_cast<std::size_t>(std::max(segment.channel, 0));
  if (taken_.size() <= channel) taken_.resize(channel + 1);
  std::vector<CuePiece> out;
  std::size_t at = taken_[channel], place = 0;
  while (next_word(segment.channel, at)) {
    const Word& word = transcript_.words[at];
    const std::string said = one_line(base::replace_ill_formed(word.text));
    std::size_t from = place;
    while (from < text.size() && text[from] == ' ') ++from;
    if (said.empty() || text.compare(from, said.size(), said) != 0) break;
    out.push_back({text.substr(place, from - place), said, nko::columns(said), word.start, word.end, true, true});
    place = from + said.size();
    ++at;
  }
  if (!out.empty() && generate::strip(std::string_view(text).substr(place)).empty()) {
    taken_[channel] = at;
    return out;
  }
  // These words are of no use here, nor later.
  for (at = taken_[channel]; next_word(segment.channel, at) && transcript_.words[at].start < segment.end;) ++at;
  taken_[channel] = at;
  out = at_spaces(text);
  share_out(out, segment.start, segment.end);
  return out;
}

// A word that fits into no line, and a stretch of text without times of words that is longer than a cue may be.
void CuePieces::break_up(const CuePiece& piece, std::vector<CuePiece>& out) const {
  std::int64_t most = limits_.line_width.value_or(piece.width);
  const bool measured = piece.measured_start && piece.measured_end && !transcript_.words.empty();
  const double seconds = piece.end - piece.start;
  if (limits_.seconds && !measured && seconds > *limits_.seconds) {
    most = std::min(most, static_cast<std::int64_t>(static_cast<double>(piece.width) * *limits_.seconds / seconds));
  }
  if (piece.width <= most) return out.push_back(piece);
  std::vector<CuePiece> parts;
  for (const std::string& grapheme : nko::graphemes(piece.text, "word")) {
    const std::int64_t width = nko::columns(grapheme);
    if (parts.empty() || parts.back().width + width > most) parts.emplace_back();
    parts.back().text += grapheme;
    parts.back().width += width;
  }
  share_out(parts, piece.start, piece.end);
  parts.front().space = piece.space;
  parts.front().measured_start = piece.measured_start;
  parts.back().measured_end = piece.measured_end;
  std::move(parts.begin(), parts.end(), std::back_inserter(out));
}

}  // namespace seben::pipeline
