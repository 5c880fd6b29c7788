// SPDX-License-Identifier: Apache-2.0
// A recording longer than a window: each window begins where the text of the one before has ended. Source:
// openai-whisper, transcribe.py.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audio/vad/speech_detector.h"
#include "decode/whisper/decode_rules.h"
#include "decode/whisper/guards.h"
#include "decode/whisper/options.h"
#include "decode/whisper/text_decoder.h"
#include "decode/whisper/word_times.h"

namespace seben::generate {

inline constexpr double kSecondsPerMelFrame = 0.01;

struct Segment {
  std::int64_t seek = 0;          ///< mel frame at which its window begins
  std::int64_t frames = 0;        ///< mel frames of its window that are sound
  double start = 0.0, end = 0.0;  ///< seconds of the recording
  std::vector<std::int32_t> tokens;
  std::string text;
  double avg_logprob = 0.0;  ///< of its window, as the next three
  double compression_ratio = 0.0;
  double no_speech_prob = 0.0;
  double temperature = 0.0;
  std::vector<WordTime> words;  ///< when asked for
  bool repetition = false;      ///< the decoder runs in a loop here (guards.h)
};

struct Transcript {
  std::string language;
  std::vector<LanguageProbability> language_probability;
  std::vector<Segment> segments;
  std::string text;
  std::int64_t windows = 0;          ///< that were decoded
  std::int64_t silent = 0;           ///< that the silence gate kept from the decoder
  std::vector<std::string> suspect;  ///< one line for each loop
};

/// For a recording of known length.
[[nodiscard]] std::function<std::int64_t(std::int64_t seek, std::int64_t most)> of_length(std::int64_t mel_frames);

/// The sound, window by window.
struct Recording {
  /// How many mel frames (10 ms each) the recording has from `seek` on, at most `most`; 0: it has ended. Asked with
  /// places that never go back, so that the sound may come as a stream; `most` is that of a window, or of a window and
  /// TranscribeOptions::hallucination_silence.
  std::function<std::int64_t(std::int64_t seek, std::int64_t most)> available;
  /// Writes the encoder's features [1500, d_model] of the window that begins at mel frame `seek` and has `frames` of
  /// them, at most 3000; the rest is to be padded with silence before it is encoded.
  std::function<void(std::int64_t seek, std::int64_t frames, std::span<float> features)> features;
  /// Whether that window has no speech (speech_detector.h); it is not decoded then. Empty: every window is decoded.
  std::function<bool(std::int64_t seek, std::int64_t frames)> is_silent;
};

struct TranscribeOptions {
  DecodeOptions decode;                      ///< its prompt is not used
  std::vector<std::int32_t> initial_prompt;  ///< said before the first window
  bool carry_initial_prompt = false;         ///< before every window
  bool condition_on_previous_text = true;    ///< what was written before is the next window's prompt
  bool word_times = false;
  /// Seconds, start and end in turns, one behind the other: only these parts are decoded. The last end may be left out:
  /// it is the recording's. Empty: everything.
  std::vector<double> clips;
  /// Seconds: text whose words are strange (windows_hallucinations.h) and that has a longer silence around it is
  /// dropped, and the silence is skipped. Needs word_times.
  std::optional<double> hallucination_silence;
  RepetitionOptions repetition;                    ///< what marks a segment and is a suspect line
  std::function<void(const Segment&)> on_segment;  ///< called for each as it is known; may throw to stop
};

/// A gate for Recording::is_silent from the speech of the whole recording (either find_speech), at 16 kHz.
[[nodiscard]] std::function<bool(std::int64_t seek, std::int64_t frames)> silence_gate(std::vector<SpeechRange> speech);

/// Error(usage) for options that this decoder cannot follow: those of TextDecoder::decode, an initial prompt that is
/// too long, clips that are not in order, hallucination_silence without word_times.
void require_possible(const TranscribeOptions& options, const DecoderFacts& decoder);

/// A recording's text as steps, window by window. Whoever has the sound says how much of it there is, and decides
/// whether a window is decoded at all. Decoder and options must outlive it.
class WindowSteps {
 public:
  using Available = std::function<std::int64_t(std::int64_t seek, std::int64_t most)>;  ///< as of Recording

  /// Errors of require_possible.
  WindowSteps(TextDecoder& decoder, const TranscribeOptions& options);
  WindowSteps(const WindowSteps&) = delete;
  WindowSteps& operator=(const WindowSteps&) = delete;
  ~WindowSteps();

  struct Window {
    std::int64_t seek = 0;  ///< mel frame at which it begins; never before the one before
    std::int64_t most = 0;  ///< mel frames that it may have
  };
  /// The next window, for which one of the three below is to be called; nothing when all is written.
  [[nodiscard]] std::optional<Window> next();
  /// There is no sound: the recording has ended before it.
  void end_of_sound();
  /// It has no speech and is not decoded.
  void skip(std::int64_t frames);
  /// Decodes it from the encoder's features [1500, d_model]; `frames` of it are sound. Errors of TextDecoder::decode.
  void write(std::span<const float> features, std::int64_t frames, const Available& available);

  /// All that was written; nothing may be called after it.
  [[nodiscard]] Transcript finish();

 private:
  class Writer;
  std::unique_ptr<Writer> writer_;
};

/// The same for a recording that answers questions. Errors of TextDecoder::decode and of require_possible.
[[nodiscard]] Transcript transcribe(TextDecoder& decoder, const Recording& recording, const TranscribeOptions& options);

}  // namespace seben::generate
