// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/format.h"
#include "decode/whisper/windows_hallucinations.h"
#include "decode/whisper/windows_text.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

constexpr double kResetTemperature = 0.5;  // what was written above it is no prompt
constexpr std::int64_t kSamplesPerMel = 160;

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
        frames_(decoder.decoder().config().source_frames),
        clips_(clips_of(options.clips)),
        seek_(clips_.front().first),
        text_(decoder, options) {
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
    ++text_.transcript().silent;
    seek_ += size;
  }

  Transcript finish() { return text_.finish(); }

  void write(std::span<const float> features, std::int64_t size, const Available& available) {
    decoder_.encode(features, frames_, decode_.threads);
    Transcript& out = text_.transcript();
    if (out.language.empty()) {
      decode_.language = choose_language(decoder_, decode_, out.language_probability);
      out.language = decode_.language;
    }
    decode_.prompt = prompt();
    const DecodeResult result = decoder_.decode(decode_);
    ++out.windows;
    if (WindowsText::is_silence(result, decode_.thresholds)) {
      seek_ += size;
      return;
    }
    if (result.invented) {
      text_.leave_out(seek_, result.no_speech_prob);
      seek_ += size;
      return;
    }
    const WindowPlace place{seek_, size};
    WindowText found = text_.cut(result, place);
    seek_ += found.step;
    if (options_.word_times && !time_words(found, place, available)) return;
    text_.keep(std::move(found.segments), place.begin, result.failure);
    if (!options_.condition_on_previous_text || result.temperature > kResetTemperature) {
      prompt_from_ = text_.history().size();
    }
  }

 private:
  // The last tokens before the window, as many as the decoder takes.
  [[nodiscard]] std::vector<std::int32_t> prompt() const {
    const std::vector<std::int32_t>& history = text_.history();
    const auto most = static_cast<std::size_t>(decoder_.limits().previous());
    const std::size_t initial = options_.initial_prompt.size();
    std::size_t first = prompt_from_;
    std::vector<std::int32_t> out;
    if (options_.carry_initial_prompt) {
      out = options_.initial_prompt;
      first = std::max(initial, prompt_from_);
    }
    const std::size_t count = std::min(history.size() - first, most - out.size());
    out.insert(out.end(), history.end() - static_cast<std::ptrdiff_t>(count), history.end());
    return out;
  }

  // Adds the words' times and moves to the next window by what they say. False: the window is to be decoded again from
  // there, as if nothing had been heard.
  [[nodiscard]] bool time_words(WindowText& text, const WindowPlace& place, const Available& available) {
    const auto [begin, size] = place;
    text_.time_words(decoder_, decode_, place, last_speech_, text);
    seek_ = begin + text.step;
    std::vector<Segment>& segments = text.segments;
    if (options_.hallucination_silence) {
      const double silence = *options_.hallucination_silence;
      // A rest that is too short to hold any words is no window.
      if (const auto end = end_of_speech(segments); !text.ended && end && *end > seconds_of(begin)) {
        const double window_end = seconds_of(begin + frames_ * kMelPerFeature);
        if (!(window_end - *end > silence)) move_on(begin, begin + size);
      }
      const SilenceQuery where{begin, size, last_speech_, silence};
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

  TextDecoder& decoder_;
  const TranscribeOptions& options_;
  DecodeOptions decode_;
  std::int64_t frames_;
  std::vector<ClipFrames> clips_;
  std::size_t clip_ = 0;
  std::int64_t seek_;
  WindowsText text_;
  std::size_t prompt_from_ = 0;
  double last_speech_ = 0.0;
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
