// SPDX-License-Identifier: Apache-2.0
// How Whisper's own text decoder writes. Defaults are those of openai-whisper, but for the silence gate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seben {

struct WhisperOptions {
  std::string decoder;              ///< its name in the bundle; empty: the bundle's first
  std::string language;             ///< code ("fr") or English name; empty: detected in the first window
  std::string task = "transcribe";  ///< or "translate": to English
  bool timestamps = true;           ///< without them windows follow one another every 30 s
  bool word_times = false;          ///< by the decoder's attention and dynamic time warping

  std::optional<std::int64_t> beam_size;  ///< at temperature 0; nothing: greedy
  std::optional<double> patience;         ///< 1; how many times `beam_size` texts are waited for
  std::optional<double> length_penalty;   ///< nothing: mean log-probability; else the exponent of Wu et al. 2016
  std::vector<double> temperatures = {0.0, 0.2, 0.4, 0.6, 0.8, 1.0};  ///< the next one when a text failed
  std::int64_t best_of = 5;                                           ///< texts drawn at a temperature above 0
  std::uint64_t seed = 0;                                             ///< of the drawing
  std::optional<double> compression_ratio_threshold = 2.4;            ///< a text that is more repetitive failed
  std::optional<double> logprob_threshold = -1.0;                     ///< a text that is less probable failed
  std::optional<double> no_speech_threshold = 0.6;                    ///< and is silence when this is exceeded as well
  /// A text that repeats itself or failed at every temperature is left out where the probability of no speech is above
  /// it; not in openai-whisper.
  std::optional<double> invention_threshold = 0.4;
  std::optional<std::int64_t> max_tokens;  ///< of a window

  std::string initial_prompt;              ///< what was said before the recording
  bool carry_initial_prompt = false;       ///< before every window, not only the first
  std::string prefix;                      ///< what every window's text begins with
  bool condition_on_previous_text = true;  ///< each window is told the text before it
  std::vector<std::int32_t> suppress;      ///< tokens never written, besides the model's own list; -1: as the next
  bool suppress_non_speech = true;         ///< no brackets, notes and the like

  /// What keeps windows without speech from the decoder: "energy" (loudness and spectrum, no weights), "off", or the
  /// path of Silero weights, as silero-vad publishes them (ONNX) or in whisper.cpp's format.
  std::string silence = "energy";
  bool detect_loops = true;  ///< a text that ends in a loop failed; what remains of them is marked suspect
  std::vector<double>
      clips;  ///< start, end, start, …, seconds: only these parts are written; the last end may be left out
  /// How the keys and values of a window's features are kept: "auto", or "f32", "bf16", "affine8", "affine4".
  std::string cache = "auto";
  std::optional<double> hallucination_silence_threshold;  ///< s of silence around suspected inventions; word times
  /// Windows that are decoded together, 1..64: cut where it is quiet instead of where the text before has ended, and
  /// told nothing of each other, so that condition_on_previous_text must be off. The text does not depend on how many.
  /// 0: one after the other.
  std::int64_t batch_size = 0;
};

}  // namespace seben
