// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/windows_text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/format.h"
#include "decode/whisper/strip.h"
#include "decode/whisper/windows_hallucinations.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

bool has_text(const Segment& segment) { return segment.start != segment.end && !strip(segment.text).empty(); }

}  // namespace

std::int64_t frames_of(double seconds) {
  return static_cast<std::int64_t>(std::nearbyint(seconds * double{kMelPerSecond}));
}

std::vector<ClipFrames> clips_of(std::span<const double> seconds) {
  std::vector<ClipFrames> out;
  double before = 0.0;
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    constexpr double kMost = 1e9;
    if (!(seconds[i] >= before && seconds[i] <= kMost)) {
      throw Error(ErrorCategory::usage, base::format("decoding: clips[{}]", i),
                  base::format("seconds, {} or later", before), base::format("{}", seconds[i]));
    }
    before = seconds[i];
    const std::int64_t frame = frames_of(before);
    if (i % 2 == 0) {
      out.push_back({frame, std::numeric_limits<std::int64_t>::max()});
    } else {
      out.back().end = frame;
    }
  }
  if (out.empty()) out.push_back({0, std::numeric_limits<std::int64_t>::max()});
  return out;
}

std::string choose_language(TextDecoder& decoder, const DecodeOptions& options,
                            std::vector<LanguageProbability>& probabilities) {
  if (!options.language.empty()) {
    return decoder.config().multilingual ? require_language(decoder.tokenizer().specials(), options.language)
                                         : options.language;
  }
  probabilities = decoder.detect_language(options.threads);
  return probabilities.front().first;
}

WindowsText::WindowsText(const TextDecoder& decoder, const TranscribeOptions& options)
    : tokenizer_(decoder.tokenizer()),
      options_(options),
      specials_(tokenizer_.specials()),
      history_(options.initial_prompt) {}

// What is written of `tokens`; `below`: and all ids below it, or everything when there is none.
std::vector<std::int32_t> WindowsText::text_of(std::span<const std::int32_t> tokens,
                                               std::optional<std::int32_t> below) const {
  std::vector<std::int32_t> out;
  std::ranges::copy_if(tokens, std::back_inserter(out),
                       [&](std::int32_t id) { return !below || id < *below || is_text(tokenizer_, id); });
  return out;
}

Segment WindowsText::segment_of(std::span<const std::int32_t> tokens, const DecodeResult& result,
                                const WindowPlace& place) const {
  Segment s;
  s.seek = place.begin;
  s.frames = place.size;
  s.start = seconds_of(place.begin);
  s.tokens.assign(tokens.begin(), tokens.end());
  s.text = tokenizer_.decode_text(text_of(tokens, specials_.endoftext), false);
  s.avg_logprob = result.avg_logprob;
  s.compression_ratio = result.compression_ratio;
  s.no_speech_prob = result.no_speech_prob;
  s.temperature = result.temperature;
  return s;
}

WindowText WindowsText::cut(const DecodeResult& result, const WindowPlace& place) const {
  const std::span<const std::int32_t> tokens(result.tokens);
  const std::size_t n = tokens.size();
  const auto is_timestamp = [&](std::int32_t id) { return specials_.is_timestamp(id); };
  const auto position = [&](std::int32_t id) { return std::int64_t{id - *specials_.timestamp_begin}; };
  WindowText out;
  out.ended = n >= 2 && !is_timestamp(tokens[n - 2]) && is_timestamp(tokens[n - 1]);
  out.step = place.size;
  std::vector<std::size_t> cuts;
  for (std::size_t i = 1; i < n; ++i) {
    if (is_timestamp(tokens[i - 1]) && is_timestamp(tokens[i])) cuts.push_back(i);
  }
  if (cuts.empty()) {
    Segment s = segment_of(tokens, result, place);
    s.end = s.start + static_cast<double>(place.size) * kSecondsPerMelFrame;
    const auto last = std::ranges::find_if(tokens.rbegin(), tokens.rend(), is_timestamp);
    if (last != tokens.rend() && position(*last) != 0) {
      s.end = s.start + static_cast<double>(position(*last)) * tokenizer::kSecondsPerTimestamp;
    }
    out.segments.push_back(std::move(s));
    return out;
  }
  if (out.ended) cuts.push_back(n);
  std::size_t first = 0;
  for (const std::size_t after : cuts) {
    Segment s = segment_of(tokens.subspan(first, after - first), result, place);
    const double begin = s.start;
    s.start = begin + static_cast<double>(position(s.tokens.front())) * tokenizer::kSecondsPerTimestamp;
    s.end = begin + static_cast<double>(position(s.tokens.back())) * tokenizer::kSecondsPerTimestamp;
    out.segments.push_back(std::move(s));
    first = after;
  }
  if (!out.ended) out.step = std::max<std::int64_t>(position(tokens[first - 1]), 1) * kMelPerFeature;
  return out;
}

bool WindowsText::is_silence(const DecodeResult& result, const Thresholds& t) {
  return t.no_speech && result.no_speech_prob > *t.no_speech && !(t.logprob && result.avg_logprob > *t.logprob);
}

void WindowsText::time_words(TextDecoder& decoder, const DecodeOptions& options, const WindowPlace& place,
                             double last_speech, WindowText& text) const {
  std::vector<TimedSegment> timed;
  timed.reserve(text.segments.size());
  for (const Segment& s : text.segments) {
    timed.push_back({s.start, s.end, text_of(s.tokens, specials_.endoftext), {}});
  }
  const double start = seconds_of(place.begin);
  const WordQuery query{{}, options.language, options.task, place.size / kMelPerFeature, options.threads};
  (void)add_word_times(decoder, query, start, last_speech, timed);
  for (std::size_t i = 0; i < text.segments.size(); ++i) {
    text.segments[i].start = timed[i].start;
    text.segments[i].end = timed[i].end;
    text.segments[i].words = std::move(timed[i].words);
  }
  // What follows the last word belongs to the next window.
  if (const auto end = end_of_speech(text.segments); !text.ended && end && *end > start) {
    text.step = std::max<std::int64_t>(1, frames_of(*end) - place.begin);
  }
}

void WindowsText::leave_out(std::int64_t begin, double no_speech) {
  out_.suspect.push_back(
      base::format("window at {:.1f} s: no speech by {:.0f} %, a text that repeats itself or failed is left out",
                   seconds_of(begin), 100.0 * no_speech));
}

void WindowsText::keep(std::vector<Segment> segments, std::int64_t begin, const std::string& failure) {
  if (!failure.empty() && std::ranges::any_of(segments, has_text)) {
    out_.suspect.push_back(
        base::format("window at {:.1f} s: the text failed at every temperature and is kept all the "
                     "same: {}",
                     seconds_of(begin), failure));
  }
  mark_loop(segments, begin);
  for (Segment& segment : segments) keep(std::move(segment));
}

// Marks the segments that are part of a loop, which may have begun before this window.
void WindowsText::mark_loop(std::vector<Segment>& segments, std::int64_t begin) {
  const RepetitionOptions& o = options_.repetition;
  const auto before = static_cast<std::int64_t>(recent_.size());
  std::vector<std::int64_t> ends;  // of the segments, in recent_
  for (const Segment& s : segments) {
    std::ranges::copy_if(s.tokens, std::back_inserter(recent_), [&](auto id) { return is_text(tokenizer_, id); });
    ends.push_back(static_cast<std::int64_t>(recent_.size()));
  }
  std::int64_t shift = before;
  std::optional<Repetition> loop = find_repetition(std::span(recent_).subspan(static_cast<std::size_t>(before)), o);
  if (!loop) {
    shift = 0;
    loop = find_repetition(recent_, o);
  }
  if (loop && shift + loop->first + loop->period * loop->repeats > before) {
    const std::int64_t first = shift + loop->first, end = first + loop->period * loop->repeats;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      segments[i].repetition = (i == 0 ? before : ends[i - 1]) < end && first < ends[i];
    }
    out_.suspect.push_back(base::format("window at {:.1f} s: the text repeats {} {} times in a row", seconds_of(begin),
                                        loop->period == 1 ? "a token" : base::format("{} tokens", loop->period),
                                        loop->repeats));
  }
  const auto reach = static_cast<std::size_t>(std::clamp<std::int64_t>(o.max_period * o.min_repeats, 0, 4096));
  if (recent_.size() > reach) recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(reach));
}

void WindowsText::keep(Segment segment) {
  if (!has_text(segment)) {
    segment.text.clear();
    segment.tokens.clear();
    segment.words.clear();
  }
  history_.insert(history_.end(), segment.tokens.begin(), segment.tokens.end());
  if (options_.on_segment) options_.on_segment(segment);
  out_.segments.push_back(std::move(segment));
}

Transcript WindowsText::finish() {
  if (out_.language.empty()) out_.language = options_.decode.language;
  const std::span<const std::int32_t> written = std::span(history_).subspan(options_.initial_prompt.size());
  // Control tokens before the timestamps are shown, as openai-whisper shows them.
  out_.text = tokenizer_.decode_text(text_of(written, specials_.timestamp_begin), false);
  return std::move(out_);
}

}  // namespace seben::generate
