// SPDX-License-Identifier: Apache-2.0
// Live recognition: sound goes in as it is recorded, words come out while somebody speaks.
//
//   auto model = std::make_shared<const seben::Transcriber>(seben::Bundle::open("bundles/nko-base"), {});
//   seben::Stream stream(model, {});
//   while (recorder.read(samples)) {
//     stream.push(samples);
//     for (const seben::StreamEvent& event : stream.advance()) show(event);
//   }
//   stream.finish();
//   while (!stream.done()) for (const seben::StreamEvent& event : stream.advance()) show(event);
//
// Sound falls into utterances ("items"), numbered from 1. While one goes on, it is read again and again from its
// beginning; what two readings agree on, away from the newest sound, is committed and never changes. At its end it is
// read once more as `Transcriber::transcribe_samples` reads it: that is its final text. docs/live.md says more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "seben/error.h"
#include "seben/export.h"
#include "seben/transcriber.h"
#include "seben/transcript.h"

namespace seben {

struct StreamOptions {
  int sample_rate = 16000;             ///< of what is pushed, 8000..48000
  double step_seconds = 0.5;           ///< of new sound between two readings of an utterance, 0.1..10
  double silence_seconds = 0.6;        ///< that end an utterance, 0.1..10
  double pre_roll_seconds = 0.3;       ///< of sound before its beginning that belong to it, 0..2
  double longest_seconds = 26.0;       ///< of an utterance, 2..28; it is cut in a pause of its last third
  double commit_margin_seconds = 0.6;  ///< between a committed word and the newest sound, 0.1..5
  /// Of a head's word, from which one reading is enough to commit it; above 1: always two. Whisper's words need two.
  double sure_confidence = 0.9;
  /// What hears where somebody speaks: "auto" or "energy" (loudness and spectrum), the path of Silero's weights, or
  /// "off": everything is speech, and only commit() ends an utterance.
  std::string vad = "auto";
  bool partials = true;  ///< events of that kind; readings are the same without them
};

/// A word with times from the stream's beginning.
struct StreamWord {
  std::string text;
  double start_seconds = 0.0, end_seconds = 0.0;
  double confidence = 0.0;  ///< 0..1
};

struct StreamEvent {
  enum class Kind : std::uint8_t {
    speech_start,  ///< an utterance begins
    speech_end,    ///< nobody speaks any more, or the utterance was cut; its final text follows
    partial,       ///< what stands behind the committed words for now; replaces the partial before it, as a commit does
    commit,        ///< further words that stay
    final_text,    ///< what was said, corrected; replaces the utterance's committed words. Nothing of it follows
  };
  Kind kind = Kind::partial;
  std::uint64_t item = 0;  ///< the utterance, from 1 on
  double seconds = 0.0;    ///< of speech_start and speech_end: where; of the others: how far the reading saw
  std::string text;  ///< partial: may be empty; commit: its words; final_text: the whole utterance's, may be empty
  std::vector<StreamWord> words;  ///< commit: the new ones; final_text: all
  /// final_text: what correction did, with times from the stream's beginning; nothing when it is off.
  std::optional<Corrections> corrections;
  /// final_text: why it must not be trusted, as Transcript::suspect, with times from the utterance's beginning.
  std::vector<std::string> suspect;
};

/// What a stream has done so far.
struct StreamCounts {
  std::uint64_t items = 0;           ///< utterances that have their final text
  std::uint64_t readings = 0;        ///< those for final texts included
  std::uint64_t contradictions = 0;  ///< readings that wrote a committed word otherwise
  double heard_seconds = 0.0;        ///< of sound that advance() has taken
  Timings timings;                   ///< of all readings
};

/// One speaker's sound. Any number of streams may share a model. push(), commit(), finish(), ready() and
/// behind_seconds() may be called while another thread is in advance(); nothing else may be called at the same time.
/// What comes out depends on the sound and on where in it advance() was called, not on the sizes of pushes.
class SEBEN_API Stream {
 public:
  /// Error(usage) for options that are out of range or that the model's do not go with (a single channel, features
  /// instead of sound); errors of reading Silero's weights.
  Stream(std::shared_ptr<const Transcriber> model, StreamOptions options);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  /// Mono samples in [-1, 1], any number. Copies them and returns. Error(bad_data) for one that is not a finite number
  /// (nothing of that push is taken), Error(usage) after finish() and when 120 s wait because nobody calls advance().
  void push(std::span<const float> samples);
  /// The utterance ends with the sound pushed so far, whoever speaks on; what follows is the next one.
  void commit();
  /// No more sound comes; advance() until done() gives what is left.
  void finish();
  /// Forgets sound, utterances and counts; the next sound is at 0 s, the next utterance is 1.
  void reset();

  /// Whether advance() has something to do that is worth a call: at least 0.1 s of new sound, or an end.
  [[nodiscard]] bool ready() const;
  /// After finish(): everything was told.
  [[nodiscard]] bool done() const;
  /// Of sound that was pushed and that advance() has not taken.
  [[nodiscard]] double behind_seconds() const;
  [[nodiscard]] StreamCounts counts() const;

  /// Takes the sound that was pushed, and reads an utterance at most once. Events are in order. What is said after an
  /// utterance's end in the same sound comes with further calls, as long as ready(). Errors of
  /// Transcriber::transcribe_samples; the stream is to be reset or dropped after one.
  [[nodiscard]] std::vector<StreamEvent> advance();

 private:
  class SEBEN_HIDDEN Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seben
