// SPDX-License-Identifier: Apache-2.0
#include "seben/transcriber.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <thread>

#include "audio/decoder.h"
#include "audio/windows.h"
#include "bundle/feature_file.h"
#include "bundle/inspect.h"
#include "ctc/blank_guard.h"
#include "kernels/precision.h"
#include "nko/utf8.h"
#include "pipeline/correction_stage.h"
#include "pipeline/load_corrector.h"
#include "pipeline/recogniser.h"
#include "pipeline/result.h"
#include "pipeline/stitch.h"
#include "pipeline/stopwatch.h"

namespace seben {
namespace {

using pipeline::CorrectionStage;
using pipeline::Recogniser;
using pipeline::WindowMemory;

kernels::Precision choose_precision(const bundle::Bundle& bundle, const TranscriberOptions& options) {
  if (options.precision == "auto") return bundle.fastest_admitted();
  const auto precision = kernels::parse_precision(options.precision);
  if (!precision) throw Error(ErrorCategory::usage, "precision", "auto, f32, bf16 or int8", options.precision);
  if (!bundle.admits(*precision) && !options.allow_unadmitted) {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": precision record",
                options.precision + " admitted by a gate (seben verify precision)",
                fmt::format("only {}", fmt::join(bundle.admitted_precisions(), ", ")));
  }
  return *precision;
}

std::optional<CorrectionStage> load_correction(const bundle::Bundle& bundle, const TranscriberOptions& options) {
  const bool asked = options.correct != "auto" || !options.correction.ranker.empty();
  if (options.correct == "off" || (!asked && !pipeline::has_ranker(bundle))) return std::nullopt;
  CorrectorOptions correction = options.correction;
  if (options.correct != "auto") correction.mode = options.correct;
  return pipeline::load_correction(bundle, correction);
}

int choose_threads(int threads) {
  if (threads < 0 || threads > 1024) {
    throw Error(ErrorCategory::usage, "threads", "0..1024", std::to_string(threads));
  }
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// What one recording accumulates while its windows go by.
class Recording {
 public:
  Recording(const Recogniser& recogniser, const CorrectionStage* correction, const Callbacks& callbacks,
            double window_seconds)
      : recogniser_(recogniser),
        correction_(correction),
        callbacks_(callbacks),
        frames_per_second_(static_cast<double>(recogniser.output_frames()) / window_seconds),
        builder_(recogniser.vocabulary(), frames_per_second_, callbacks.segment) {}

  // `first` and `end` are output frames of the recording.
  void add_window(ctc::LogProbsView log_probs, std::int64_t first, std::int64_t end, WindowMemory& memory) {
    const pipeline::Stopwatch watch(timings_.decode);
    std::vector<ctc::Symbol> symbols = ctc::greedy(log_probs, recogniser_.vocabulary().blank()).symbols;
    if (correction_ != nullptr) {
      keep(read_, read_stitcher_.push(pipeline::shifted(symbols, first), first, previous_end_));
      symbols = correction_->apply(log_probs, symbols, first, memory.correction, edits_);
    }
    deliver(stitcher_.push(pipeline::shifted(std::move(symbols), first), first, previous_end_));
    previous_end_ = end;
    ++windows_;
  }

  void guard(ctc::LogProbsView log_probs, std::span<const float> samples, double start_seconds) {
    const auto statistics = ctc::blank_statistics(log_probs, recogniser_.vocabulary().blank());
    const auto energy = ctc::speech_energy(samples);
    std::string reason = ctc::suspect_blank(statistics, energy);
    // A window that is all but silent shows for free whether the declared blank is the real one.
    if (reason.empty() && energy.peak_dbfs < -60.0) {
      reason = ctc::silence_mismatch(statistics, recogniser_.vocabulary().blank());
    }
    if (!reason.empty()) suspect_.push_back(fmt::format("window at {:.1f} s: {}", start_seconds, reason));
  }

  void report(double done, double total) const {
    if (callbacks_.progress) callbacks_.progress({done, total});
  }

  [[nodiscard]] Transcript finish() {
    deliver(stitcher_.finish());
    Transcript out = builder_.finish();
    if (correction_ != nullptr) out.corrections = corrections();
    out.windows = windows_;
    out.timings = timings_;
    out.suspect = std::move(suspect_);
    return out;
  }

  [[nodiscard]] Timings& timings() noexcept { return timings_; }

 private:
  static void keep(std::vector<ctc::Symbol>& all, const std::vector<ctc::Symbol>& more) {
    all.insert(all.end(), more.begin(), more.end());
  }
  void deliver(const std::vector<ctc::Symbol>& symbols) {
    if (correction_ != nullptr) keep(written_, symbols);
    builder_.add(symbols);
  }
  // Where windows overlap only one reading is kept, and with it only its edits.
  [[nodiscard]] Corrections corrections() {
    keep(read_, read_stitcher_.finish());
    Corrections out;
    out.mode = correction::to_string(correction_->options().mode);
    out.hypothesis = nko::normalise(ctc::to_text(read_, recogniser_.vocabulary()), "hypothesis");
    for (const pipeline::PlacedEdit& edit : pipeline::in_text(edits_, written_)) {
      out.edits.push_back(pipeline::describe(edit, recogniser_.vocabulary(), frames_per_second_));
    }
    return out;
  }

  const Recogniser& recogniser_;
  const CorrectionStage* correction_;  // nullptr: off
  const Callbacks& callbacks_;
  double frames_per_second_;
  pipeline::Stitcher stitcher_;
  pipeline::Stitcher read_stitcher_;         // of the uncorrected readings
  std::vector<ctc::Symbol> read_, written_;  // whole recording, only when correcting
  std::vector<pipeline::PlacedEdit> edits_;
  pipeline::ResultBuilder builder_;
  std::int64_t previous_end_ = 0;
  std::int64_t windows_ = 0;
  std::vector<std::string> suspect_;
  Timings timings_;
};

}  // namespace

class Transcriber::Impl {
 public:
  Impl(Bundle bundle, const TranscriberOptions& options)
      : bundle_(std::move(bundle)),
        precision_(choose_precision(bundle_.internal(), options)),
        precision_name_(kernels::to_string(precision_)),
        recogniser_(bundle_.internal(),
                    {precision_, choose_threads(options.threads), options.load_progress, !options.allow_unadmitted}),
        correction_(load_correction(bundle_.internal(), options)),
        overlap_(overlap_samples(options.overlap_seconds)) {}

  [[nodiscard]] const Bundle& bundle() const noexcept { return bundle_; }
  [[nodiscard]] const std::string& precision() const noexcept { return precision_name_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept { return recogniser_.weight_bytes(); }

  [[nodiscard]] Transcript stream(const audio::WindowReader::Source& source, const Callbacks& callbacks,
                                  const std::function<double()>& total_seconds) const;
  [[nodiscard]] Transcript features(const std::string& path, const Callbacks& callbacks) const;

 private:
  // Whole output frames, so that frame numbers of neighbouring windows mean the same moments.
  [[nodiscard]] std::size_t overlap_samples(double seconds) const {
    if (!(seconds >= 1.0 && seconds <= 15.0)) {
      throw Error(ErrorCategory::usage, "overlap", "1..15 seconds", fmt::format("{}", seconds));
    }
    const auto frames = static_cast<std::size_t>(recogniser_.output_frames());
    if (audio::kWindowSamples % frames != 0) {
      throw Error(ErrorCategory::bad_data, bundle_.internal().folder() + ": head",
                  "a number of output frames that divides 480000 samples", std::to_string(frames));
    }
    const std::size_t hop = audio::kWindowSamples / frames;
    return static_cast<std::size_t>(seconds * audio::kSampleRate) / hop * hop;
  }

  // A window's memory, kept for the next call once the caller is done with it.
  class Lease {
   public:
    explicit Lease(const Impl& owner) : owner_(owner) {
      const std::lock_guard lock(owner.mutex_);
      if (!owner.spare_.empty()) {
        memory_ = std::move(owner.spare_.back());
        owner.spare_.pop_back();
      }
      if (!memory_) memory_ = owner.recogniser_.make_memory();
    }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::lock_guard lock(owner_.mutex_);
      owner_.spare_.push_back(std::move(memory_));
    }
    [[nodiscard]] WindowMemory& operator*() const noexcept { return *memory_; }

   private:
    const Impl& owner_;
    std::unique_ptr<WindowMemory> memory_;
  };

  [[nodiscard]] const CorrectionStage* correction() const noexcept { return correction_ ? &*correction_ : nullptr; }

  void label(Transcript& transcript) const {
    transcript.bundle = bundle_.name();
    transcript.precision = precision_name_;
  }

  Bundle bundle_;
  kernels::Precision precision_;
  std::string precision_name_;
  Recogniser recogniser_;
  std::optional<CorrectionStage> correction_;
  std::size_t overlap_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<WindowMemory>> spare_;
};

Transcript Transcriber::Impl::stream(const audio::WindowReader::Source& source, const Callbacks& callbacks,
                                     const std::function<double()>& total_seconds) const {
  if (!recogniser_.has_encoder()) {
    throw Error(ErrorCategory::usage, bundle_.internal().folder() + ": encoder",
                "an encoder, or features instead of audio (--features)", "a bundle whose features come from outside");
  }
  const Lease memory(*this);
  constexpr double kWindowSeconds = static_cast<double>(audio::kWindowSamples) / audio::kSampleRate;
  Recording recording(recogniser_, correction(), callbacks, kWindowSeconds);
  const auto hop = static_cast<std::int64_t>(audio::kWindowSamples) / recogniser_.output_frames();
  double audio_seconds = 0.0;
  audio::WindowReader windows(
      [&](std::span<float> out) {
        const pipeline::Stopwatch watch(recording.timings().audio);
        return source(out);
      },
      overlap_);
  while (const auto window = windows.next()) {
    const auto valid = window->samples.first(window->valid);
    const auto features = recogniser_.features(valid, *memory, recording.timings());
    const auto log_probs = recogniser_.log_probs(features, recogniser_.feature_frames(), *memory, recording.timings());
    const std::int64_t first = window->start / hop;
    recording.add_window(log_probs, first, first + log_probs.frames, *memory);
    audio_seconds = static_cast<double>(window->start + static_cast<std::int64_t>(window->valid)) / audio::kSampleRate;
    recording.guard(log_probs, valid, static_cast<double>(window->start) / audio::kSampleRate);
    const double total = total_seconds();  // what containers claim is sometimes too little
    recording.report(audio_seconds, total > 0.0 ? std::max(audio_seconds, total) : 0.0);
  }
  Transcript out = recording.finish();
  out.audio_seconds = audio_seconds;
  label(out);
  return out;
}

Transcript Transcriber::Impl::features(const std::string& path, const Callbacks& callbacks) const {
  const bundle::FeatureFile file = bundle::FeatureFile::open(path);
  std::vector<std::string> warnings = bundle::require_features(bundle_.internal(), file);
  const Lease memory(*this);
  const frontend::FeatureContract& required = bundle_.internal().manifest().required;
  const double seconds = static_cast<double>(required.window_samples) / static_cast<double>(required.sample_rate);
  Recording recording(recogniser_, correction(), callbacks, seconds);
  std::vector<float> window(static_cast<std::size_t>(file.frames() * file.dim()));
  for (std::int64_t w = 0; w < file.windows(); ++w) {
    file.read_window(w, window);
    const auto log_probs = recogniser_.log_probs(window, file.frames(), *memory, recording.timings());
    recording.add_window(log_probs, w * recogniser_.output_frames(), (w + 1) * recogniser_.output_frames(), *memory);
    recording.report(static_cast<double>(w + 1) * seconds, static_cast<double>(file.windows()) * seconds);
  }
  Transcript out = recording.finish();
  out.audio_seconds = static_cast<double>(file.windows()) * seconds;
  out.warnings = std::move(warnings);
  label(out);
  return out;
}

Transcriber::Transcriber(Bundle bundle, TranscriberOptions options)
    : impl_(std::make_unique<Impl>(std::move(bundle), options)) {}
Transcriber::Transcriber(Transcriber&&) noexcept = default;
Transcriber& Transcriber::operator=(Transcriber&&) noexcept = default;
Transcriber::~Transcriber() = default;

const Bundle& Transcriber::bundle() const noexcept { return impl_->bundle(); }
const std::string& Transcriber::precision() const noexcept { return impl_->precision(); }
std::size_t Transcriber::weight_bytes() const noexcept { return impl_->weight_bytes(); }

Transcript Transcriber::transcribe_file(const std::string& path, const Callbacks& callbacks) const {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(path);
  Transcript out = impl_->stream([&](std::span<float> samples) { return decoder.read(samples); }, callbacks,
                                 [&] { return decoder.info().duration_seconds.value_or(0.0); });
  for (const audio::Warning& warning : decoder.warnings()) {
    out.warnings.push_back(fmt::format("{}: at {:.2f} s: {}", path, warning.seconds, warning.text));
  }
  if (decoder.warning_count() > decoder.warnings().size()) {
    out.warnings.push_back(
        fmt::format("{}: {} further warnings", path, decoder.warning_count() - decoder.warnings().size()));
  }
  return out;
}

Transcript Transcriber::transcribe_samples(std::span<const float> samples, const Callbacks& callbacks) const {
  const auto odd = std::ranges::find_if(samples, [](float x) { return !std::isfinite(x); });
  if (odd != samples.end()) {
    throw Error(ErrorCategory::bad_data, fmt::format("sample {}", odd - samples.begin()), "a finite number",
                fmt::format("{}", *odd));
  }
  std::size_t at = 0;
  return impl_->stream(
      [&](std::span<float> out) {
        const std::size_t count = std::min(out.size(), samples.size() - at);
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(at), count, out.begin());
        at += count;
        return count;
      },
      callbacks, [&] { return static_cast<double>(samples.size()) / audio::kSampleRate; });
}

Transcript Transcriber::transcribe_features(const std::string& path, const Callbacks& callbacks) const {
  return impl_->features(path, callbacks);
}

}  // namespace seben
