// SPDX-License-Identifier: Apache-2.0
// Which words of an utterance that goes on will stay: what two readings in a row say alike, or one is sure of, and the
// newest sound cannot change any more. Readings begin at the same sample, so that the same sound has the same place in
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "seben/transcript.h"

namespace seben::pipeline {

/// A word of one reading, times in seconds from the utterance's beginning.
struct ReadWord {
  struct Letter {
    std::string text;
    double start = 0.0;
  };
  std::string text;
  double start = 0.0, end = 0.0, confidence = 0.0;
  std::vector<Letter> letters;  ///< a head's; Whisper's words have none
  bool ends_segment = false;    ///< of Whisper's text
};

/// The words of a transcript in order; those of Whisper's text without times of words share out their segment's.
[[nodiscard]] std::vector<ReadWord> read_words(const Transcript& transcript);
[[nodiscard]] std::string joined(const std::vector<ReadWord>& words);

struct AgreementOptions {
  double margin = 0.8;          ///< s between the end of a word and of the sound that was read
  double earlier_margin = 0.3;  ///< the same in the reading before
  double tolerance = 0.32;      ///< s by which a word and its letters may move
  double sure = 2.0;            ///< confidence from which one reading is enough; above 1: never
};

class Agreement {
 public:
  explicit Agreement(const AgreementOptions& options) : options_(options) {}

  /// The next reading, of sound up to `seen` seconds. Returns the words that are committed by it.
  [[nodiscard]] std::vector<ReadWord> read(std::vector<ReadWord> words, double seen);
  /// What a reading that is not compared any more has behind the committed words.
  [[nodiscard]] std::vector<ReadWord> behind(const std::vector<ReadWord>& words) const;

  /// What the last reading has behind the committed words.
  [[nodiscard]] const std::vector<ReadWord>& open() const noexcept { return open_; }
  /// Where the last committed word ends, or 0.
  [[nodiscard]] double committed_end() const noexcept { return committed_.empty() ? 0.0 : committed_.back().end; }
  /// Readings that had other words in place of committed ones.
  [[nodiscard]] std::uint64_t contradictions() const noexcept { return contradictions_; }

 private:
  [[nodiscard]] std::size_t first_open(const std::vector<ReadWord>& words) const;
  [[nodiscard]] bool alike(const ReadWord& a, const ReadWord& b) const;

  AgreementOptions options_;
  std::vector<ReadWord> committed_;
  std::vector<ReadWord> open_;  // of the last reading
  double seen_ = 0.0;           // by the last reading
  std::uint64_t contradictions_ = 0;
};

/// Where an utterance that has become long is cut.
struct CutOptions {
  double from = 17.0, longest = 26.0;  ///< s: between these ever narrower pauses will do
  double margin = 0.8;                 ///< s: no pause nearer to the newest sound
  double lead = 0.3;                   ///< s of a pause that go to what follows it, at most half of it
};

/// Seconds from the utterance's beginning, never before a committed word's end; nothing while a better pause may come.
/// At `longest` there is always a place.
[[nodiscard]] std::optional<double> place_to_cut(const Agreement& agreement, double seen, const CutOptions& options);

}  // namespace seben::pipeline
