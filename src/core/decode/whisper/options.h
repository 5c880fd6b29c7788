// SPDX-License-Identifier: Apache-2.0
// How a window is decoded, and what comes of it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "decode/whisper/logit_rules.h"

namespace seben::generate {

enum class Task : std::uint8_t {
  transcribe,
  translate  ///< to English
};

/// What keeps, stops and ranks beams; see beam.h.
enum class BeamStyle : std::uint8_t { openai, transformers };

/// When a decoding counts as failed and the next temperature is tried; nothing: that test is not made.
struct Thresholds {
  std::optional<double> compression_ratio = 2.4;  ///< fails above it: too repetitive
  std::optional<double> logprob = -1.0;           ///< fails when avg_logprob is below it
  std::optional<double> no_speech = 0.6;          ///< does not fail for avg_logprob when no_speech_prob is above it
  bool repetition = false;                        ///< fails when the text ends in a loop (guards.h); not in openai's
  /// A text that repeats itself, or failed at every temperature, was invented when no_speech_prob is above it; not in
  /// openai's.
  std::optional<double> invention = std::nullopt;
};

struct DecodeOptions {
  std::string language;  ///< code or English name; empty: detected
  Task task = Task::transcribe;
  bool timestamps = true;
  std::optional<double> max_initial_timestamp = 1.0;  ///< seconds
  std::vector<std::int32_t> prompt;                   ///< what was said before
  std::vector<std::int32_t> prefix;                   ///< what the text begins with
  /// The prefix is part of the result, and with timestamps said from 0.00 on. false: neither, as with openai-whisper,
  /// where a timestamp is then forced behind the prefix and empties most texts.
  bool prefix_is_text = true;
  std::optional<std::int64_t> max_tokens;  ///< default: half of the decoder's positions

  std::optional<std::int64_t> beam_size;  ///< at temperature 0; nothing: greedy
  double patience = 1.0;
  std::optional<double> length_penalty;  ///< nothing: divide by the length (transformers: 1)
  BeamStyle beam_style = BeamStyle::openai;
  std::vector<double> temperatures = {0.0, 0.2, 0.4, 0.6, 0.8, 1.0};  ///< tried in this order
  std::int64_t best_of = 5;                                           ///< texts drawn at a temperature above 0
  std::uint64_t seed = 0;                                             ///< of the drawing
  Thresholds thresholds;

  bool suppress_blank = true;          ///< no space and no end as the first token
  bool suppress_non_speech = true;     ///< tokenizer::non_speech_tokens, besides the model's own lists
  std::vector<std::int32_t> suppress;  ///< kNonSpeech among them: as suppress_non_speech
  int threads = 1;
};

struct DecodeResult {
  std::string language;                                   ///< code; "en" for English-only models
  std::vector<LanguageProbability> language_probability;  ///< when it was detected
  std::vector<std::int32_t> tokens;                       ///< timestamps among them
  std::string text;                                       ///< without white space around it
  double avg_logprob = std::numeric_limits<double>::quiet_NaN();
  double no_speech_prob = std::numeric_limits<double>::quiet_NaN();  ///< NaN: the vocabulary has no such token
  double compression_ratio = std::numeric_limits<double>::quiet_NaN();
  double temperature = 0.0;
  std::int64_t decodings = 1;  ///< temperatures that were tried
  std::string failure;         ///< why it failed at the last temperature and is kept only for lack of a better one
  bool loops = false;          ///< the text, timestamps aside, has a loop anywhere (guards.h)
  bool invented = false;       ///< nobody speaks (Thresholds::invention)
};

}  // namespace seben::generate
