// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/windows_hallucinations.h"

#include <algorithm>
#include <cmath>
#include <string_view>

namespace seben::generate {
namespace {

constexpr double kFramesPerSecond = 100.0;
constexpr std::int64_t kWindowFrames = 3000;
constexpr double kEdge = 2.0;  // seconds from an end of the window that count as silence
constexpr std::size_t kWords = 8;
constexpr std::string_view kPunctuation =
    "\"'\xE2\x80\x9C\xC2\xBF([{-\"'.\xE3\x80\x82,\xEF\xBC\x8C!\xEF\xBC\x81?\xEF\xBC\x9F:\xEF\xBC\x9A\xE2\x80\x9D)]}"
    "\xE3\x80\x81";

// As Python divides: seek * 160 / 16000.
double word_seconds(std::int64_t frames) { return static_cast<double>(frames) / kFramesPerSecond; }

std::int64_t word_frames(double seconds) {
  return static_cast<std::int64_t>(std::nearbyint(seconds * kFramesPerSecond));
}

const Segment* first_with_words(std::span<const Segment> segments) {
  const auto found = std::ranges::find_if(segments, [](const Segment& s) { return !s.words.empty(); });
  return found == segments.end() ? nullptr : &*found;
}

}  // namespace

double strangeness(const WordTime& word) noexcept {
  const double duration = word.end - word.start;
  double score = word.probability < 0.15 ? 1.0 : 0.0;
  if (duration < 0.133) score += (0.133 - duration) * 15.0;
  if (duration > 2.0) score += duration - 2.0;
  return score;
}

bool is_strange(std::span<const WordTime> words) {
  if (words.empty()) return false;
  std::size_t counted = 0;
  double score = 0.0;
  for (const WordTime& word : words) {
    if (kPunctuation.find(word.text) != std::string_view::npos) continue;
    if (counted == kWords) break;
    score += strangeness(word);
    ++counted;
  }
  return score >= 3.0 || score + 0.01 >= static_cast<double>(counted);
}

std::optional<InventedText> find_hallucinations(std::span<const Segment> segments, const SilenceQuery& query) {
  const double begin = word_seconds(query.seek), sound_end = begin + word_seconds(query.frames),
               window_end = word_seconds(query.seek + kWindowFrames);
  if (const Segment* first = first_with_words(segments); first != nullptr && is_strange(first->words)) {
    const double gap = first->start - begin;
    if (gap > query.threshold) return InventedText{0, query.seek + word_frames(gap), true, first->end};
  }
  double last_end = query.last_speech;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& s = segments[i];
    if (s.words.empty()) continue;
    if (is_strange(s.words)) {
      const Segment* next = first_with_words(segments.subspan(i + 1));
      const double next_start = next != nullptr ? next->words.front().start : sound_end;
      const bool silence_before =
          s.start - last_end > query.threshold || s.start < query.threshold || s.start - begin < kEdge;
      const bool silence_behind = next_start - s.end > query.threshold ||
                                  (next != nullptr && is_strange(next->words)) || window_end - s.end < kEdge;
      if (silence_before && silence_behind)
        return InventedText{i, word_frames(std::max(begin + 1.0, s.start)), false, s.end};
    }
    last_end = s.end;
  }
  return std::nullopt;
}

std::optional<double> end_of_speech(std::span<const Segment> segments) {
  for (std::size_t i = segments.size(); i-- > 0;) {
    if (!segments[i].words.empty()) return segments[i].words.back().end;
  }
  if (segments.empty()) return std::nullopt;
  return segments.back().end;
}

}  // namespace seben::generate
