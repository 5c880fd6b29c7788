// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/speech_tracker.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "audio/vad/silero_ranges.h"
#include "audio/vad/speech_frame.h"

namespace seben::generate {
namespace {

constexpr double kTrackedRate = 16000.0;

// The level that a tenth of the last half minute's frames does not reach, to half a decibel.
class RunningFloor {
 public:
  void add(float level) {
    const auto bin = static_cast<std::uint16_t>(
        std::clamp(std::lround((static_cast<double>(level) - kLowest) / kStep), long{0}, static_cast<long>(kBins) - 1));
    ++counts_[bin];
    if (bins_.size() < kKept) {
      bins_.push_back(bin);
      return;
    }
    --counts_[std::exchange(bins_[next_], bin)];
    next_ = (next_ + 1) % kKept;
  }
  [[nodiscard]] double quietest_tenth() const {
    std::size_t left = bins_.size() / 10;
    std::size_t bin = 0;
    while (bin + 1 < kBins && left >= counts_[bin]) left -= counts_[bin++];
    return kLowest + kStep * static_cast<double>(bin);
  }

 private:
  static constexpr double kLowest = -120.0, kStep = 0.5;
  static constexpr std::size_t kBins = 260, kKept = 1500;

  std::array<std::uint16_t, kBins> counts_{};
  std::vector<std::uint16_t> bins_;  // of the last frames, a ring
  std::size_t next_ = 0;
};

// A run of loud frames counts once it is as long as the shortest speech; up to 60 ms of silence do not interrupt it.
class EnergyTracker : public SpeechTracker {
 public:
  explicit EnergyTracker(double silence_seconds)
      : silence_(std::max<std::int64_t>(1, std::lround(silence_seconds * kTrackedRate / kTick))) {
    pending_.reserve(kTick);
  }

  void push(std::span<const float> samples, std::vector<SpeechEdge>& edges) override {
    while (!samples.empty()) {
      const auto part = samples.first(std::min(samples.size(), std::size_t{kTick} - pending_.size()));
      pending_.insert(pending_.end(), part.begin(), part.end());
      samples = samples.subspan(part.size());
      if (pending_.size() < std::size_t{kTick}) return;
      hear(meter_.measure(pending_), edges);
      pending_.clear();
    }
  }
  [[nodiscard]] bool speaking() const noexcept override { return speaking_; }

 private:
  void hear(const SpeechFrame& frame, std::vector<SpeechEdge>& edges) {
    floor_.add(frame.level);
    on_ = is_speech(frame, speech_floor(floor_.quietest_tenth(), options_), on_, options_);
    const std::int64_t at = frames_++;
    if (on_) {
      if (!run_ || at - run_end_ >= kBridged) run_ = at;
      run_end_ = at + 1;
    }
    if (run_ && run_end_ - *run_ >= kShortest) {
      last_ = run_end_;
      if (!speaking_) edges.push_back({true, *run_ * kTick});
      speaking_ = true;
    }
    const bool undecided = run_ && frames_ - run_end_ < kBridged;  // a run that may still become long enough
    if (speaking_ && !undecided && frames_ - last_ >= silence_) {
      edges.push_back({false, last_ * kTick});
      speaking_ = false;
      run_.reset();
    }
  }

  static constexpr std::int64_t kTick = kSpeechFrame;
  static constexpr std::int64_t kBridged = 3, kShortest = 5;  // frames

  SpeechOptions options_;
  std::int64_t silence_;  // frames
  SpeechMeter meter_;
  RunningFloor floor_;
  std::vector<float> pending_;
  std::int64_t frames_ = 0;
  bool on_ = false, speaking_ = false;
  std::optional<std::int64_t> run_;  // where the present run began, frames
  std::int64_t run_end_ = 0, last_ = 0;
};

class SileroTracker : public SpeechTracker {
 public:
  SileroTracker(std::shared_ptr<const Silero> model, double silence_seconds)
      : model_(std::move(model)), stream_(*model_), ranges_(options(silence_seconds)) {}

  void push(std::span<const float> samples, std::vector<SpeechEdge>& edges) override {
    while (!samples.empty()) {
      const auto part = samples.first(std::min<std::size_t>(samples.size(), kPiece));
      samples = samples.subspan(part.size());
      probabilities_.clear();
      stream_.push(part, probabilities_);
      for (const float p : probabilities_) hear(p, edges);
    }
  }
  [[nodiscard]] bool speaking() const noexcept override { return speaking_; }

 private:
  static SileroOptions options(double silence_seconds) {
    SileroOptions out;
    out.min_silence = silence_seconds;
    out.min_speech = 0.0;  // what is too short is never told
    return out;
  }
  void hear(float probability, std::vector<SpeechEdge>& edges) {
    ranges_.add(probability);
    at_ += kSileroWindow;
    for (const SpeechRange& range : ranges_.take_ended()) {
      if (speaking_) edges.push_back({false, range.end});
      speaking_ = false;
    }
    const auto start = ranges_.started();
    if (speaking_ || !start || probability < kThreshold || at_ - *start < kShortest) return;
    edges.push_back({true, *start});
    speaking_ = true;
  }

  static constexpr std::size_t kPiece = 1U << 14U;
  static constexpr std::int64_t kShortest = 1600;  // samples, as the other tracker's
  static constexpr float kThreshold = 0.5F;

  std::shared_ptr<const Silero> model_;
  SileroStream stream_;
  SpeechRanges ranges_;
  std::vector<float> probabilities_;
  std::int64_t at_ = 0;
  bool speaking_ = false;
};

}  // namespace

std::unique_ptr<SpeechTracker> track_by_energy(double silence_seconds) {
  return std::make_unique<EnergyTracker>(silence_seconds);
}

std::unique_ptr<SpeechTracker> track_by_silero(std::shared_ptr<const Silero> model, double silence_seconds) {
  return std::make_unique<SileroTracker>(std::move(model), silence_seconds);
}

}  // namespace seben::generate
