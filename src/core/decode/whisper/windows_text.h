// SPDX-License-Identifier: Apache-2.0
// From the tokens of windows to segments with times, and what is written of a recording so far.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "decode/whisper/windows.h"

namespace seben::generate {

inline constexpr std::int64_t kMelPerFeature = 2;
inline constexpr std::int64_t kMelPerSecond = 100;

/// Not times 0.01: openai-whisper divides, and its comparisons with times of words depend on the last bit.
[[nodiscard]] inline double seconds_of(std::int64_t frames) {
  return static_cast<double>(frames) / double{kMelPerSecond};
}
[[nodiscard]] std::int64_t frames_of(double seconds);

/// What a window's tokens say.
struct WindowText {
  std::vector<Segment> segments;
  std::int64_t step = 0;  ///< mel frames to where the next window begins
  bool ended = false;     ///< with one timestamp, after which there is no speech
};

/// Where a window was heard.
struct WindowPlace {
  std::int64_t begin = 0, size = 0;  ///< mel frames
};

/// Decoder and options must outlive it.
class WindowsText {
 public:
  WindowsText(const TextDecoder& decoder, const TranscribeOptions& options);

  /// Segments end where two timestamps meet.
  [[nodiscard]] WindowText cut(const DecodeResult& result, const WindowPlace& place) const;
  /// Whether a window's text is silence and none is written.
  [[nodiscard]] static bool is_silence(const DecodeResult& result, const Thresholds& thresholds);
  /// The words of a window that `decoder` heard last, by which its segments' times are corrected and the step to the
  /// next window is chosen.
  void time_words(TextDecoder& decoder, const DecodeOptions& options, const WindowPlace& place, double last_speech,
                  WindowText& text) const;

  /// Says that the text of the window at `begin` was invented (DecodeResult::invented) and is not written.
  void leave_out(std::int64_t begin, double no_speech);
  /// Writes the segments of the next window; `failure` says why its text failed at every temperature.
  void keep(std::vector<Segment> segments, std::int64_t begin, const std::string& failure);

  /// All tokens: the initial prompt and what was written behind it.
  [[nodiscard]] const std::vector<std::int32_t>& history() const noexcept { return history_; }
  [[nodiscard]] Transcript& transcript() noexcept { return out_; }
  [[nodiscard]] Transcript finish();

 private:
  [[nodiscard]] std::vector<std::int32_t> text_of(std::span<const std::int32_t> tokens,
                                                  std::optional<std::int32_t> below) const;
  [[nodiscard]] Segment segment_of(std::span<const std::int32_t> tokens, const DecodeResult& result,
                                   const WindowPlace& place) const;
  void mark_loop(std::vector<Segment>& segments, std::int64_t begin);
  void keep(Segment segment);

  const tokenizer::Tokenizer& tokenizer_;
  const TranscribeOptions& options_;
  const tokenizer::Specials& specials_;
  std::vector<std::int32_t> history_;
  std::vector<std::int32_t> recent_;  // the last text without timestamps, as far back as a loop is looked for
  Transcript out_;
};

/// Mel frames, end excluded.
struct ClipFrames {
  std::int64_t first = 0, end = 0;
};

/// Of TranscribeOptions::clips: one of everything when there are none. Error(usage) for clips out of order.
[[nodiscard]] std::vector<ClipFrames> clips_of(std::span<const double> seconds);

/// The code of the language that windows are decoded in: the one that is asked for, or that of the window that
/// `decoder` heard; `probabilities` are written when it was detected.
[[nodiscard]] std::string choose_language(TextDecoder& decoder, const DecodeOptions& options,
                                          std::vector<LanguageProbability>& probabilities);

}  // namespace seben::generate
