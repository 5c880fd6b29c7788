// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/beam.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "decode/whisper/beam_rows.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

class OpenAiBeam final : public Search {
 public:
  OpenAiBeam(const SearchFrame& frame, const BeamOptions& options, std::optional<double> length_penalty)
      : frame_(frame),
        size_(static_cast<std::size_t>(options.size)),
        wanted_(static_cast<std::size_t>(std::nearbyint(static_cast<double>(size_) * options.patience))),
        length_penalty_(length_penalty),
        beams_(frame.vocabulary) {
    if (wanted_ < 1) {
      throw Error(ErrorCategory::usage, "decoding: patience", "at least one text", std::to_string(options.patience));
    }
  }

  [[nodiscard]] bool advance(std::span<float> scores, NextRows& next) override {
    next.clear();
    if (length_ >= frame_.limit || ended_.size() >= wanted_) return false;
    beams_.take(scores);
    propose();
    chosen_.clear();
    for (const Candidate& c : candidates_) {
      if (chosen_.size() == size_) break;
      if (c.token != frame_.rules.options().endoftext) {
        chosen_.push_back(c);
      } else if (ended_.size() < wanted_) {
        ended_.push_back({beams_.rows()[c.row].tokens, static_cast<double>(c.sum)});
      }
    }
    if (chosen_.empty()) return false;
    beams_.become(chosen_, next);
    return ++length_ < frame_.limit && ended_.size() < wanted_;
  }

  [[nodiscard]] Hypothesis take_best() override {
    if (ended_.size() < size_) {
      std::ranges::stable_sort(beams_.rows(), std::ranges::greater{}, &BeamRow::sum);
      for (const BeamRow& row : beams_.rows()) {
        if (ended_.size() == size_) break;
        ended_.push_back({row.tokens, static_cast<double>(row.sum)});
      }
    }
    return best(ended_, length_penalty_);
  }

 private:
  void propose() {
    candidates_.clear();
    for (std::size_t r = 0; r < beams_.rows().size(); ++r) {
      const BeamRow& row = beams_.rows()[r];
      const std::span<float> scores = beams_.scores(r);
      frame_.rules.apply(row.tokens, scores);
      beams_.normalise(r);
      largest(scores, size_ + 1, tokens_);
      for (const std::int32_t token : tokens_) {
        const float score = scores[static_cast<std::size_t>(token)];
        if (std::isfinite(score)) candidates_.push_back({r, token, row.sum + score});
      }
    }
    std::ranges::stable_sort(candidates_, std::ranges::greater{}, &Candidate::sum);
  }

  SearchFrame frame_;
  std::size_t size_, wanted_;
  std::optional<double> length_penalty_;
  BeamRows beams_;
  std::int64_t length_ = 0;
  std::vector<Hypothesis> ended_;
  std::vector<Candidate> candidates_, chosen_;
  std::vector<std::int32_t> tokens_;
};

}  // namespace

std::unique_ptr<Search> beam(const SearchFrame& frame, const BeamOptions& options,
                             std::optional<double> length_penalty) {
  return std::make_unique<OpenAiBeam>(frame, options, length_penalty);
}

const Hypothesis& best(std::span<const Hypothesis> texts, std::optional<double> length_penalty) {
  const auto score = [&](const Hypothesis& text) {
    const auto length = static_cast<double>(std::max<std::size_t>(text.tokens.size(), 1));
    return text.sum_logprob / (length_penalty ? std::pow((5.0 + length) / 6.0, *length_penalty) : length);
  };
  const Hypothesis* chosen = &texts.front();
  for (const Hypothesis& text : texts) {
    if (score(text) > score(*chosen)) chosen = &text;
  }
  return *chosen;
}

}  // namespace seben::generate
