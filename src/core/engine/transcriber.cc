// SPDX-License-Identifier: Apache-2.0
#include "seben/transcriber.h"

#include <algorithm>
#include <cmath>

#include "audio/clipping.h"
#include "audio/decoder.h"
#include "audio/windows.h"
#include "base/format.h"
#include "bundle/feature_file.h"
#include "bundle/guard.h"
#include "bundle/inspect.h"
#include "engine/channels.h"
#include "engine/correction_stage.h"
#include "engine/decoding.h"
#include "engine/lease_pool.h"
#include "engine/listen.h"
#include "engine/load_corrector.h"
#include "engine/recogniser.h"
#include "engine/recording.h"
#include "engine/stored_features.h"
#include "engine/text_stage.h"
#include "engine/whisper_pass.h"
#include "kernels/precision.h"
#include "kernels/threads.h"

namespace seben {
namespace {

using pipeline::CorrectionStage;
using pipeline::PrecisionRequest;
using pipeline::Recogniser;
using pipeline::Recording;
using pipeline::WindowMemory;

// Who writes.
struct Decoders {
  bool ctc = false;
  bool whisper = false;
};

Decoders choose_decoders(const bundle::Bundle& bundle, const std::string& name) {
  if (name != "auto" && name != "ctc" && name != "whisper" && name != "both") {
    throw Error(ErrorCategory::usage, "decoder", "auto, ctc, whisper or both", name);
  }
  Decoders out{name == "ctc" || name == "both", name == "whisper" || name == "both"};
  if (name == "auto") out = {bundle.has_head(), !bundle.has_head()};
  if (out.ctc) bundle.require_head("decoder " + name);
  if (out.whisper) (void)bundle.decoder();
  return out;
}

std::optional<CorrectionStage> load_correction(const bundle::Bundle& bundle, const TranscriberOptions& options,
                                               const Decoders& decoders) {
  const bool asked = options.correct != "auto" || !options.correction.ranker.empty();
  if (!decoders.ctc) {
    if (asked && options.correct != "off") bundle.require_head("correction");
    return std::nullopt;
  }
  if (!options.ctc.words.empty()) {
    if (!asked || options.correct == "off") return std::nullopt;
    throw Error(ErrorCategory::usage, "correction", "a text that the head writes", "words of a list");
  }
  // Rankers are fitted on greedy texts; what they know of those says nothing of a beam's.
  const bool fits = pipeline::has_ranker(bundle) && options.ctc.search == "greedy";
  if (options.correct == "off" || (!asked && !fits)) return std::nullopt;
  CorrectorOptions correction = options.correction;
  if (options.correct != "auto") correction.mode = options.correct;
  return pipeline::load_correction(bundle, correction);
}

std::optional<ctc::LanguageGuard> load_language_guard(const bundle::Bundle& bundle, const TranscriberOptions& options,
                                                      const Decoders& decoders) {
  const std::string& word = options.language_guard;
  if (word != "auto" && word != "mark" && word != "off") {
    throw Error(ErrorCategory::usage, "language guard", "auto, mark or off", word);
  }
  if (word == "mark" && !options.ctc.words.empty()) {
    throw Error(ErrorCategory::usage, "language guard", "auto or off with words of a list, which has its own threshold",
                word);
  }
  // Words of a list are refused by their own confidence.
  if (word == "off" || !options.ctc.words.empty() || (word == "auto" && !decoders.ctc)) return std::nullopt;
  if (!decoders.ctc) bundle.require_head("language guard");
  auto guard = bundle::load_guard(bundle);
  if (!guard && word == "mark") {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": language guard", "one in the bundle",
                "none (seben guard fit makes one)");
  }
  return guard;
}

std::string label_of(const bundle::Bundle& bundle, const PrecisionRequest& request, kernels::Precision precision) {
  return request.decoder == nullptr ? bundle.precision_name(precision)
                                    : bundle.precision_name(*request.decoder, precision, request.head);
}

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

  // What is asked for is checked, in the order of the members, before the weights are packed: that takes by far the
  // most of the time.
  Impl(Bundle bundle, const TranscriberOptions& options)
      : bundle_(std::move(bundle)),
        decoders_(choose_decoders(bundle_.internal(), options.decoder)),
        channels_(pipeline::parse_channels(options.channels)),
        allow_unadmitted_(options.allow_unadmitted),
        threads_(kernels::thread_count(options.threads)),
        precision_(pipeline::choose_precision(bundle_.internal(), precision_request(options))),
        precision_name_(label_of(bundle_.internal(), precision_request(options), precision_)),
        request_(read_request(options)),
        recogniser_(bundle_.internal(), {precision_, threads_, options.load_progress, !options.allow_unadmitted,
                                         request_.feature_codec, decoders_.ctc}) {
    if (request_.text) {
      text_.emplace(bundle_.internal(), *std::move(request_.text),
                    whisper::LoadOptions{precision_, threads_, options.load_progress});
      request_.text.reset();
    }
  }

  [[nodiscard]] const Bundle& bundle() const noexcept { return bundle_; }
  [[nodiscard]] const std::string& precision() const noexcept { return precision_name_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept {
    return recogniser_.weight_bytes() + (text_ ? text_->weight_bytes() : 0);
  }

  [[nodiscard]] Transcript stream(const Sound& sound, const Callbacks& callbacks) const;
  [[nodiscard]] Transcript split(const std::string& path, const Callbacks& callbacks) const;
  [[nodiscard]] Transcript features(const std::string& path, const Callbacks& callbacks) const;
  [[nodiscard]] const pipeline::ChannelChoice& channels() const noexcept { return channels_; }

 private:
  // Everything that was asked for but the weights.
  struct Request {
    std::shared_ptr<const quant::FeatureCodec> feature_codec;
    std::optional<CorrectionStage> correction;
    std::optional<ctc::LanguageGuard> language_guard;
    bool leave_out = true;                       // what it refuses
    std::optional<pipeline::Decoding> decoding;  // as the overlap: of the head
    std::size_t overlap = 0;
    std::optional<pipeline::TextPlan> text;
  };

  // Of one call; kept for the next one once the caller is done with it.
  struct CallMemory {
    std::unique_ptr<WindowMemory> window;
    std::unique_ptr<generate::TextDecoder> text;

    [[nodiscard]] correction::Proposals& correction() const noexcept { return window->correction; }
  };
  using Lease = pipeline::LeasePool<CallMemory>::Lease;

  [[nodiscard]] Lease borrow() const {
    return memory_.borrow([this] {
      return CallMemory{recogniser_.make_memory(),
                        text_ ? std::make_unique<generate::TextDecoder>(text_->make_decoder()) : nullptr};
    });
  }
  [[nodiscard]] Request read_request(const TranscriberOptions& options) const;
  [[nodiscard]] PrecisionRequest precision_request(const TranscriberOptions& options) const {
    return {options.precision, options.allow_unadmitted, decoders_.ctc,
            decoders_.whisper ? &bundle_.internal().decoder(options.whisper.decoder) : nullptr};
  }
  [[nodiscard]] Transcript read_head(const Sound& sound, const Callbacks& callbacks) const;
  [[nodiscard]] Transcript write_text(const Sound& sound, const Callbacks& callbacks) const;
  [[nodiscard]] Recording start(const Callbacks& callbacks, double window_seconds) const {
    Recording out(recogniser_, *request_.decoding, correction(), callbacks, window_seconds);
    if (request_.language_guard) out.guard_language(*request_.language_guard, request_.leave_out);
    return out;
  }
  [[nodiscard]] const CorrectionStage* correction() const noexcept {
    return request_.correction ? &*request_.correction : nullptr;
  }

  void label(Transcript& transcript) const {
    transcript.bundle = bundle_.name();
    transcript.precision = precision_name_;
  }

  Bundle bundle_;
  Decoders decoders_;
  pipeline::ChannelChoice channels_;
  bool allow_unadmitted_;
  int threads_;
  kernels::Precision precision_;
  std::string precision_name_;
  Request request_;
  Recogniser recogniser_;
  std::optional<pipeline::TextStage> text_;
  mutable pipeline::LeasePool<CallMemory> memory_;
};

Transcriber::Impl::Request Transcriber::Impl::read_request(const TranscriberOptions& options) const {
  const bundle::Bundle& bundle = bundle_.internal();
  Request out;
  out.feature_codec = pipeline::choose_feature_codec(bundle, options.feature_codec, options.allow_unadmitted);
  out.correction = load_correction(bundle, options, decoders_);
  out.language_guard = load_language_guard(bundle, options, decoders_);
  out.leave_out = options.language_guard != "mark";
  if (decoders_.ctc) {
    out.decoding.emplace(options.ctc, bundle.vocabulary());
    out.overlap = pipeline::overlap_samples(bundle.head_config().output_frames(bundle.required().frames),
                                            options.overlap_seconds);
  }
  if (decoders_.whisper) {
    pipeline::require_encoder(bundle);
    if (decoders_.ctc && options.whisper.batch_size != 0) {
      throw Error(ErrorCategory::usage, "batch size", "decoder whisper alone", "decoder both");
    }
    out.text.emplace(bundle, options.whisper, threads_);
  }
  return out;
}

Transcript Transcriber::Impl::stream(const Sound& sound, const Callbacks& callbacks) const {
  pipeline::require_encoder(bundle_.internal());
  Transcript out = text_ ? write_text(sound, callbacks) : read_head(sound, callbacks);
  label(out);
  return out;
}

Transcript Transcriber::Impl::read_head(const Sound& sound, const Callbacks& callbacks) const {
  Lease memory = borrow();
  Recording recording = start(callbacks, pipeline::kWindowSeconds);
  double audio_seconds = 0.0;
  pipeline::listen(recogniser_, *memory->window, {sound.source, request_.overlap}, recording.timings(),
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
  Lease memory = borrow();
  std::optional<Recording> head;
  if (decoders_.ctc) head.emplace(start(callbacks, pipeline::kWindowSeconds));
  Timings alone;
  pipeline::WhisperPass pass{
      recogniser_, *memory->window, *text_, *memory->text, head ? &*head : nullptr, head ? head->timings() : alone, {},
      {},          sound.rewind};
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
Transcript Transcriber::Impl::split(const std::string& path, const Callbacks& callbacks) const {
  audio::Replay recording = audio::Replay::open(path);
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
    if (channel == 1) add_warnings(decoder, path, part.warnings);  // the others see the same packets
    before += part.audio_seconds;
    pipeline::mark_channel(part, channel);
    parts.push_back(std::move(part));
  }
  return pipeline::merge_channels(std::move(parts));
}

Transcript Transcriber::Impl::features(const std::string& path, const Callbacks& callbacks) const {
  if (channels_.split || channels_.one != audio::kAllChannels) {
    throw Error(ErrorCategory::usage, path, "a recording, of whose channels some are chosen", "stored features");
  }
  if (text_) pipeline::refuse_features(path);
  const bundle::FeatureFile file = pipeline::open_features(path);
  std::vector<std::string> warnings = bundle::require_features(bundle_.internal(), file, allow_unadmitted_);
  Lease memory = borrow();
  const frontend::FeatureContract& required = bundle_.internal().required();
  const double seconds = static_cast<double>(required.window_samples) / static_cast<double>(required.sample_rate);
  Recording recording = start(callbacks, seconds);
  std::vector<float> window(static_cast<std::size_t>(file.frames() * file.dim()));
  for (std::int64_t w = 0; w < file.windows(); ++w) {
    file.read_window(w, window);
    const auto log_probs = recogniser_.log_probs(window, file.frames(), *memory->window, recording.timings());
    recording.add_window(log_probs, w * recogniser_.output_frames(), memory->correction());
    recording.report({static_cast<double>(w + 1) * seconds, static_cast<double>(file.windows()) * seconds});
  }
  Transcript out = recording.finish();
  out.audio_seconds = static_cast<double>(file.windows()) * seconds;
  out.warnings = std::move(warnings);
  label(out);
  return out;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): as seben/transcriber.h has it
Transcriber::Transcriber(Bundle bundle, TranscriberOptions options)
    : impl_(std::make_unique<Impl>(std::move(bundle), options)) {}
Transcriber::Transcriber(Transcriber&&) noexcept = default;
Transcriber& Transcriber::operator=(Transcriber&&) noexcept = default;
Transcriber::~Transcriber() = default;

const Bundle& Transcriber::bundle() const noexcept { return impl_->bundle(); }
const std::string& Transcriber::precision() const noexcept { return impl_->precision(); }
std::size_t Transcriber::weight_bytes() const noexcept { return impl_->weight_bytes(); }

Transcript Transcriber::transcribe_file(const std::string& path, const Callbacks& callbacks) const try {
  if (impl_->channels().split) return impl_->split(path, callbacks);
  audio::AudioDecoder decoder = audio::AudioDecoder::open(path, impl_->channels().one);
  Transcript out = impl_->stream({[&](std::span<float> samples) { return decoder.read(samples); },
                                  {},
                                  [&] { return decoder.info().duration_seconds.value_or(0.0); }},
                                 callbacks);
  add_warnings(decoder, path, out.warnings);
  return out;
} catch (const Error& error) {
  throw pipeline::about_recording(error, path);
}

Transcript Transcriber::transcribe_samples(std::span<const float> samples, const Callbacks& callbacks) const {
  if (impl_->channels().one > 1) {
    throw Error(ErrorCategory::usage, "channels", "1, or no choice, for samples",
                std::to_string(impl_->channels().one));
  }
  const auto odd = std::ranges::find_if(samples, [](float x) { return !std::isfinite(x); });
  if (odd != samples.end()) {
    throw Error(ErrorCategory::bad_data, base::format("sample {}", odd - samples.begin()), "a finite number",
                base::format("{}", *odd));
  }
  audio::Clipping clipping;
  for (const float x : samples) clipping.add(std::abs(static_cast<double>(x)));
  std::size_t at = 0;
  const bool numbered = impl_->channels().split;
  Callbacks shown = callbacks;
  if (numbered && callbacks.segment) {
    shown.segment = [&](Segment segment) {
      segment.channel = 1;
      callbacks.segment(segment);
    };
  }
  Transcript out =
      impl_->stream({[&](std::span<float> part) {
                       const std::size_t count = std::min(part.size(), samples.size() - at);
                       std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), count, part.begin());
                       at += count;
                       return count;
                     },
                     [&] { at = 0; }, [&] { return static_cast<double>(samples.size()) / audio::kSampleRate; }},
                    shown);
  if (numbered) pipeline::mark_channel(out, 1);
  if (clipping.samples > 0) out.warnings.push_back("samples: " + audio::to_string(clipping));
  return out;
}

Transcript Transcriber::transcribe_features(const std::string& path, const Callbacks& callbacks) const {
  try {
    return impl_->features(path, callbacks);
  } catch (const Error& error) {
    throw pipeline::about_recording(error, path);
  }
}

}  // namespace seben
