// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/word_times.h"

#include <algorithm>
#include <cmath>

#include "decode/whisper/strip.h"
#include "seben/error.h"
#include "text/tokenizer/words.h"

namespace seben::generate {
namespace {

constexpr double kSecondsPerFrame = 0.02;
constexpr std::int64_t kMedian = 7;

// Mean over the heads of the weights' deviation from the mean over the tokens, in standard deviations, smoothed; rows
// `first`..tokens-2, negated as costs. weights: [heads, tokens, all_frames].
std::vector<float> costs(std::span<const float> weights, std::int64_t heads, std::int64_t tokens,
                         std::int64_t all_frames, std::int64_t frames, std::int64_t first) {
  const std::int64_t rows = tokens - 1 - first;
  std::vector<float> out(static_cast<std::size_t>(rows * frames), 0.0F);
  std::vector<float> head(static_cast<std::size_t>(tokens * frames));
  for (std::int64_t h = 0; h < heads; ++h) {
    for (std::int64_t t = 0; t < tokens; ++t) {
      const auto row =
          weights.subspan(static_cast<std::size_t>((h * tokens + t) * all_frames), static_cast<std::size_t>(frames));
      double sum = 0.0;  // of what is sound: as if the softmax had seen nothing else
      for (const float w : row) sum += static_cast<double>(w);
      const auto scale = static_cast<float>(1.0 / std::max(sum, 1e-30));
      for (std::int64_t f = 0; f < frames; ++f) {
        head[static_cast<std::size_t>(t * frames + f)] = row[static_cast<std::size_t>(f)] * scale;
      }
    }
    for (std::int64_t f = 0; f < frames; ++f) {
      const auto at = [&](std::int64_t t) -> float& { return head[static_cast<std::size_t>(t * frames + f)]; };
      double mean = 0.0, square = 0.0;
      for (std::int64_t t = 0; t < tokens; ++t) mean += static_cast<double>(at(t)) / static_cast<double>(tokens);
      for (std::int64_t t = 0; t < tokens; ++t) square += std::pow(static_cast<double>(at(t)) - mean, 2.0);
      const double deviation = std::max(std::sqrt(square / static_cast<double>(tokens)), 1e-30);
      for (std::int64_t t = 0; t < tokens; ++t) {
        at(t) = static_cast<float>((static_cast<double>(at(t)) - mean) / deviation);
      }
    }
    const std::span<float> wanted(head.data() + first * frames, out.size());
    median_filter(wanted, frames, kMedian);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] -= wanted[i] / static_cast<float>(heads);
  }
  return out;
}

bool contains(std::string_view set, std::string_view part) { return set.find(part) != std::string_view::npos; }

constexpr std::string_view kOpening = "\"'\xE2\x80\x9C\xC2\xBF([{-";
constexpr std::string_view kClosing =
    "\"'.\xE3\x80\x82,\xEF\xBC\x8C!\xEF\xBC\x81?\xEF\xBC\x9F:\xEF\xBC\x9A\xE2\x80\x9D)]}\xE3\x80\x81";
constexpr std::string_view kSentenceEnds = ".\xE3\x80\x82!\xEF\xBC\x81?\xEF\xBC\x9F";

double rounded(double seconds) { return std::nearbyint(seconds * 100.0) / 100.0; }

double median_duration(const std::vector<WordTime>& words) {
  std::vector<double> durations;
  for (const WordTime& word : words) {
    if (word.end != word.start) durations.push_back(word.end - word.start);
  }
  if (durations.empty()) return 0.0;
  std::ranges::sort(durations);
  const std::size_t half = durations.size() / 2;
  const double median = durations.size() % 2 == 1 ? durations[half] : (durations[half - 1] + durations[half]) / 2.0;
  return std::min(0.7, median);
}

// Words at the end of a sentence are not longer than `most`.
void shorten_at_sentence_ends(std::vector<WordTime>& words, double most) {
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].end - words[i].start <= most) continue;
    if (contains(kSentenceEnds, words[i].text)) {
      words[i].end = words[i].start + most;
    } else if (contains(kSentenceEnds, words[i - 1].text)) {
      words[i].start = words[i].end - most;
    }
  }
}

// The first two words after a pause, and the segment's own ends, bound each other.
void fit(TimedSegment& segment, double last_speech, double median) {
  std::vector<WordTime>& words = segment.words;
  const double most = 2.0 * median;
  if (words[0].end - last_speech > 4.0 * median &&
      (words[0].end - words[0].start > most || (words.size() > 1 && words[1].end - words[0].start > 2.0 * most))) {
    if (words.size() > 1 && words[1].end - words[1].start > most) {
      words[0].end = words[1].start = std::max(words[1].end / 2.0, words[1].end - most);
    }
    words[0].start = std::max(0.0, words[0].end - most);
  }
  if (segment.start < words[0].end && segment.start - 0.5 > words[0].start) {
    words[0].start = std::max(0.0, std::min(words[0].end - median, segment.start));
  } else {
    segment.start = words[0].start;
  }
  WordTime& last = words.back();
  if (segment.end > last.start && segment.end + 0.5 < last.end) {
    last.end = std::max(last.start + median, segment.end);
  } else {
    segment.end = last.end;
  }
}

}  // namespace

std::vector<WordTime> align_words(TextDecoder& decoder, const WordQuery& query) {
  if (query.text.empty()) return {};
  const tokenizer::Specials& specials = decoder.tokenizer().specials();
  std::vector<std::int32_t> tokens =
      start_sequence(specials, decoder.config().multilingual, query.language, query.task);
  const auto first = static_cast<std::int64_t>(tokens.size());
  if (!specials.notimestamps) throw Error(ErrorCategory::usage, "word times: vocabulary", "<|notimestamps|>", "none");
  tokens.push_back(*specials.notimestamps);
  tokens.insert(tokens.end(), query.text.begin(), query.text.end());
  tokens.push_back(specials.endoftext);
  const auto count = static_cast<std::int64_t>(tokens.size()), all = decoder.frames();
  if (count > decoder.limits().positions) {
    throw Error(ErrorCategory::usage, "word times: text",
                "at most " + std::to_string(decoder.limits().positions - first - 2) + " tokens",
                std::to_string(query.text.size()));
  }
  const std::int64_t frames = std::clamp<std::int64_t>(query.frames, 1, all);
  const auto heads = static_cast<std::int64_t>(decoder.config().alignment_heads.size());
  std::vector<float> weights(static_cast<std::size_t>(heads * count * all));
  std::vector<double> probabilities;
  std::vector<std::int64_t> rows;
  for (std::size_t i = 0; i < query.text.size(); ++i) rows.push_back(first + static_cast<std::int64_t>(i));
  whisper::PromptRequest request;
  request.rows = rows;
  request.logits = [&](std::int64_t row, std::span<float> logits) {
    const std::int32_t token = query.text[static_cast<std::size_t>(row - first)];
    // Among texts, as openai-whisper does; text that was added behind the control tokens is among all.
    const bool added = token >= specials.endoftext;
    probabilities.push_back(
        probability(added ? logits : logits.first(static_cast<std::size_t>(specials.endoftext)), token));
  };
  request.weights = weights;
  decoder.force(tokens, request, query.threads);

  const std::vector<float> cost = costs(weights, heads, count, all, frames, first);
  const auto path = time_warp(cost, count - 1 - first, frames);
  std::vector<double> begins;  // by token, and the end's
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (i == 0 || path[i].first != path[i - 1].first) {
      begins.push_back(static_cast<double>(path[i].second) * kSecondsPerFrame);
    }
  }
  std::vector<WordTime> words;
  std::size_t at = 0;
  const std::vector<std::int32_t> text(query.text.begin(), query.text.end());
  for (tokenizer::Word& word : tokenizer::split_to_word_tokens(decoder.tokenizer(), text, query.language)) {
    const std::size_t after = at + word.tokens.size();
    double sum = 0.0;
    for (std::size_t i = at; i < after; ++i) sum += probabilities[i];
    words.push_back({std::move(word.text), std::move(word.tokens), begins[at], begins[after],
                     sum / static_cast<double>(std::max<std::size_t>(after - at, 1))});
    at = after;
  }
  return words;
}

void merge_punctuation(std::vector<WordTime>& words) {
  const auto move_to = [](WordTime& to, WordTime& from, bool before) {
    to.text = before ? from.text + to.text : to.text + from.text;
    to.tokens.insert(before ? to.tokens.begin() : to.tokens.end(), from.tokens.begin(), from.tokens.end());
    from.text.clear();
    from.tokens.clear();
  };
  for (std::size_t i = words.size(), next = words.size() - 1; i-- > 0;) {
    if (i == next) continue;
    if (words[i].text.starts_with(' ') && contains(kOpening, strip(words[i].text))) {
      move_to(words[next], words[i], true);
    } else {
      next = i;
    }
  }
  for (std::size_t i = 1, last = 0; i < words.size(); ++i) {
    if (!words[last].text.ends_with(' ') && contains(kClosing, words[i].text)) {
      move_to(words[last], words[i], false);
    } else {
      last = i;
    }
  }
}

double add_word_times(TextDecoder& decoder, const WordQuery& query, double offset, double last_speech,
                      std::span<TimedSegment> segments) {
  std::vector<std::int32_t> text;
  for (const TimedSegment& s : segments) text.insert(text.end(), s.tokens.begin(), s.tokens.end());
  WordQuery all = query;
  all.text = text;
  std::vector<WordTime> words = align_words(decoder, all);
  const double median = median_duration(words);
  if (median > 0.0) shorten_at_sentence_ends(words, 2.0 * median);
  merge_punctuation(words);
  std::size_t next = 0;
  for (TimedSegment& segment : segments) {
    for (std::size_t saved = 0; next < words.size() && saved < segment.tokens.size(); ++next) {
      saved += words[next].tokens.size();
      if (words[next].text.empty()) continue;
      WordTime& word = segment.words.emplace_back(std::move(words[next]));
      word.start = rounded(offset + word.start);
      word.end = rounded(offset + word.end);
    }
    if (segment.words.empty()) continue;
    fit(segment, last_speech, median);
    last_speech = segment.end;
  }
  return last_speech;
}

}  // namespace seben::generate
