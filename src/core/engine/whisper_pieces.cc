// SPDX-License-Identifier: Apache-2.0
#include "engine/whisper_pieces.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "audio/decoder.h"
#include "decode/whisper/windows_text.h"
#include "decode/whisper/windows_together.h"
#include "engine/quiet_place.h"
#include "engine/sliding_audio.h"
#include "engine/stopwatch.h"
#include "engine/whisper_report.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

using frontend::kHop;

// A piece's samples, and what its log-mel sees around them.
struct PieceSound {
  std::vector<float> samples;
  std::size_t before = 0;

  // Some of its mel frames.
  [[nodiscard]] frontend::MelPart part(std::int64_t first, std::int64_t frames) const {
    const std::size_t from = before + static_cast<std::size_t>(first * kHop);
    const std::size_t context = std::min<std::size_t>(from, frontend::kMelContext);
    const std::size_t begin = from - context;
    const std::size_t wanted = context + static_cast<std::size_t>(frames * kHop) + frontend::kMelContext;
    return {std::span(samples).subspan(begin, std::min(wanted, samples.size() - begin)), context,
            static_cast<int>(frames)};
  }
};

class PiecesPass {
 public:
  PiecesPass(const WhisperPass& pass, const audio::WindowReader::Source& source, float largest_log)
      : pass_(pass),
        plan_(pass.text.plan()),
        largest_log_(largest_log),
        source_([this, &source](std::span<float> out) {
          const Stopwatch watch(pass_.timings.audio);
          return source(out);
        }),
        audio_(source_, audio::kWindowSamples + std::size_t{2} * frontend::kMelContext),
        clips_(generate::clips_of(plan_.transcribe_options().clips)),
        seek_(clips_.front().first) {}

  WhisperResult run() {
    generate::TranscribeOptions options = plan_.transcribe_options();
    options.on_segment = [this](const generate::Segment& segment) { take(segment); };
    report(0);
    const generate::PieceSource pieces{[this] { return next(); }, [this](std::int64_t frame) { report(frame * kHop); }};
    describe(generate::transcribe_together(pass_.decoder, pieces, options, plan_.options().batch_size), plan_, out_);
    report(audio_.heard());
    out_.audio_seconds = static_cast<double>(audio_.heard()) / audio::kSampleRate;
    return std::move(out_);
  }

 private:
  void report(std::int64_t samples) {
    const std::int64_t done = std::min(samples, audio_.heard());
    if (!pass_.on_progress || done <= reported_) return;
    reported_ = done;
    pass_.on_progress(static_cast<double>(done) / audio::kSampleRate);
  }

  // What goes on behind a window is cut where it is quiet.
  std::optional<generate::Piece> next() {
    while (clip_ < clips_.size()) {
      const generate::ClipFrames clip = clips_[clip_];
      const std::int64_t most = std::min<std::int64_t>(frontend::kFrames, clip.end - seek_);
      if (most <= 0) {
        next_clip();
        continue;
      }
      const frontend::MelPart part = mel_part(audio_, seek_, most);
      if (part.frames < most) sound_end_ = audio_.heard();
      if (part.frames == 0) {
        next_clip();
        continue;
      }
      const auto window = sound_of(part);
      if (plan_.options().silence != "off" && plan_.options().timestamps) {
        if (const std::int64_t still = perfect_silence(window); still > 0) {
          seek_ += still;
          continue;
        }
      }
      // Behind the last frame there may be less than a hop of sound.
      const bool goes_on = part.frames == frontend::kFrames && seek_ + most < clip.end &&
                           part.samples.size() > part.before + window.size();
      return piece(part, goes_on ? quiet_place(window) : part.frames);
    }
    return std::nullopt;
  }

  void next_clip() {
    if (++clip_ < clips_.size()) seek_ = std::max(seek_, clips_[clip_].first);
  }

  generate::Piece piece(const frontend::MelPart& part, std::int64_t frames) {
    const std::size_t wanted = part.before + static_cast<std::size_t>(frames * kHop) + frontend::kMelContext;
    const auto some = part.samples.first(std::min(wanted, part.samples.size()));
    const auto sound = std::make_shared<const PieceSound>(PieceSound{{some.begin(), some.end()}, part.before});
    const std::int64_t first = std::exchange(seek_, seek_ + frames);
    return {first, frames, [this, sound, first](std::int64_t seek, std::int64_t count, std::span<float> features) {
              return hear(sound->part(seek - first, count), features);
            }};
  }

  [[nodiscard]] bool hear(const frontend::MelPart& part, std::span<float> features) {
    const auto window = sound_of(part);
    if (plan_.is_silent(window)) return false;
    {
      const Stopwatch watch(pass_.timings.mel);
      const frontend::LogMel& log_mel = pass_.recogniser.log_mel();
      const frontend::Framing framing = plan_.framing();
      if (framing.scope == frontend::Scope::recording) {
        log_mel.compute(part, largest_log_, framing.padding, pass_.memory.mel);
      } else {
        log_mel.compute(window, framing.padding, pass_.memory.mel);
      }
    }
    (void)pass_.recogniser.encode_mel(pass_.memory, pass_.timings);
    std::ranges::copy(pass_.recogniser.text_features(pass_.memory), features.begin());
    return true;
  }

  void take(const generate::Segment& segment) {
    WhisperSegment shown = public_segment(segment);
    if (shown.text.empty()) return;
    std::int64_t end = (segment.seek + segment.frames) * kHop;
    if (sound_end_ && *sound_end_ - end < kHop) end = *sound_end_;  // less than a hop is in no frame
    keep_within(shown, static_cast<double>(end) / audio::kSampleRate);
    if (pass_.on_segment) pass_.on_segment(shown);
    out_.text.segments.push_back(std::move(shown));
  }

  const WhisperPass& pass_;
  const TextPlan& plan_;
  const float largest_log_;
  const audio::WindowReader::Source source_;
  SlidingAudio audio_;
  std::vector<generate::ClipFrames> clips_;
  std::size_t clip_ = 0;
  std::int64_t seek_;
  std::int64_t reported_ = -1;             // samples
  std::optional<std::int64_t> sound_end_;  // samples, once the recording has ended
  WhisperResult out_;
};

}  // namespace

WhisperResult run_pieces(const WhisperPass& pass, const audio::WindowReader::Source& source, float largest_log) {
  if (pass.head != nullptr) {
    throw Error(ErrorCategory::internal, "batch size", "Whisper's decoder alone", "a head beside it");
  }
  return PiecesPass(pass, source, largest_log).run();
}

}  // namespace seben::pipeline
