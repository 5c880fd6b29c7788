// SPDX-License-Identifier: Apache-2.0
// Joining windows of recordings that are hard to join: the same words over and over, a voice that never pauses, a slow
// one that hardly says anything, half-heard words at every edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <random>
#include <string>

#include "engine/stitch.h"

namespace seben::pipeline {
namespace {

using ctc::Symbol;
using Symbols = std::vector<Symbol>;

constexpr std::int64_t kSpace = 64;
constexpr std::int64_t kWindow = 750;   // frames: 30 s at 25 a second
constexpr std::int64_t kOverlap = 100;  // 4 s
constexpr std::int64_t kStep = kWindow - kOverlap;

struct Speech {
  std::string name;
  std::int64_t words;       ///< different words to choose from
  std::int64_t letters;     ///< different letters in them
  std::int64_t gap;         ///< frames from one symbol to the next, at least 1
  std::int64_t pause_odds;  ///< one word in so many is followed by a pause
  std::int64_t pause;       ///< its frames
};

void PrintTo(const Speech& speech, std::ostream* out) { *out << speech.name; }

// Words of one to six letters with a space between.
Symbols speak(const Speech& speech, std::int64_t frames, std::uint32_t seed) {
  std::mt19937 random(seed);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  std::vector<std::vector<std::int64_t>> words(static_cast<std::size_t>(speech.words));
  for (auto& word : words) {
    for (std::int64_t n = 1 + below(6); n > 0; --n) word.push_back(below(speech.letters));
    word.push_back(kSpace);
  }
  Symbols out;
  for (std::int64_t t = 3; t < frames;) {
    for (const std::int64_t label : words[static_cast<std::size_t>(below(speech.words))]) {
      const std::int64_t length = speech.gap > 2 ? 1 + below(2) : 1;
      if (t + length <= frames) out.push_back({label, t, t + length - 1, -0.1F, 0.9F});
      t += speech.gap + below(2);
    }
    if (below(speech.pause_odds) == 0) t += speech.pause;
  }
  return out;
}

// What a window reads. Times are off by up to `jitter` frames, another amount for each symbol; within `unsure` frames
// of an edge where speech goes on, symbols vanish, change or appear.
struct Ear {
  std::int64_t jitter;
  std::int64_t unsure;
};

Symbols encode(const Symbols& all, std::int64_t first, bool last, Ear ear, std::mt19937& random) {
  Symbols out;
  std::int64_t end = first;
  for (Symbol s : all) {
    if (s.first_frame < first || s.last_frame >= first + kWindow) continue;
    const bool edge =
        (first > 0 && s.first_frame < first + ear.unsure) || (!last && s.last_frame >= first + kWindow - ear.unsure);
    if (edge && random() % 3 == 0) continue;
    if (edge && random() % 2 == 0) s.label = static_cast<std::int64_t>(random() % 65);
    const std::int64_t shift =
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(2 * ear.jitter + 1)) - ear.jitter;
    s.first_frame = std::max(end, s.first_frame + shift);
    s.last_frame = std::max(s.first_frame, s.last_frame + shift);
    end = s.last_frame + 1;
    out.push_back(s);
    if (edge && random() % 4 == 0)
      out.push_back({static_cast<std::int64_t>(random() % 65), end, end, -2.0F, 0.1F}), ++end;
  }
  return out;
}

Symbols join(const Symbols& all, std::int64_t frames, Ear ear, std::uint32_t seed) {
  std::mt19937 random(seed);
  Stitcher stitcher;
  Symbols joined;
  std::int64_t previous_end = 0;
  for (std::int64_t first = 0;; first += kStep) {
    const bool last = first + kWindow >= frames;
    const Symbols part = stitcher.push(encode(all, first, last, ear, random), first, previous_end);
    joined.insert(joined.end(), part.begin(), part.end());
    previous_end = first + kWindow;
    if (last) break;
  }
  const Symbols rest = stitcher.finish();
  joined.insert(joined.end(), rest.begin(), rest.end());
  return joined;
}

std::string read(const Symbols& symbols) {
  std::string out;
  for (const Symbol& s : symbols) out += s.label == kSpace ? ' ' : static_cast<char>('0' + s.label);
  return out;
}

Symbols shifted(Symbols symbols, std::int64_t by) {
  for (Symbol& s : symbols) s.first_frame += by, s.last_frame += by;
  return symbols;
}

class HardSpeech : public ::testing::TestWithParam<Speech> {};

// One long recording, cut at every offset: as much silence goes before it as makes the windows begin one frame later.
TEST_P(HardSpeech, IsJoinedAtEveryOffset) {
  constexpr std::int64_t kFrames = 3 * kStep + 400;
  const Symbols all = speak(GetParam(), kFrames, 11);
  int wrong = 0;
  for (std::int64_t offset = 0; offset < kStep; ++offset) {
    const Symbols moved = shifted(all, offset);
    for (const Ear ear : {Ear{0, 0}, Ear{1, 12}, Ear{2, 25}}) {
      const Symbols joined = join(moved, kFrames + offset, ear, static_cast<std::uint32_t>(offset));
      if (read(joined) != read(all)) ++wrong;
      for (std::size_t i = 0; i < joined.size(); ++i) {
        ASSERT_LE(joined[i].first_frame, joined[i].last_frame);
        ASSERT_LT(i == 0 ? -1 : joined[i - 1].last_frame, joined[i].first_frame) << "offset " << offset;
      }
    }
  }
  EXPECT_EQ(wrong, 0) << "of " << 3 * kStep;
}

INSTANTIATE_TEST_SUITE_P(Kinds, HardSpeech,
                         ::testing::Values(Speech{"lively", 400, 40, 3, 12, 30},
                                           Speech{"breathless", 400, 40, 2, 1000, 1},
                                           Speech{"paradigm", 3, 12, 3, 20, 20}, Speech{"one_word", 1, 12, 4, 1000, 1},
                                           Speech{"two_letters", 6, 2, 4, 20, 15}, Speech{"slow", 100, 40, 9, 2, 90},
                                           Speech{"rare", 50, 40, 4, 1, 260}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace seben::pipeline
