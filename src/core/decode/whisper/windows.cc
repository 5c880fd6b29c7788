// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/windows.h"

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

constexpr std::int64_t kMelPerFeature = 2;
constexpr std::int64_t kMelPerSecond = 100;
constexpr double kResetTemperature = 0.5;  // what was written above it is no prompt
constexpr std::int64_t kSamplesPerMel = 160;

// Not times 0.01: openai-whisper divides, and its comparisons with times of words depend on the last bit.
double seconds_of(std::int64_t frames) { return static_cast<double>(frames) / double{kMelPerSecond}; }

std::int64_t frames_of(double seconds) {
  return static_cast<std::int64_t>(std::nearbyint(seconds * double{kMelPerSecond}));
}

// Mel frames, end excluded.
struct Clip {
  std::int64_t first = 0, end = std::numeric_limits<std::int64_t>::max();
};

std::vector<Clip> clips_of(std::span<const double> seconds) {
  std::vector<Clip> out;
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
      out.push_back({frame});
    } else {
      out.back().end = frame;
    }
  }
  if (out.empty()) out.push_back({});
  return out;
}

void check(const TranscribeOptions& options, const PromptLimits& limits) {
  if (static_cast<std::int64_t>(options.initial_prompt.size()) > limits.previous()) {
    throw Error(ErrorCategory::usage, "decoding: initial prompt",
                "at most " + std::to_string(limits.previous()) + " tokens",
                std::to_string(options.initial_prompt.size()));
  }
  if (!options.hallucination_silence) return;
  if (!options.word_times) {
    throw Error(ErrorCategory::usage, "decoding: hallucination_silence", "word times, by which it is judged", "none");
  }
  if (!(*options.hallucination_silence >= 0.0 && *options.hallucination_silence <= 3600.0)) {
    throw Error(ErrorCategory::usage, "decoding: hallucination_silence", "0 to 3600 seconds",
                base::format("{}", *options.hallucination_silence));
  }
}

}  // namespace

class WindowSteps::Writer {
 public:
  Writer(TextDecoder& decoder, const TranscribeOptions& options)
      : decoder_(decoder),
        options_(options),
        decode_(options.decode),
        specials_(decoder.tokenizer().specials()),
        frames_(decoder.decoder().config().source_frames),
        clips_(clips_of(options.clips)),
        seek_(clips_.front().first),
        history_(options.initial_prompt) {
    check(options, decoder.limits());
  }

  std::optional<Window> next() {
    while (clip_ < clips_.size() && seek_ >= clips_[clip_].end) next_clip();
    if (clip_ == clips_.size()) return std::nullopt;
    return Window{seek_, std::min(frames_ * kMelPerFeature, clips_[clip_].end - seek_)};
  }

  void next_clip() {
    if (++clip_ < clips_.size()) seek_ = clips_[clip_].first;
  }

  void skip(std::int64_t size) {
    ++out_.silent;
    seek_ += size;
  }

  Transcript finish() {
    if (out_.language.empty()) out_.language = options_.decode.language;
    const std::span<const std::int32_t> written = std::span(history_).subspan(options_.initial_prompt.size());
    // Control tokens before the timestamps are shown, as openai-whisper shows them.
    out_.text = decoder_.tokenizer().decode_text(text_of(written, specials_.timestamp_begin), false);
    return std::move(out_);
  }

  void write(std::span<const float> features, std::int64_t size, const Available& available) {
    decoder_.encode(features, frames_, decode_.threads);
    if (out_.language.empty()) choose_language();
    decode_.prompt = prompt();
    const DecodeResult result = decoder_.decode(decode_);
    ++out_.windows;
    const Thresholds& t = decode_.thresholds;
    if (t.no_speech && result.no_speech_prob > *t.no_speech && !(t.logprob && result.avg_logprob > *t.logprob)) {
      seek_ += size;
      return;
    }
    if (result.invented) {
      out_.suspect.push_back(
          base::format("window at {:.1f} s: no speech by {:.0f} %, a text that repeats itself or failed is left out",
                       seconds_of(seek_), 100.0 * result.no_speech_prob));
      seek_ += size;
      return;
    }
    const std::int64_t begin = seek_;
    bool ended = false;
    std::vector<Segment> segments = cut(result, size, ended);
    if (options_.word_times && !time_words(segments, {begin, size, ended}, available)) return;
    if (!result.failure.empty() && std::ranges::any_of(segments, &Writer::has_text)) {
      out_.suspect.push_back(
          base::format("window at {:.1f} s: the text failed at every temperature and is kept all the "
                       "same: {}",
                       seconds_of(begin), result.failure));
    }
    mark_loop(segments, begin);
    for (Segment& segment : segments) keep(std::move(segment));
    if (!options_.condition_on_previous_text || result.temperature > kResetTemperature) prompt_from_ = history_.size();
  }

 private:
  struct Heard {
    std::int64_t begin = 0, size = 0;  // mel frames
    bool ended = false;                // with one timestamp, after which there is no speech
  };

  // What is written of `tokens`; `below`: and all ids below it, or everything when there is none.
  [[nodiscard]] std::vector<std::int32_t> text_of(std::span<const std::int32_t> tokens,
                                                  std::optional<std::int32_t> below) const {
    std::vector<std::int32_t> out;
    std::ranges::copy_if(tokens, std::back_inserter(out),
                         [&](std::int32_t id) { return !below || id < *below || is_text(decoder_.tokenizer(), id); });
    return out;
  }
  [[nodiscard]] std::vector<std::int32_t> text_of(std::span<const std::int32_t> tokens) const {
    return text_of(tokens, specials_.endoftext);
  }

  // The last tokens before the window, as many as the decoder takes.
  [[nodiscard]] std::vector<std::int32_t> prompt() const {
    const auto most = static_cast<std::size_t>(decoder_.limits().previous());
    const std::size_t initial = options_.initial_prompt.size();
    std::size_t first = prompt_from_;
    std::vector<std::int32_t> out;
    if (options_.carry_initial_prompt) {
      out = options_.initial_prompt;
      first = std::max(initial, prompt_from_);
    }
    const std::size_t count = std::min(history_.size() - first, most - out.size());
    out.insert(out.end(), history_.end() - static_cast<std::ptrdiff_t>(count), history_.end());
    return out;
  }

  void choose_language() {
    if (decode_.language.empty()) {
      out_.language_probability = decoder_.detect_language(decode_.threads);
      decode_.language = out_.language_probability.front().first;
    } else if (decoder_.config().multilingual) {
      decode_.language = require_language(specials_, decode_.language);
    }
    out_.language = decode_.language;
  }

  [[nodiscard]] bool is_timestamp(std::int32_t id) const { return specials_.is_timestamp(id); }
  [[nodiscard]] std::int64_t position(std::int32_t id) const { return id - *specials_.timestamp_begin; }

  [[nodiscard]] Segment segment_of(std::span<const std::int32_t> tokens, const DecodeResult& result) const {
    Segment s;
    s.seek = seek_;
    s.start = offset();
    s.tokens.assign(tokens.begin(), tokens.end());
    s.text = decoder_.tokenizer().decode_text(text_of(tokens), false);
    s.avg_logprob = result.avg_logprob;
    s.compression_ratio = result.compression_ratio;
    s.no_speech_prob = result.no_speech_prob;
    s.temperature = result.temperature;
    return s;
  }
  [[nodiscard]] double offset() const { return seconds_of(seek_); }

  // Segments end where two timestamps meet. Moves to the next window; `ended` when the text closed with one timestamp,
  // after which there is no speech.
  [[nodiscard]] std::vector<Segment> cut(const DecodeResult& result, std::int64_t size, bool& ended) {
    const std::span<const std::int32_t> tokens(result.tokens);
    const std::size_t n = tokens.size();
    ended = n >= 2 && !is_timestamp(tokens[n - 2]) && is_timestamp(tokens[n - 1]);
    std::vector<std::size_t> cuts;
    for (std::size_t i = 1; i < n; ++i) {
      if (is_timestamp(tokens[i - 1]) && is_timestamp(tokens[i])) cuts.push_back(i);
    }
    std::vector<Segment> out;
    if (cuts.empty()) {
      Segment s = segment_of(tokens, result);
      s.end = s.start + static_cast<double>(size) * kSecondsPerMelFrame;
      const auto last = std::ranges::find_if(tokens.rbegin(), tokens.rend(), [&](auto id) { return is_timestamp(id); });
      if (last != tokens.rend() && position(*last) != 0) {
        s.end = s.start + static_cast<double>(position(*last)) * tokenizer::kSecondsPerTimestamp;
      }
      out.push_back(std::move(s));
      seek_ += size;
      return out;
    }
    if (ended) cuts.push_back(n);
    std::size_t first = 0;
    for (const std::size_t after : cuts) {
      Segment s = segment_of(tokens.subspan(first, after - first), result);
      const double begin = s.start;
      s.start = begin + static_cast<double>(position(s.tokens.front())) * tokenizer::kSecondsPerTimestamp;
      s.end = begin + static_cast<double>(position(s.tokens.back())) * tokenizer::kSecondsPerTimestamp;
      out.push_back(std::move(s));
      first = after;
    }
    seek_ += ended ? size : std::max<std::int64_t>(position(tokens[first - 1]), 1) * kMelPerFeature;
    return out;
  }

  // Adds the words' times and moves to the next window by what they say. False: the window is to be decoded again from
  // there, as if nothing had been heard.
  [[nodiscard]] bool time_words(std::vector<Segment>& segments, const Heard& heard, const Available& available) {
    const auto [begin, size, ended] = heard;
    std::vector<TimedSegment> timed;
    timed.reserve(segments.size());
    for (const Segment& s : segments) timed.push_back({s.start, s.end, text_of(s.tokens), {}});
    const double start = seconds_of(begin);
    const WordQuery query{{}, decode_.language, decode_.task, size / kMelPerFeature, decode_.threads};
    (void)add_word_times(decoder_, query, start, last_speech_, timed);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      segments[i].start = timed[i].start;
      segments[i].end = timed[i].end;
      segments[i].words = std::move(timed[i].words);
    }
    // What follows the last word belongs to the next window, unless it is too short to hold any.
    if (const auto end = end_of_speech(segments); !ended && end && *end > start) {
      const double window_end = seconds_of(begin + frames_ * kMelPerFeature);
      const auto silence = options_.hallucination_silence;
      const bool short_rest = silence && !(window_end - *end > *silence);
      move_on(begin, short_rest ? begin + size : frames_of(*end));
    }
    if (options_.hallucination_silence) {
      const SilenceQuery where{begin, size, last_speech_, *options_.hallucination_silence};
      if (const auto invented = find_hallucinations(segments, where)) {
        move_on(begin, invented->seek);
        if (invented->again) return false;
        segments.resize(invented->segments);
        if (const auto end = end_close_behind(begin, invented->end, available)) seek_ = *end;
      }
    }
    if (const auto end = end_of_speech(segments)) last_speech_ = *end;
    return true;
  }

  // A window always takes a step.
  void move_on(std::int64_t begin, std::int64_t to) { seek_ = std::max(begin + 1, to); }

  // The end of the recording when it lies less than the tolerated silence behind `seconds`. Asked from the window's
  // begin: places never go back.
  [[nodiscard]] std::optional<std::int64_t> end_close_behind(std::int64_t begin, double seconds,
                                                             const Available& available) const {
    const double silence = *options_.hallucination_silence;
    const std::int64_t most =
        frames_ * kMelPerFeature + static_cast<std::int64_t>(std::ceil(silence * double{kMelPerSecond}));
    const auto wanted = static_cast<std::int64_t>(std::ceil((seconds + silence) * double{kMelPerSecond})) - begin;
    const std::int64_t asked = std::clamp<std::int64_t>(wanted, 1, most);
    const std::int64_t there = available(begin, asked);
    if (there == asked || !(seconds_of(begin + there) - seconds < silence)) return std::nullopt;
    return begin + there;
  }

  // Marks the segments that are part of a loop, which may have begun before this window.
  void mark_loop(std::vector<Segment>& segments, std::int64_t begin) {
    const RepetitionOptions& o = options_.repetition;
    const auto before = static_cast<std::int64_t>(recent_.size());
    std::vector<std::int64_t> ends;  // of the segments, in recent_
    for (const Segment& s : segments) {
      std::ranges::copy_if(s.tokens, std::back_inserter(recent_),
                           [&](auto id) { return is_text(decoder_.tokenizer(), id); });
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
      out_.suspect.push_back(
          base::format("window at {:.1f} s: the text repeats {} {} times in a row", seconds_of(begin),
                       loop->period == 1 ? "a token" : base::format("{} tokens", loop->period), loop->repeats));
    }
    const auto reach = static_cast<std::size_t>(std::clamp<std::int64_t>(o.max_period * o.min_repeats, 0, 4096));
    if (recent_.size() > reach) recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(reach));
  }

  [[nodiscard]] static bool has_text(const Segment& segment) {
    return segment.start != segment.end && !strip(segment.text).empty();
  }

  void keep(Segment segment) {
    if (!has_text(segment)) {
      segment.text.clear();
      segment.tokens.clear();
      segment.words.clear();
    }
    history_.insert(history_.end(), segment.tokens.begin(), segment.tokens.end());
    if (options_.on_segment) options_.on_segment(segment);
    out_.segments.push_back(std::move(segment));
  }

  TextDecoder& decoder_;
  const TranscribeOptions& options_;
  DecodeOptions decode_;
  const tokenizer::Specials& specials_;
  std::int64_t frames_;
  std::vector<Clip> clips_;
  std::size_t clip_ = 0;
  std::int64_t seek_;
  std::vector<std::int32_t> history_;  // initial prompt and all that was written
  std::vector<std::int32_t> recent_;   // the last text without timestamps, as far back as a loop is looked for
  std::size_t prompt_from_ = 0;
  double last_speech_ = 0.0;
  Transcript out_;
};

WindowSteps::WindowSteps(TextDecoder& decoder, const TranscribeOptions& options)
    : writer_(std::make_unique<Writer>(decoder, options)) {}
WindowSteps::~WindowSteps() = default;

std::optional<WindowSteps::Window> WindowSteps::next() { return writer_->next(); }
void WindowSteps::end_of_sound() { writer_->next_clip(); }
void WindowSteps::skip(std::int64_t frames) { writer_->skip(frames); }
void WindowSteps::write(std::span<const float> features, std::int64_t frames, const Available& available) {
  writer_->write(features, frames, available);
}
Transcript WindowSteps::finish() { return writer_->finish(); }

std::function<std::int64_t(std::int64_t, std::int64_t)> of_length(std::int64_t mel_frames) {
  return [mel_frames](std::int64_t seek, std::int64_t most) {
    return std::clamp<std::int64_t>(mel_frames - seek, 0, most);
  };
}

std::function<bool(std::int64_t, std::int64_t)> silence_gate(std::vector<SpeechRange> speech) {
  return [speech = std::move(speech)](std::int64_t seek, std::int64_t frames) {
    return is_silent(speech, seek * kSamplesPerMel, (seek + frames) * kSamplesPerMel);
  };
}

void require_possible(const TranscribeOptions& options, const DecoderFacts& decoder) {
  const PromptLimits limits = limits_of(decoder);
  check(options, limits);
  (void)clips_of(options.clips);
  const auto initial = static_cast<std::int64_t>(options.initial_prompt.size());
  require_possible(options.decode, decoder, options.condition_on_previous_text ? limits.previous() : initial);
}

Transcript transcribe(TextDecoder& decoder, const Recording& recording, const TranscribeOptions& options) {
  WindowSteps steps(decoder, options);
  const whisper::DecoderConfig& config = decoder.decoder().config();
  std::vector<float> features(static_cast<std::size_t>(config.source_frames * config.d_model));
  while (const auto window = steps.next()) {
    const std::int64_t frames = recording.available(window->seek, window->most);
    if (frames == 0) {
      steps.end_of_sound();
    } else if (recording.is_silent && recording.is_silent(window->seek, frames)) {
      steps.skip(frames);
    } else {
      recording.features(window->seek, frames, features);
      steps.write(features, frames, recording.available);
    }
  }
  return steps.finish();
}

}  // namespace seben::generate
