// SPDX-License-Identifier: Apache-2.0
#include "engine/agreement.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "engine/cue_pieces.h"
#include "engine/cues.h"

namespace seben::pipeline {
namespace {

double centre(const ReadWord& word) { return (word.start + word.end) / 2.0; }

// The letters of each word: words are made of characters in a row, parted by those of spaces.
void add_letters(const std::vector<Character>& characters, std::vector<ReadWord>& words) {
  std::size_t at = 0;
  for (ReadWord& word : words) {
    while (at < characters.size() && characters[at].start < word.start) ++at;
    for (std::size_t bytes = 0; at < characters.size() && bytes < word.text.size(); ++at) {
      word.letters.push_back({characters[at].text, characters[at].start});
      bytes += characters[at].text.size();
    }
  }
}

std::vector<ReadWord> of_segments(const Transcript& transcript) {
  std::vector<ReadWord> out;
  const CueLimits no_limits;
  CuePieces pieces(transcript, no_limits);
  for (const Segment& segment : transcript.segments) {
    for (CuePiece& piece : pieces.of(segment)) {
      out.push_back({std::move(piece.text), piece.start, piece.end, segment.confidence, {}, false});
    }
    if (!out.empty()) out.back().ends_segment = true;
  }
  return out;
}

}  // namespace

std::vector<ReadWord> read_words(const Transcript& transcript) {
  if (transcript.words.empty()) return of_segments(transcript);
  std::vector<ReadWord> out;
  for (const Word& word : transcript.words) {
    out.push_back({word.text, word.start, word.end, word.confidence, {}, false});
  }
  add_letters(transcript.characters, out);
  if (!transcript.whisper) return out;
  for (const WhisperSegment& segment : transcript.whisper->segments) {
    const auto behind = std::ranges::find_if(out, [&](const ReadWord& w) { return w.start >= segment.end; });
    if (behind != out.begin()) std::prev(behind)->ends_segment = true;
  }
  return out;
}

std::string joined(const std::vector<ReadWord>& words) {
  std::string out;
  for (const ReadWord& word : words) {
    if (!out.empty()) out += ' ';
    out += word.text;
  }
  return out;
}

bool Agreement::alike(const ReadWord& a, const ReadWord& b) const {
  if (a.text != b.text || a.letters.size() != b.letters.size()) return false;
  if (a.letters.empty()) {
    return std::abs(a.start - b.start) <= options_.tolerance && std::abs(a.end - b.end) <= options_.tolerance;
  }
  for (std::size_t i = 0; i < a.letters.size(); ++i) {
    if (a.letters[i].text != b.letters[i].text) return false;
    if (std::abs(a.letters[i].start - b.letters[i].start) > options_.tolerance) return false;
  }
  return true;
}

// Behind the last committed word where the reading has it nearby, else by its time.
std::size_t Agreement::first_open(const std::vector<ReadWord>& words) const {
  if (committed_.empty()) return 0;
  const ReadWord& last = committed_.back();
  const auto by_time = static_cast<std::size_t>(
      std::ranges::find_if(words, [&](const ReadWord& w) { return centre(w) > last.end; }) - words.begin());
  std::optional<std::size_t> found;
  const std::size_t low = by_time < 3 ? 0 : by_time - 3, high = std::min(words.size(), by_time + 2);
  for (std::size_t i = low; i < high; ++i) {
    const double apart = std::abs(words[i].start - last.start);
    if (words[i].text != last.text || apart > options_.tolerance) continue;
    if (!found || apart < std::abs(words[*found].start - last.start)) found = i;
  }
  return found ? *found + 1 : by_time;
}

std::vector<ReadWord> Agreement::behind(const std::vector<ReadWord>& words) const {
  return {words.begin() + static_cast<std::ptrdiff_t>(first_open(words)), words.end()};
}

std::vector<ReadWord> Agreement::read(std::vector<ReadWord> words, double seen) {
  const std::size_t first = first_open(words);
  const auto same_text = [](const ReadWord& a, const ReadWord& b) { return a.text == b.text; };
  if (!std::equal(committed_.begin(), committed_.end(), words.begin(),
                  words.begin() + static_cast<std::ptrdiff_t>(first), same_text)) {
    ++contradictions_;
  }
  words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(first));
  const auto agreed = [&](const ReadWord& word) {
    return std::ranges::any_of(open_, [&](const ReadWord& before) {
      return before.end <= seen_ - options_.earlier_margin && alike(word, before);
    });
  };
  std::size_t count = 0;
  while (count < words.size() && words[count].end <= seen - options_.margin &&
         (words[count].confidence >= options_.sure || agreed(words[count]))) {
    ++count;
  }
  const auto behind = words.begin() + static_cast<std::ptrdiff_t>(count);
  std::vector<ReadWord> fresh(words.begin(), behind);
  committed_.insert(committed_.end(), fresh.begin(), fresh.end());
  open_.assign(behind, words.end());
  seen_ = seen;
  return fresh;
}

std::optional<double> place_to_cut(const Agreement& agreement, double seen, const CutOptions& o) {
  if (seen < o.from) return std::nullopt;
  struct Pause {
    double first, end, worth;
  };
  std::optional<Pause> widest;
  const double horizon = seen - o.margin;
  const auto offer = [&](double first, double end, bool segment) {
    if (end <= first || end < o.from / 2.0) return;
    const double worth = end - first + (segment ? 0.5 : 0.0);
    if (!widest || worth >= widest->worth) widest = Pause{first, end, worth};
  };
  double before = agreement.committed_end();
  bool segment = false;
  for (const ReadWord& word : agreement.open()) {
    if (word.start > horizon) break;
    offer(before, word.start, segment);
    before = std::max(before, word.end);
    segment = word.ends_segment;
  }
  offer(before, horizon, segment);
  const double needed = 0.6 * std::max(0.0, 1.0 - (seen - o.from) / std::max(o.longest - o.from, 0.1)) + 0.04;
  if (widest && widest->worth >= needed) return widest->end - std::min(o.lead, (widest->end - widest->first) / 2.0);
  if (seen < o.longest - 1e-6) return std::nullopt;
  // Nobody pauses: what is certain ends before the last word that is not, or, where that has lasted too long, here.
  const std::vector<ReadWord>& open = agreement.open();
  const double last = open.empty() ? seen : open.back().start;
  return last >= std::max(agreement.committed_end(), o.longest / 2.0) ? last : seen;
}

}  // namespace seben::pipeline
