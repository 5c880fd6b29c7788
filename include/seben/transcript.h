// SPDX-License-Identifier: Apache-2.0
// What a recording said: plain data, times in seconds from the start of the recording, texts in UTF-8 and logical
// order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seben {

struct Character {
  std::string text;          ///< one class of the vocabulary, usually one code point
  double start = 0.0;        ///< s, edge of its first frame
  double end = 0.0;          ///< s, edge of its last frame
  double log_prob = 0.0;     ///< summed over its frames
  double confidence = 0.0;   ///< 0..1, geometric mean of its probability over its frames
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
};

struct Word {
  std::string text;
  double start = 0.0;
  double end = 0.0;
  double log_prob = 0.0;
  double confidence = 0.0;   ///< geometric mean over its characters
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
  /// With CtcOptions::n_best: the share of the texts that were kept, by their probability, that have the word there.
  std::optional<double> posterior{};
};

/// A stretch of words that belongs on one line of subtitles: split at pauses, at 7 s or at 42 characters.
struct Segment {
  std::string text;
  double start = 0.0;
  double end = 0.0;
  double confidence = 0.0;
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
};

/// Where the time went, in seconds of wall clock.
struct Timings {
  double audio = 0.0;             ///< decoding and resampling
  double mel = 0.0;               ///< log-mel
  double encoder = 0.0;           ///< Whisper encoder
  double head = 0.0;              ///< CTC head
  double decode = 0.0;            ///< log-probabilities, decoding, correction, joining of windows
  double whisper = 0.0;           ///< Whisper's text decoder
  std::int64_t encoder_runs = 0;  ///< windows that the encoder ran on
  std::int64_t head_runs = 0;     ///< times that the CTC head ran: once a window, corrected or not
};

/// One feature's part in the decision for an edit: what it added to the log-odds.
struct EditReason {
  std::string feature;
  double value = 0.0;
  double contribution = 0.0;
};

/// One symbol of the text that correction exchanged, dropped or added.
struct TextEdit {
  std::string kind;    ///< "SUB", "DEL" or "INS"
  std::string from;    ///< what was read; empty for INS
  std::string to;      ///< what is written instead; empty for DEL
  double start = 0.0;  ///< s, the stretch of sound that it was decided on
  double end = 0.0;
  double probability = 0.0;         ///< that the text is nearer to what was said
  double gain = 0.0;                ///< in its log-probability, by the sound
  std::vector<EditReason> reasons;  ///< strongest first
  std::int32_t channel = 0;         ///< from 1 on when channels were kept apart
};

/// What correction did to a text.
struct Corrections {
  std::string mode;             ///< "aggressive", "balanced", "conservative" or "preservation"
  std::string hypothesis;       ///< the text as it was read; a line for each channel that was kept apart
  std::vector<TextEdit> edits;  ///< empty: COPY, no candidate was acceptable
};

/// One word of a forced choice (CtcOptions::words), or, where nothing was near enough, what was nearest. Probability,
/// fit and margin are of the stretch of speech between two pauses that it was chosen for.
struct WordChoice {
  std::string text;      ///< as the list has it
  bool accepted = true;  ///< false: the confidence is below the threshold; the transcript does not have it
  double start = 0.0;    ///< s
  double end = 0.0;
  double confidence = 0.0;   ///< probability * fit
  double probability = 0.0;  ///< if it can be nothing but one of the words
  double fit = 0.0;          ///< 0..1: a letter's probability beside that of what the head reads when it is free
  double log_prob = 0.0;     ///< that the sound reads as the words at all
  double margin = 0.0;       ///< nats to the second best; infinity without one
  std::string runner_up;     ///< the second best
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
};

/// A stretch between two timestamps of Whisper's decoder.
struct WhisperSegment {
  std::string text;
  double start = 0.0;
  double end = 0.0;
  std::vector<std::int32_t> tokens;  ///< timestamps among them
  std::vector<Word> words;           ///< when word times were asked for; `confidence` is the mean of its tokens'
  double avg_logprob = 0.0;          ///< of its window, as the next three
  double no_speech_prob = 0.0;       ///< NaN: the vocabulary has no such token
  double compression_ratio = 0.0;
  double temperature = 0.0;
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
};

/// What Whisper's own decoder wrote.
struct WhisperText {
  std::string decoder;                ///< its name in the bundle
  std::string language;               ///< code; empty when channels that were kept apart have several
  double language_probability = 1.0;  ///< 1 when the language was given
  std::string task;
  std::string text;
  std::vector<WhisperSegment> segments;
  std::int64_t windows = 0;         ///< that were decoded
  std::int64_t silent_windows = 0;  ///< that the silence gate kept from it
  std::int64_t batch_size = 0;      ///< windows that were decoded together at most; 0: one after the other
};

/// A stretch of the recording that does not sound like what the head knows: another language, music, noise.
struct RefusedText {
  std::string text;    ///< what the head made of it; in the transcript's text only with the language guard on "mark"
  double start = 0.0;  ///< s
  double end = 0.0;
  double score = 0.0;        ///< how much it sounds so, 0..1
  double limit = 0.0;        ///< the least that is accepted
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
};

/// One of the texts that a window of sound may say.
struct Alternative {
  std::string text;
  double score = 0.0;        ///< what texts are ranked by (docs/decoding.md)
  double log_prob = 0.0;     ///< that the sound reads as the text, by the head
  double probability = 0.0;  ///< share of the scores of all texts that were kept
};

/// The likeliest texts of one window (CtcOptions::n_best), best first. Neighbouring windows overlap.
struct WindowAlternatives {
  double start = 0.0;  ///< s
  double end = 0.0;
  std::vector<Alternative> texts;
  std::int32_t channel = 0;  ///< from 1 on when channels were kept apart
};

/// One of the channels that were kept apart.
struct ChannelText {
  std::int32_t channel = 0;  ///< from 1 on
  std::string text;
  std::string whisper_text;  ///< what Whisper's decoder wrote, if it did
  std::string language;      ///< of that; empty without
  double language_probability = 0.0;
  double audio_seconds = 0.0;
};

/// With channels kept apart, segments, words, characters and edits of all of them are in the order of their beginnings.
struct Transcript {
  std::string text;
  std::vector<Character> characters;
  std::vector<Word> words;
  std::vector<Segment> segments;
  std::vector<std::string> warnings;  ///< skipped packets, unverified features, …
  std::vector<std::string>
      suspect;  ///< why the result must not be taken for silence or trusted; empty when all is well
  std::vector<RefusedText> refused;  ///< by the bundle's language guard; each is also in `suspect`
  double audio_seconds = 0.0;
  std::int64_t windows = 0;
  std::string bundle;                              ///< its name
  std::string precision;                           ///< arithmetic that was used: "f32", "bf16", "int8"
  std::optional<Corrections> corrections;          ///< nothing when correction is off
  std::optional<std::vector<WordChoice>> choices;  ///< of a forced choice
  std::optional<WhisperText> whisper;  ///< when Whisper's decoder wrote; alone, it is the text above as well
  Timings timings;
  std::vector<ChannelText> channels;             ///< empty unless they were kept apart
  std::vector<WindowAlternatives> alternatives;  ///< empty unless CtcOptions::n_best asked for them
};

}  // namespace seben
