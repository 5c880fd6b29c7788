// SPDX-License-Identifier: Apache-2.0
// Speech to text: a bundle with its weights loaded, ready for recordings of any length.
//
//   seben::Transcriber transcriber(seben::Bundle::open("bundles/demo-nko"), {});
//   std::cout << transcriber.transcribe_file("speech.m4a").text << '\n';
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "seben/alignment.h"
#include "seben/bundle.h"
#include "seben/corrector.h"
#include "seben/error.h"
#include "seben/export.h"
#include "seben/transcript.h"
#include "seben/whisper_options.h"

namespace seben {

/// Weights for `CtcOptions` that name none, chosen on development recordings (docs/decoding.md).
inline constexpr double kDefaultLmWeight = 0.6;
inline constexpr double kDefaultLengthBonus = 0.5;
inline constexpr double kDefaultHotwordBoost = 5.0;
/// Confidence below which a forced choice is none of the words (docs/words.md).
inline constexpr double kDefaultWordsThreshold = 0.1;

/// How a CTC head's log-probabilities become text. Everything between `search` and `words` needs the beam search, what
/// comes after `words` needs words; words and a beam exclude each other.
struct CtcOptions {
  std::string search = "greedy";           ///< the best class of every frame; or "beam": prefix beam search
  std::optional<std::int64_t> beam_width;  ///< texts kept after each frame; 16
  std::string language_model;              ///< path of an ARPA file over characters (seben rank lm)
  std::optional<double> lm_weight;         ///< of the model's ln P beside the head's; kDefaultLmWeight
  std::optional<double> length_bonus;      ///< nats a symbol; kDefaultLengthBonus with a language model, else 0
  std::string hotwords;                    ///< path of phrases, one a line, after a tab a boost of their own
  std::string hotwords_text;               ///< such lines themselves, instead of a path
  std::optional<double> hotword_boost;     ///< nats a phrase; kDefaultHotwordBoost
  std::string syllables = "off";           ///< what impossible words are: "off" allowed, "penalty", "forbid"
  std::optional<std::int64_t> n_best;     ///< so many of the likeliest texts are told as well; at most the beam's width
  std::string words;                      ///< path of a list: nothing but its words is written (docs/words.md)
  std::string words_text;                 ///< its lines themselves, instead of a path
  std::optional<std::string> words_mode;  ///< a recording is "one" of them (default), or "sequence"s of them
  std::optional<double> words_threshold;  ///< 0..1, confidence below which it is none; kDefaultWordsThreshold

  /// Whether there is a list, as a path or as text.
  [[nodiscard]] bool forced_choice() const noexcept { return !words.empty() || !words_text.empty(); }
};

struct TranscriberOptions {
  int threads = 0;                 ///< for one window; 0: as many as there are processors
  std::string precision = "auto";  ///< "f32", or what the bundle's record admits; "auto": the fastest of these
  bool allow_unadmitted = false;   ///< use an arithmetic, a codec or coded weights that no gate admitted
  /// Features are stored and restored by this codec before head and text decoder ("affine8:g32"); empty: they are not.
  /// Needs a record in the bundle, as other arithmetics do; for a text decoder, which none measures it for, permission.
  std::string feature_codec;
  double overlap_seconds = 4.0;  ///< between neighbouring 30 s windows, 1..15
  /// Of a recording: "mix" (all mixed down), "split" (each transcribed alone, results merged by time and numbered), or
  /// the number of one, from 1 on.
  std::string channels = "mix";
  /// Who writes: "ctc" (the head), "whisper" (Whisper's text decoder), "both" from one pass of the encoder, or "auto":
  /// the head when the bundle has one.
  std::string decoder = "auto";
  /// What becomes of a stretch that does not sound like what the head knows, by the bundle's language guard: "auto"
  /// leaves its text out if there is a guard, "mark" writes it and says so, "off" does not look.
  std::string language_guard = "auto";
  CtcOptions ctc;
  WhisperOptions whisper;
  /// "auto": balanced when the bundle has a ranker and decoding is greedy, which rankers are fitted on, and free of
  /// words, else off; "off"; or a mode of CorrectorOptions.
  std::string correct = "auto";
  CorrectorOptions correction;  ///< but for its mode
  /// Called while the weights are packed, with parts done and parts in all.
  std::function<void(std::int64_t done, std::int64_t total)> load_progress;
};

/// How far a recording is. `total_seconds` is 0 when the recording does not say how long it is. With channels kept
/// apart both count the seconds of all channels.
struct Progress {
  double done_seconds = 0.0;
  double total_seconds = 0.0;
};

/// Called from the calling thread while a recording is being transcribed. An exception thrown here stops the work and
/// reaches the caller.
struct Callbacks {
  std::function<void(const Progress&)> progress;
  /// Each once, in order, as soon as it is final; with channels kept apart, one channel after the other.
  std::function<void(const Segment&)> segment;
};

/// Immutable after construction and safe to use from several threads at once; each call in flight has its own memory,
/// which is kept for the next call.
class SEBEN_API Transcriber {
 public:
  /// Loads and packs the weights. Throws Error(bad_data) for weights that do not fit, Error(incomplete) for a precision
  /// that no gate admitted, Error(usage) for impossible options.
  Transcriber(Bundle bundle, TranscriberOptions options);
  Transcriber(Transcriber&&) noexcept;
  Transcriber& operator=(Transcriber&&) noexcept;
  ~Transcriber();

  /// The same packed weights with other options for the calls: texts, search, words, correction, language, task,
  /// channels and the like. Cheap: what both need, and files that both name by the same path, are not read again.
  /// Either may be gone before the other. Error(usage), naming the field, where `decoder`, `threads`, `precision`,
  /// `feature_codec`, `allow_unadmitted`, `whisper.decoder` or `whisper.cache` would need other weights; errors of the
  /// constructor for the rest.
  [[nodiscard]] Transcriber with(const TranscriberOptions& options) const;

  /// Any container that FFmpeg reads; "-" is standard input. Error(bad_data) for a channel that it lacks.
  [[nodiscard]] Transcript transcribe_file(const std::string& path, const Callbacks& callbacks = {}) const;
  /// The same of a file's bytes in memory. `name` is what messages and warnings call it.
  [[nodiscard]] Transcript transcribe_bytes(std::span<const std::byte> bytes, const std::string& name,
                                            const Callbacks& callbacks = {}) const;
  /// The same of an open descriptor, from where it stands; it stays open, and is moved.
  [[nodiscard]] Transcript transcribe_descriptor(int descriptor, const std::string& name,
                                                 const Callbacks& callbacks = {}) const;
  /// Mono samples at 16 kHz in [-1, 1]; Error(bad_data) for one that is not a finite number. They are channel 1.
  [[nodiscard]] Transcript transcribe_samples(std::span<const float> samples, const Callbacks& callbacks = {}) const;
  /// Stored features (.npy or .safetensors, [frames, dim] or [windows, frames, dim]) compared with the head's contract
  /// before any arithmetic; their windows do not overlap.
  [[nodiscard]] Transcript transcribe_features(const std::string& path, const Callbacks& callbacks = {}) const;

  /// When the words of `text`, in N'Ko or Latin letters, were said; which of them were not, and what was said beside
  /// them. For recordings of any length (docs/align.md). `text_name` is what messages call it. Error(usage) for a
  /// bundle without a CTC head and for channels apart, Error(bad_data) for a text without words.
  [[nodiscard]] Alignment align_file(const std::string& path, std::string_view text, const AlignOptions& options = {},
                                     const Callbacks& callbacks = {}, const std::string& text_name = "text") const;
  /// The same of mono samples at 16 kHz.
  [[nodiscard]] Alignment align_samples(std::span<const float> samples, std::string_view text,
                                        const AlignOptions& options = {}, const Callbacks& callbacks = {},
                                        const std::string& text_name = "text") const;

  [[nodiscard]] const Bundle& bundle() const noexcept;
  /// What it was made with, but for `load_progress`: what to change something of for with().
  [[nodiscard]] const TranscriberOptions& options() const noexcept;
  [[nodiscard]] const std::string& precision() const noexcept;
  /// Bytes of the packed weights.
  [[nodiscard]] std::size_t weight_bytes() const noexcept;

 private:
  class SEBEN_HIDDEN Impl;
  SEBEN_HIDDEN explicit Transcriber(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seben
