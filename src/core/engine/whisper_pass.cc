// SPDX-License-Identifier: Apache-2.0
#include "engine/whisper_pass.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "audio/decoder.h"
#include "base/format.h"
#include "decode/whisper/guards.h"
#include "decode/whisper/strip.h"
#include "engine/sliding_audio.h"
#include "engine/stopwatch.h"
#include "text/tokenizer/specials.h"

namespace seben::pipeline {
namespace {

constexpr std::int64_t kHop = 160;  // samples of a mel frame

class Pass {
 public:
  Pass(const WhisperPass& pass, const audio::WindowReader::Source& source)
      : pass_(pass),
        source_([this, &source](std::span<float> out) {
          const Stopwatch watch(pass_.timings.audio);
          return source(out);
        }),
        audio_(source_, audio::kWindowSamples + silence_samples(pass.text.plan().options())) {}

  WhisperResult run() {
    generate::TranscribeOptions options = pass_.text.plan().transcribe_options();
    options.on_segment = [this](const generate::Segment& segment) { take(segment); };
    generate::WindowSteps text(pass_.decoder, options);
    while (const auto window = text.next()) {
      const std::int64_t frames = available(window->seek, window->most);
      report(std::min(window->seek * kHop, audio_.heard()));
      if (frames == 0) {
        text.end_of_sound();
      } else if (const std::int64_t still = stillness(window->seek, frames); still > 0) {
        text.skip(still);
      } else {
        end_ = frames < window->most ? audio_.heard() : (window->seek + frames) * kHop;
        step(text, window->seek, frames);
      }
    }
    describe(text.finish());
    report(audio_.heard());
    out_.audio_seconds = static_cast<double>(audio_.heard()) / audio::kSampleRate;
    return std::move(out_);
  }

 private:
  // Behind a window the decoder wants to know whether the recording ends within that silence.
  [[nodiscard]] static std::size_t silence_samples(const WhisperOptions& options) {
    const double seconds = std::clamp(options.hallucination_silence_threshold.value_or(0.0), 0.0, 600.0);
    return static_cast<std::size_t>(seconds * audio::kSampleRate);
  }

  [[nodiscard]] std::span<const float> samples(std::int64_t seek, std::int64_t frames) {
    return audio_.at(seek * kHop, static_cast<std::size_t>(frames * kHop));
  }

  // Each place once, and never one before an earlier one.
  void report(std::int64_t done_samples) {
    if (!pass_.on_progress || done_samples <= reported_) return;
    reported_ = done_samples;
    pass_.on_progress(static_cast<double>(done_samples) / audio::kSampleRate);
  }

  [[nodiscard]] std::int64_t available(std::int64_t seek, std::int64_t most) {
    return static_cast<std::int64_t>(samples(seek, most).size()) / kHop;
  }

  // Mel frames of perfect silence that a window begins with, a second or more: what is no recording at all, as before
  // the sound of a video. The decoder would have its first cue begin there. A window that holds nothing else is no
  // matter of this; a head reads everything, and without timestamps windows follow one another every 30 s.
  [[nodiscard]] std::int64_t stillness(std::int64_t seek, std::int64_t frames) {
    constexpr std::int64_t kLeast = 100;
    const WhisperOptions& options = pass_.text.plan().options();
    if (pass_.head != nullptr || options.silence == "off" || !options.timestamps) return 0;
    const auto window = samples(seek, frames);
    const auto sound = std::ranges::find_if(window, [](float x) { return x != 0.0F; });
    const std::int64_t still = (sound - window.begin()) / kHop;
    return still >= kLeast && still < frames ? still : 0;
  }

  // One window: is there speech, what does the head read, what does the decoder write, do they agree. The gate keeps a
  // window from the decoder; a head that reads something there overrules it.
  void step(generate::WindowSteps& text, std::int64_t seek, std::int64_t frames) {
    const auto window = samples(seek, frames);
    generate::WindowVotes votes{false, pass_.text.plan().is_silent(window), true};
    if (votes.detector_is_silent && pass_.head == nullptr) return text.skip(frames);
    const auto features = pass_.recogniser.encode(window, pass_.memory, pass_.timings);
    votes.head_is_blank = pass_.head != nullptr && !read_head(seek, window);
    if (votes.detector_is_silent && votes.head_is_blank) {
      text.skip(frames);
    } else {
      text_is_empty_ = true;
      text.write(features, frames, [this](std::int64_t from, std::int64_t most) { return available(from, most); });
      votes.text_is_empty = text_is_empty_;
    }
    if (pass_.head == nullptr) return;
    if (const auto reason = generate::disagreement(votes)) note(seek, *reason);
  }

  // Whether it reads anything.
  [[nodiscard]] bool read_head(std::int64_t seek, std::span<const float> window) {
    const auto log_probs = pass_.recogniser.log_probs(pass_.recogniser.head_features(pass_.memory),
                                                      pass_.recogniser.feature_frames(), pass_.memory, pass_.timings);
    const auto samples_a_frame = static_cast<std::int64_t>(audio::kWindowSamples) / log_probs.frames;
    const std::int64_t first = (seek * kHop + samples_a_frame / 2) / samples_a_frame;
    const bool reads = pass_.head->add_window(log_probs, first, pass_.memory.correction);
    pass_.head->guard(log_probs, window, static_cast<double>(seek) * generate::kSecondsPerMelFrame);
    return reads;
  }

  void take(const generate::Segment& segment) {
    WhisperSegment shown = public_segment(segment);
    if (shown.text.empty()) return;
    keep_within(shown, static_cast<double>(std::min(audio_.heard(), end_)) / audio::kSampleRate);
    text_is_empty_ = false;
    if (pass_.on_segment) pass_.on_segment(shown);
    out_.text.segments.push_back(std::move(shown));
  }

  // A timestamp may point into the silence that fills up a window: nothing is said behind the end of the recording or
  // of the part that was asked for. A cue keeps a timestamp's length.
  static void keep_within(WhisperSegment& segment, double end) {
    const auto clamp = [end](double& start, double& stop) {
      if (stop <= end) return;
      stop = end;
      start = std::min(start, std::max(0.0, end - tokenizer::kSecondsPerTimestamp));
    };
    clamp(segment.start, segment.end);
    for (Word& word : segment.words) clamp(word.start, word.end);
  }

  void note(std::int64_t seek, const std::string& reason) {
    out_.suspect.push_back(
        base::format("window at {:.1f} s: {}", static_cast<double>(seek) * generate::kSecondsPerMelFrame, reason));
  }

  void describe(const generate::Transcript& transcript) {
    WhisperText& text = out_.text;
    text.decoder = pass_.text.plan().name();
    text.language = transcript.language;
    if (!transcript.language_probability.empty()) {
      text.language_probability = transcript.language_probability.front().second;
    }
    text.task = pass_.text.plan().options().task;
    text.windows = transcript.windows;
    text.silent_windows = transcript.silent;
    out_.suspect.insert(out_.suspect.end(), transcript.suspect.begin(), transcript.suspect.end());
    text.text = generate::strip(transcript.text);
  }

  const WhisperPass& pass_;
  const audio::WindowReader::Source source_;
  SlidingAudio audio_;
  std::int64_t reported_ = -1;  // samples
  std::int64_t end_ = 0;        // of the window being written, samples
  bool text_is_empty_ = true;   // of the window being written
  WhisperResult out_;
};

}  // namespace

WhisperResult run_whisper(const WhisperPass& pass, const audio::WindowReader::Source& source) {
  const double before =
      pass.timings.audio + pass.timings.mel + pass.timings.encoder + pass.timings.head + pass.timings.decode;
  double all = 0.0;
  WhisperResult out;
  {
    const Stopwatch watch(all);
    out = Pass(pass, source).run();
  }
  const double others =
      pass.timings.audio + pass.timings.mel + pass.timings.encoder + pass.timings.head + pass.timings.decode - before;
  pass.timings.whisper += std::max(all - others, 0.0);
  return out;
}

}  // namespace seben::pipeline
