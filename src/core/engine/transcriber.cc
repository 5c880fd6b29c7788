// SPDX-License-Identifier: Apache-2.0
#include "seben/transcriber.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audio/byte_source.h"
#include "audio/clipping.h"
#include "audio/decoder.h"
#include "audio/windows.h"
#include "base/format.h"
#include "bundle/feature_file.h"
#include "engine/align_words.h"
#include "engine/channels.h"
#include "engine/finite_samples.h"
#include "engine/listen.h"
#include "engine/loaded_model.h"
#include "engine/recording.h"
#include "engine/request.h"
#include "engine/stopwatch.h"
#include "engine/stored_features.h"
#include "engine/text_stage.h"
#include "engine/whisper_pass.h"

namespace seben {
namespace {

using pipeline::CorrectionStage;
using pipeline::LoadedModel;
using pipeline::Recording;

// What containers claim of their length is sometimes too little; 0 stays 0: the length is not known.
Progress progress_of(double done_seconds, double total_seconds) {
  return {done_seconds, total_seconds > 0.0 ? std::max(total_seconds, done_seconds) : 0.0};
}

void add_warnings(const audio::AudioDecoder& decoder, const std::string& path, std::vector<std::string>& out) {
  for (const audio::Warning& warning : decoder.warnings()) {
    out.push_back(base::format("{}: at {:.2f} s: {}", path, warning.seconds, warning.text));
  }
  if (decoder.warning_count() > decoder.warnings().size()) {
    out.push_back(base::format("{}: {} further warnings", path, decoder.warning_count() - decoder.warnings().size()));
  }
}

}  // namespace

class Transcriber::Impl {
 public:
  // One recording, as it comes.
  struct Sound {
    audio::WindowReader::Source source;
    std::function<void()> rewind;  // may be empty
    std::function<double()> total_seconds;
  };
  // Of samples that outlive it.
  static Sound sound_of(std::span<const float> samples) {
    auto at = std::make_shared<std::size_t>(0);
    return {[samples, at](std::span<float> part) {
              const std::size_t count = std::min(part.size(), samples.size() - *at);
              std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(*at), count, part.begin());
              *at += count;
              return count;
            },
            [at] { *at = 0; }, [samples] { return static_cast<double>(samples.size()) / audio::kSampleRate; }};
  }

  // What is asked for is checked before the weights are packed: that takes by far the most of the time.
  Impl(Bundle bundle, const TranscriberOptions& options) : options_(options) {
    options_.load_progress = {};
    const pipeline::Basis basis(std::move(bundle), options);
    request_ = pipeline::read_request(basis, options);
    model_ = std::make_shared<const LoadedModel>(basis, request_.text, options.load_progress);
    text_ = model_->text();
  }
  Impl(const Impl& loaded, const TranscriberOptions& options) : options_(options), model_(loaded.model_) {
    options_.load_progress = {};
    model_->basis().require_same(options);
    request_ = pipeline::read_request(model_->basis(), options, &loaded.request_);
    if (request_.text) text_ = std::make_shared<const pipeline::TextStage>(*model_->text(), *request_.text);
  }

  [[nodiscard]] const Bundle& bundle() const noexcept { return model_->basis().bundle; }
  [[nodiscard]] const TranscriberOptions& options() const noexcept { return options_; }
  [[nodiscard]] const std::string& precision() const noexcept { return model_->basis().precision_name; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept { return model_->weight_bytes(); }

  [[nodiscard]] Transcript stream(const Sound& sound, const Callbacks& callbacks) const;
  // Mixed down, one channel, or channel after channel.
  [[nodiscard]] Transcript recording(std::unique_ptr<audio::ByteSource> source, const Callbacks& callbacks) const;
  [[nodiscard]] Transcript features(const std::string& path, const Callbacks& callbacks) const;
  [[nodiscard]] Alignment align(const Sound& sound, std::string_view text, const std::string& text_name,
                                const AlignOptions& options, const Callbacks& callbacks) const;
  [[nodiscard]] const pipeline::ChannelChoice& channels() const noexcept { return request_.channels; }

 private:
  [[nodiscard]] Transcript split(std::unique_ptr<audio::ByteSource> source, const Callbacks& callbacks) const;
  [[nodiscard]] Transcript read_head(const Sound& sound, const Callbacks& callbacks) const;
  [[nodiscard]] Transcript write_text(const Sound& sound, const Callbacks& callbacks) const;
  [[nodiscard]] Recording start(const Callbacks& callbacks, double window_seconds) const {
    Recording out(model_->recogniser(), *request_.decoding, correction(), callbacks, window_seconds);
    if (request_.language_guard) out.guard_language(*request_.language_guard, request_.leave_out);
    return out;
  }
  [[nodiscard]] const CorrectionStage* correction() const noexcept {
    return request_.correction ? &*request_.correction : nullptr;
  }

  void label(Transcript& transcript) const {
    transcript.bundle = bundle().name();
    transcript.precision = precision();
  }

  TranscriberOptions options_;
  std::shared_ptr<const LoadedModel> model_;
  pipeline::Request request_;
  std::shared_ptr<const pipeline::TextStage> text_;  // nullptr unless Whisper's decoder writes
};

Transcript Transcriber::Impl::stream(const Sound& sound, const Callbacks& callbacks) const {
  pipeline::require_encoder(bundle().internal());
  Transcript out = text_ ? write_text(sound, callbacks) : read_head(sound, callbacks);
  label(out);
  return out;
}

Transcript Transcriber::Impl::read_head(const Sound& sound, const Callbacks& callbacks) const {
  LoadedModel::Lease memory = model_->borrow();
  Recording recording = start(callbacks, pipeline::kWindowSeconds);
  double audio_seconds = 0.0;
  pipeline::listen(model_->recogniser(), *memory->window, {sound.source, request_.overlap}, recording.timings(),
                   [&](const pipeline::EncodedWindow& w) {
                     recording.sound_ends_at(w.end_seconds);
                     recording.add_window(w.log_probs, w.first_frame, memory->correction());
                     recording.guard(w.log_probs, w.samples, w.start_seconds);
                     audio_seconds = w.end_seconds;
                     recording.report(progress_of(audio_seconds, sound.total_seconds()));
                   });
  Transcript out = recording.finish();
  out.audio_seconds = audio_seconds;
  return out;
}

Transcript Transcriber::Impl::write_text(const Sound& sound, const Callbacks& callbacks) const {
  LoadedModel::Lease memory = model_->borrow();
  std::optional<Recording> head;
  if (model_->basis().decoders.ctc) head.emplace(start(callbacks, pipeline::kWindowSeconds));
  Timings alone;
  pipeline::WhisperPass pass{model_->recogniser(),
                             *memory->window,
                             *text_,
                             *memory->text,
                             head ? &*head : nullptr,
                             head ? head->timings() : alone,
                             {},
                             {},
                             sound.rewind};
  if (!head && callbacks.segment) {
    pass.on_segment = [&](const WhisperSegment& segment) { callbacks.segment(pipeline::subtitle(segment)); };
  }
  if (callbacks.progress) {
    pass.on_progress = [&](double done) { callbacks.progress(progress_of(done, sound.total_seconds())); };
  }
  pipeline::WhisperResult heard = pipeline::run_whisper(pass, sound.source);
  Transcript out = head ? head->finish() : pipeline::transcript_of(heard.text);
  if (!head) out.timings = alone;
  out.audio_seconds = heard.audio_seconds;
  out.warnings = std::move(heard.notes);
  out.suspect.insert(out.suspect.end(), heard.suspect.begin(), heard.suspect.end());
  out.whisper = std::move(heard.text);
  return out;
}

// Channel after channel, each decoded anew: nothing of one is in memory while the next is read.
Transcript Transcriber::Impl::split(std::unique_ptr<audio::ByteSource> source, const Callbacks& callbacks) const {
  const std::string name = source->name();
  audio::Replay recording = audio::Replay::open(std::move(source));
  std::vector<Transcript> parts;
  int count = 1;
  double before = 0.0;
  for (int channel = 1; channel <= count; ++channel) {
    audio::AudioDecoder decoder = recording.decoder(channel);
    count = decoder.info().channels;
    const double seconds = decoder.info().duration_seconds.value_or(0.0);
    Callbacks of_channel;
    if (callbacks.progress) {
      of_channel.progress = [&](const Progress& p) {
        callbacks.progress(progress_of(before + p.done_seconds, seconds * count));
      };
    }
    if (callbacks.segment) {
      of_channel.segment = [&](Segment segment) {
        segment.channel = channel;
        callbacks.segment(segment);
      };
    }
    Transcript part =
        stream({[&](std::span<float> samples) { return decoder.read(samples); }, {}, [seconds] { return seconds; }},
               of_channel);
    if (channel == 1) add_warnings(decoder, name, part.warnings);  // the others see the same packets
    before += part.audio_seconds;
    pipeline::mark_channel(part, channel);
    parts.push_back(std::move(part));
  }
  return pipeline::merge_channels(std::move(parts));
}

Transcript Transcriber::Impl::recording(std::unique_ptr<audio::ByteSource> source, const Callbacks& callbacks) const {
  if (channels().split) return split(std::move(source), callbacks);
  const std::string name = source->name();
  audio::AudioDecoder decoder = audio::AudioDecoder::open(std::move(source), channels().one);
  Transcript out = stream({[&](std::span<float> samples) { return decoder.read(samples); },
                           {},
                           [&] { return decoder.info().duration_seconds.value_or(0.0); }},
                          callbacks);
  add_warnings(decoder, name, out.warnings);
  return out;
}

Transcript Transcriber::Impl::features(const std::string& path, const Callbacks& callbacks) const {
  if (channels().split || channels().one != audio::kAllChannels) {
    throw Error(ErrorCategory::usage, path, "a recording, of whose channels some are chosen", "stored features");
  }
  if (text_) pipeline::refuse_features(path);
  const bundle::FeatureFile file = pipeline::open_features(path);
  std::vector<std::string> warnings =
      bundle::require_features(bundle().internal(), file, model_->basis().allow_unadmitted);
  LoadedModel::Lease memory = model_->borrow();
  const frontend::FeatureContract& required = bundle().internal().required();
  const double seconds = static_cast<double>(required.window_samples) / static_cast<double>(required.sample_rate);
  Recording recording = start(callbacks, seconds);
  std::vector<float> window(static_cast<std::size_t>(file.frames() * file.dim()));
  for (std::int64_t w = 0; w < file.windows(); ++w) {
    file.read_window(w, window);
    const auto log_probs = model_->recogniser().log_probs(window, file.frames(), *memory->window, recording.timings());
    recording.add_window(log_probs, w * model_->recogniser().output_frames(), memory->correction());
    recording.report({static_cast<double>(w + 1) * seconds, static_cast<double>(file.windows()) * seconds});
  }
  Transcript out = recording.finish();
  out.audio_seconds = static_cast<double>(file.windows()) * seconds;
  out.warnings = std::move(warnings);
  label(out);
  return out;
}

// The text is read before the recording: a mistake in it is told at once.
Alignment Transcriber::Impl::align(const Sound& sound, std::string_view text, const std::string& text_name,
                                   const AlignOptions& options, const Callbacks& callbacks) const {
  if (!model_->basis().decoders.ctc) {
    throw Error(ErrorCategory::usage, bundle().internal().folder() + ": alignment", "a CTC head (decoder ctc)",
                "Whisper's text decoder alone");
  }
  if (channels().split) throw Error(ErrorCategory::usage, "channels", "mix or the number of one, for a text", "split");
  if (options.reach < 0) throw Error(ErrorCategory::usage, "reach", "0 or more words", std::to_string(options.reach));
  pipeline::require_encoder(bundle().internal());
  const pipeline::Recogniser& recogniser = model_->recogniser();
  const pipeline::AlignText words(text, text_name, recogniser.vocabulary());
  LoadedModel::Lease memory = model_->borrow();
  pipeline::RecordingFrames frames(recogniser.vocabulary());
  const double per_second = static_cast<double>(recogniser.output_frames()) / pipeline::kWindowSeconds;
  double audio_seconds = 0.0;
  std::int64_t windows = 0;
  Timings timings;
  pipeline::listen(recogniser, *memory->window, {sound.source, request_.overlap}, timings,
                   [&](const pipeline::EncodedWindow& w) {
                     frames.add(w.log_probs, w.first_frame);
                     audio_seconds = w.end_seconds;
                     ++windows;
                     if (callbacks.progress) callbacks.progress(progress_of(audio_seconds, sound.total_seconds()));
                   });
  Alignment out;
  {
    const pipeline::Stopwatch watch(timings.decode);
    frames.end_at(static_cast<std::int64_t>(std::ceil(audio_seconds * per_second)));
    out = pipeline::align_words(words, frames.view(), recogniser.vocabulary(), {per_second, audio_seconds}, options);
  }
  out.audio_seconds = audio_seconds;
  out.windows = windows;
  out.timings = timings;
  out.bundle = bundle().name();
  out.precision = precision();
  return out;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as seben/transcriber.h has it
Transcriber::Transcriber(Bundle bundle, TranscriberOptions options)
    : impl_(std::make_unique<Impl>(std::move(bundle), options)) {}
Transcriber::Transcriber(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
Transcriber::Transcriber(Transcriber&&) noexcept = default;
Transcriber& Transcriber::operator=(Transcriber&&) noexcept = default;
Transcriber::~Transcriber() = default;

Transcriber Transcriber::with(const TranscriberOptions& options) const {
  return Transcriber(std::make_unique<Impl>(*impl_, options));
}

const Bundle& Transcriber::bundle() const noexcept { return impl_->bundle(); }
const TranscriberOptions& Transcriber::options() const noexcept { return impl_->options(); }
const std::string& Transcriber::precision() const noexcept { return impl_->precision(); }
std::size_t Transcriber::weight_bytes() const noexcept { return impl_->weight_bytes(); }

Transcript Transcriber::transcribe_file(const std::string& path, const Callbacks& callbacks) const try {
  return impl_->recording(audio::open_byte_source(path), callbacks);
} catch (const Error& error) {
  throw pipeline::about_recording(error, path);
}

Transcript Transcriber::transcribe_bytes(std::span<const std::byte> bytes, const std::string& name,
                                         const Callbacks& callbacks) const try {
  return impl_->recording(audio::span_byte_source(bytes, name), callbacks);
} catch (const Error& error) {
  throw pipeline::about_recording(error, name);
}

Transcript Transcriber::transcribe_descriptor(int descriptor, const std::string& name, const Callbacks& callbacks) const
    try {
  return impl_->recording(audio::borrowed_descriptor_source(descriptor, name), callbacks);
} catch (const Error& error) {
  throw pipeline::about_recording(error, name);
}

Transcript Transcriber::transcribe_samples(std::span<const float> samples, const Callbacks& callbacks) const {
  if (impl_->channels().one > 1) {
    throw Error(ErrorCategory::usage, "channels", "1, or no choice, for samples",
                std::to_string(impl_->channels().one));
  }
  pipeline::require_finite(samples);
  audio::Clipping clipping;
  for (const float x : samples) clipping.add(std::abs(static_cast<double>(x)));
  const bool numbered = impl_->channels().split;
  Callbacks shown = callbacks;
  if (numbered && callbacks.segment) {
    shown.segment = [&](Segment segment) {
      segment.channel = 1;
      callbacks.segment(segment);
    };
  }
  Transcript out = impl_->stream(Impl::sound_of(samples), shown);
  if (numbered) pipeline::mark_channel(out, 1);
  if (clipping.samples > 0) out.warnings.push_back("samples: " + audio::to_string(clipping));
  return out;
}

Alignment Transcriber::align_file(const std::string& path, std::string_view text, const AlignOptions& options,
                                  const Callbacks& callbacks, const std::string& text_name) const try {
  auto source = audio::open_byte_source(path);
  const std::string name = source->name();
  audio::AudioDecoder decoder = audio::AudioDecoder::open(std::move(source), impl_->channels().one);
  Alignment out = impl_->align({[&](std::span<float> samples) { return decoder.read(samples); },
                                {},
                                [&] { return decoder.info().duration_seconds.value_or(0.0); }},
                               text, text_name, options, callbacks);
  add_warnings(decoder, name, out.warnings);
  return out;
} catch (const Error& error) {
  throw pipeline::about_recording(error, path);
}

Alignment Transcriber::align_samples(std::span<const float> samples, std::string_view text, const AlignOptions& options,
                                     const Callbacks& callbacks, const std::string& text_name) const {
  pipeline::require_finite(samples);
  return impl_->align(Impl::sound_of(samples), text, text_name, options, callbacks);
}

Transcript Transcriber::transcribe_features(const std::string& path, const Callbacks& callbacks) const {
  try {
    return impl_->features(path, callbacks);
  } catch (const Error& error) {
    throw pipeline::about_recording(error, path);
  }
}

}  // namespace seben
