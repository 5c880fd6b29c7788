// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/silero_ranges.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/format.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

constexpr double kSileroRate = 16000.0;
constexpr double kLeastPauseOfACut = 0.098 * kSileroRate;  // silero-vad's min_silence_at_max_speech
constexpr std::size_t kPiece = std::size_t{1} << 16;       // samples whose probabilities are kept at a time

void require(bool holds, const char* field, const char* expected, double found) {
  if (!holds) {
    throw Error(ErrorCategory::usage, base::format("speech detector: {}", field), expected, base::format("{}", found));
  }
}

}  // namespace

SpeechRanges::SpeechRanges(const SileroOptions& o)
    : threshold_(o.threshold),
      stay_(o.stay.value_or(std::max(o.threshold - 0.15, 0.01))),
      min_speech_(o.min_speech * kSileroRate),
      min_silence_(o.min_silence * kSileroRate),
      margin_(o.margin * kSileroRate),
      max_speech_(o.max_speech * kSileroRate - static_cast<double>(kSileroWindow) - 2.0 * margin_) {
  require(o.threshold > 0.0 && o.threshold <= 1.0, "threshold", "a probability above 0", o.threshold);
  require(stay_ >= 0.0 && (stay_ <= o.threshold || !o.stay), "threshold to stay", "at most the threshold", stay_);
  const auto seconds = [](double v) { return v >= 0.0 && v <= 3600.0; };
  require(seconds(o.min_speech), "shortest speech", "0 to 3600 seconds", o.min_speech);
  require(seconds(o.min_silence), "shortest silence", "0 to 3600 seconds", o.min_silence);
  require(seconds(o.margin), "margin", "0 to 3600 seconds", o.margin);
  require(o.max_speech > 0.0, "longest speech", "more than 0 seconds", o.max_speech);
}

void SpeechRanges::close(std::int64_t end, bool whatever_length) {
  if (whatever_length || static_cast<double>(end - *start_) > min_speech_) found_.push_back({*start_, end});
  start_.reset();
  pause_.reset();
  longest_pause_ = {};
}

// Speech has become too long: it ends where its longest pause began and goes on behind it, or ends here.
void SpeechRanges::cut(std::int64_t at) {
  const SpeechRange pause = longest_pause_;
  if (pause.end == 0) {
    close(at, true);
  } else {
    close(pause.first, true);
    start_ = pause.end;
  }
}

void SpeechRanges::add(float probability) {
  const auto p = static_cast<double>(probability);
  const std::int64_t at = at_;
  at_ += kSileroWindow;
  if (p >= threshold_ && pause_) {
    const std::int64_t length = at - *pause_;
    if (static_cast<double>(length) > kLeastPauseOfACut && length > longest_pause_.end - longest_pause_.first) {
      longest_pause_ = {*pause_, at};
    }
    pause_.reset();
  }
  if (p >= threshold_ && !start_) {
    start_ = at;
    return;
  }
  if (!start_) return;
  if (static_cast<double>(at - *start_) > max_speech_) {
    cut(at);
    if (!start_) return;
  }
  if (p >= stay_) return;
  if (!pause_) pause_ = at;
  if (static_cast<double>(at - *pause_) >= min_silence_) close(*pause_, false);
}

std::vector<SpeechRange> SpeechRanges::finish(std::int64_t samples) {
  if (start_) close(samples, false);
  std::vector<SpeechRange> out = std::exchange(found_, {});
  at_ = 0;
  start_.reset();
  const auto earlier = [&](std::int64_t at) {
    return static_cast<std::int64_t>(std::max(0.0, static_cast<double>(at) - margin_));
  };
  const auto later = [&](std::int64_t at) {
    return static_cast<std::int64_t>(std::min(static_cast<double>(samples), static_cast<double>(at) + margin_));
  };
  if (!out.empty()) {
    out.front().first = earlier(out.front().first);
    out.back().end = later(out.back().end);
  }
  for (std::size_t i = 1; i < out.size(); ++i) {
    SpeechRange &before = out[i - 1], &behind = out[i];
    const std::int64_t silence = behind.first - before.end;
    if (static_cast<double>(silence) < 2.0 * margin_) {
      before.end += silence / 2;
      behind.first -= silence / 2;
    } else {
      before.end = later(before.end);
      behind.first = earlier(behind.first);
    }
  }
  return out;
}

SpeechFinder::SpeechFinder(const Silero& model, const SileroOptions& options)
    : stream_(model, options.padding), ranges_(options) {}

void SpeechFinder::push(std::span<const float> samples) {
  while (!samples.empty()) {
    const auto piece = samples.first(std::min(samples.size(), kPiece));
    probabilities_.clear();
    stream_.push(piece, probabilities_);
    for (const float p : probabilities_) ranges_.add(p);
    samples_ += static_cast<std::int64_t>(piece.size());
    samples = samples.subspan(piece.size());
  }
}

std::vector<SpeechRange> SpeechFinder::finish() {
  probabilities_.clear();
  stream_.finish(probabilities_);
  for (const float p : probabilities_) ranges_.add(p);
  return ranges_.finish(std::exchange(samples_, 0));
}

std::vector<SpeechRange> find_speech(const Silero& model, std::span<const float> samples,
                                     const SileroOptions& options) {
  SpeechFinder finder(model, options);
  finder.push(samples);
  return finder.finish();
}

}  // namespace seben::generate
