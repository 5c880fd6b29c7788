// SPDX-License-Identifier: Apache-2.0
// A text as words that a head can be asked for, and when a recording's frames say them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "decode/ctc/forward.h"
#include "decode/ctc/log_probs.h"
#include "engine/frame_times.h"
#include "seben/alignment.h"
#include "text/nko/vocabulary.h"

namespace seben::pipeline {

/// The words of a text between white space. What has no letters belongs to the word before it.
class AlignText {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

  struct Word {
    std::string text;
    ctc::Labels letters;  ///< without tone marks, signs and whatever else nobody says
    std::int64_t line = 0;
  };

  /// In N'Ko or Latin letters, word by word. Error(bad_data), naming the line, for a text that is too long, ill-formed
  /// or has no word, and for a letter that the head cannot write.
  AlignText(std::string_view text, const std::string& source, const nko::Vocabulary& vocabulary);

  [[nodiscard]] const std::vector<Word>& words() const noexcept { return words_; }

 private:
  std::vector<Word> words_;
};

/// The log-probabilities of a recording from those of its windows, each believed up to the middle of what it shares
/// with the next. Classes that nobody says (tone marks, signs) count as the blank.
class RecordingFrames {
 public:
  explicit RecordingFrames(const nko::Vocabulary& vocabulary);

  void add(ctc::LogProbsView window, std::int64_t first_frame);
  /// Frames behind it are padding.
  void end_at(std::int64_t frames);
  [[nodiscard]] ctc::LogProbsView view() const noexcept { return frames_.view(); }

 private:
  std::int64_t blank_;
  std::vector<std::int64_t> unsaid_;
  ctc::LogProbs frames_;
};

/// Words, other speech, lines and score.
[[nodiscard]] Alignment align_words(const AlignText& text, ctc::LogProbsView frames, const nko::Vocabulary& vocabulary,
                                    const FrameTimes& times, const AlignOptions& options);

}  // namespace seben::pipeline
