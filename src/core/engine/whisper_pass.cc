// SPDX-License-Identifier: Apache-2.0
#include "engine/whisper_pass.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "audio/decoder.h"
#include "base/counted.h"
#include "base/format.h"
#include "decode/whisper/guards.h"
#include "engine/sample_store.h"
#include "engine/sliding_audio.h"
#include "engine/stopwatch.h"
#include "engine/whisper_pieces.h"
#include "engine/whisper_report.h"

namespace seben::pipeline {
namespace {

using frontend::kHop;
using frontend::Scope;

std::string in_words(frontend::Framing framing) {
  return base::format("padding {}, scope {}", to_string(framing.padding), to_string(framing.scope));
}

class Pass {
 public:
  Pass(const WhisperPass& pass, const audio::WindowReader::Source& source, float largest_log)
      : pass_(pass),
        largest_log_(largest_log),
        source_([this, &source](std::span<float> out) {
          const Stopwatch watch(pass_.timings.audio);
          return source(out);
        }),
        framing_(pass.text.plan().framing()),
        audio_(source_, audio::kWindowSamples + std::size_t{2} * frontend::kMelContext +
                            silence_samples(pass.text.plan().options())) {}

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
    describe(text.finish(), pass_.text.plan(), out_);
    note_runs();
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

  // Each place once, and never one before an earlier one.
  void report(std::int64_t done_samples) {
    if (!pass_.on_progress || done_samples <= reported_) return;
    reported_ = done_samples;
    pass_.on_progress(static_cast<double>(done_samples) / audio::kSampleRate);
  }

  [[nodiscard]] std::int64_t available(std::int64_t seek, std::int64_t most) {
    return mel_part(audio_, seek, most).frames;
  }

  // What a window begins with that is no recording at all. A head reads everything, and without timestamps windows
  // follow one another every 30 s.
  [[nodiscard]] std::int64_t stillness(std::int64_t seek, std::int64_t frames) {
    const WhisperOptions& options = pass_.text.plan().options();
    if (pass_.head != nullptr || options.silence == "off" || !options.timestamps) return 0;
    return perfect_silence(sound_of(mel_part(audio_, seek, frames)));
  }

  // One window: is there speech, what does the head read, what does the decoder write, do they agree. The gate keeps a
  // window from the decoder; a head that reads something there overrules it.
  void step(generate::WindowSteps& text, std::int64_t seek, std::int64_t frames) {
    const frontend::MelPart part = mel_part(audio_, seek, frames);
    const auto window = sound_of(part);
    generate::WindowVotes votes{false, pass_.text.plan().is_silent(window), true};
    if (votes.detector_is_silent && pass_.head == nullptr) return text.skip(frames);
    make_mels(part, window);
    votes.head_is_blank = pass_.head != nullptr && !read_head(seek, window);
    if (votes.detector_is_silent && votes.head_is_blank) {
      text.skip(frames);
    } else {
      text_is_empty_ = true;
      text.write(text_features(), frames,
                 [this](std::int64_t from, std::int64_t most) { return available(from, most); });
      votes.text_is_empty = text_is_empty_;
    }
    if (pass_.head == nullptr) return;
    if (const auto reason = generate::disagreement(votes)) note(seek, *reason);
  }

  // The first reader's log-mel in memory.mel; when the decoder's is another than the head's, that in memory.other_mel.
  void make_mels(const frontend::MelPart& part, std::span<const float> window) {
    const Stopwatch watch(pass_.timings.mel);
    const frontend::Framing of_head{pass_.recogniser.padding(), Scope::window};
    apart_ = pass_.head != nullptr && of_head != framing_;
    std::vector<float>& mel = apart_ ? pass_.memory.other_mel : pass_.memory.mel;
    mel.resize(pass_.memory.mel.size());
    const frontend::LogMel& log_mel = pass_.recogniser.log_mel();
    if (framing_.scope == Scope::recording) {
      log_mel.compute(part, largest_log_, framing_.padding, mel);
    } else {
      log_mel.compute(window, framing_.padding, mel);
    }
    if (!apart_) return;
    log_mel.compute(window, of_head.padding, pass_.memory.mel);
    apart_ = pass_.memory.mel != mel;
  }

  // After the head's, if there is one.
  [[nodiscard]] std::span<const float> text_features() {
    if (pass_.head != nullptr && !apart_) return pass_.memory.features;
    if (apart_) {
      std::swap(pass_.memory.mel, pass_.memory.other_mel);
      ++runs_apart_;
    }
    return pass_.recogniser.encode_mel(pass_.memory, pass_.timings);
  }

  // Of the window being written, seconds.
  [[nodiscard]] double written_end() const {
    return static_cast<double>(std::min(audio_.heard(), end_)) / audio::kSampleRate;
  }

  // Whether it reads anything.
  [[nodiscard]] bool read_head(std::int64_t seek, std::span<const float> window) {
    (void)pass_.recogniser.encode_mel(pass_.memory, pass_.timings);
    const auto log_probs = pass_.recogniser.log_probs(pass_.recogniser.head_features(pass_.memory),
                                                      pass_.recogniser.feature_frames(), pass_.memory, pass_.timings);
    const auto samples_a_frame = static_cast<std::int64_t>(audio::kWindowSamples) / log_probs.frames;
    const std::int64_t first = (seek * kHop + samples_a_frame / 2) / samples_a_frame;
    pass_.head->sound_ends_at(written_end());
    const bool reads = pass_.head->add_window(log_probs, first, pass_.memory.correction);
    pass_.head->guard(log_probs, window, static_cast<double>(seek) * generate::kSecondsPerMelFrame);
    return reads;
  }

  void take(const generate::Segment& segment) {
    WhisperSegment shown = public_segment(segment);
    if (shown.text.empty()) return;
    keep_within(shown, written_end());
    text_is_empty_ = false;
    if (pass_.on_segment) pass_.on_segment(shown);
    out_.text.segments.push_back(std::move(shown));
  }

  void note(std::int64_t seek, const std::string& reason) {
    out_.suspect.push_back(
        base::format("window at {:.1f} s: {}", static_cast<double>(seek) * generate::kSecondsPerMelFrame, reason));
  }

  void note_runs() {
    if (runs_apart_ == 0) return;
    out_.notes.push_back(
        base::format("the encoder ran twice in {}: the head reads a log-mel of {}, the decoder one of {}",
                     base::counted(runs_apart_, "window"), in_words({pass_.recogniser.padding(), Scope::window}),
                     in_words(framing_)));
  }

  const WhisperPass& pass_;
  const float largest_log_;  // of the whole recording, where framing_ asks for it
  const audio::WindowReader::Source source_;
  const frontend::Framing framing_;
  SlidingAudio audio_;
  bool apart_ = false;  // of this window: the decoder reads another log-mel than the head
  std::int64_t runs_apart_ = 0;
  std::int64_t reported_ = -1;  // samples
  std::int64_t end_ = 0;        // of the window being written, samples
  bool text_is_empty_ = true;   // of the window being written
  WhisperResult out_;
};

// What the whole recording has to say before its first window, and how it is heard again.
struct FirstHearing {
  audio::WindowReader::Source again;
  float largest_log = 0.0F;
  SampleStore store;
};

void hear_once(const WhisperPass& pass, const audio::WindowReader::Source& source, FirstHearing& out) {
  double audio = 0.0, all = 0.0;
  {
    const Stopwatch watch(all);
    const audio::WindowReader::Source listen = [&](std::span<float> samples) {
      const Stopwatch reading(audio);
      const std::size_t got = source(samples);
      if (!pass.rewind) out.store.add(samples.first(got));
      return got;
    };
    out.largest_log = largest_log(pass.recogniser.log_mel(), listen, pass.memory.mel);
  }
  pass.timings.audio += audio;
  pass.timings.mel += std::max(all - audio, 0.0);
  if (pass.rewind) {
    pass.rewind();
    out.again = source;
  } else {
    out.again = [&out](std::span<float> samples) { return out.store.read(samples); };
  }
}

}  // namespace

WhisperResult run_whisper(const WhisperPass& pass, const audio::WindowReader::Source& source) {
  const double before =
      pass.timings.audio + pass.timings.mel + pass.timings.encoder + pass.timings.head + pass.timings.decode;
  double all = 0.0;
  WhisperResult out;
  {
    const Stopwatch watch(all);
    FirstHearing first;
    const bool twice = pass.text.plan().framing().scope == Scope::recording;
    if (twice) hear_once(pass, source, first);
    const audio::WindowReader::Source& sound = twice ? first.again : source;
    out = pass.text.plan().options().batch_size > 0 ? run_pieces(pass, sound, first.largest_log)
                                                    : Pass(pass, sound, first.largest_log).run();
  }
  const double others =
      pass.timings.audio + pass.timings.mel + pass.timings.encoder + pass.timings.head + pass.timings.decode - before;
  pass.timings.whisper += std::max(all - others, 0.0);
  return out;
}

}  // namespace seben::pipeline
