// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "decode/whisper/beam.h"
#include "decode/whisper/beam_rows.h"

namespace seben::generate {
namespace {

struct Ended {
  Hypothesis text;
  double score = 0.0;
};

// The best `size` texts that ended.
class EndedTexts {
 public:
  EndedTexts(std::size_t size, double penalty) : size_(size), penalty_(penalty) {}

  [[nodiscard]] double penalised(float sum, std::size_t length) const {
    return static_cast<double>(sum) / std::pow(static_cast<double>(length), penalty_);
  }
  // `length`: with the end, where it was reached.
  void add(const std::vector<std::int32_t>& tokens, float sum, std::size_t length) {
    const double score = penalised(sum, length);
    if (texts_.size() == size_ && score <= texts_.back().score) return;
    texts_.push_back({{tokens, static_cast<double>(sum)}, score});
    std::ranges::stable_sort(texts_, std::ranges::greater{}, &Ended::score);
    if (texts_.size() > size_) texts_.pop_back();
  }
  // Whether a text of that sum could still come in.
  [[nodiscard]] bool closed_to(float sum, std::size_t length) const {
    return texts_.size() == size_ && texts_.back().score >= penalised(sum, length);
  }
  [[nodiscard]] const Hypothesis& best() const { return texts_.front().text; }

 private:
  std::size_t size_;
  double penalty_;
  std::vector<Ended> texts_;  // best first
};

class TransformersBeam final : public Search {
 public:
  TransformersBeam(const SearchFrame& frame, std::int64_t size, double length_penalty)
      : frame_(frame), size_(static_cast<std::size_t>(size)), ended_(size_, length_penalty), beams_(frame.vocabulary) {}

  [[nodiscard]] bool advance(std::span<float> scores, NextRows& next) override {
    next.clear();
    if (length_ >= frame_.limit || closed_) return false;
    beams_.take(scores);
    propose();
    chosen_.clear();
    for (std::size_t rank = 0; rank < candidates_.size() && chosen_.size() < size_; ++rank) {
      const Candidate& c = candidates_[rank];
      if (c.token != frame_.rules.options().endoftext) {
        chosen_.push_back(c);
      } else if (rank < size_) {
        ended_.add(beams_.rows()[c.row].tokens, c.sum, static_cast<std::size_t>(length_) + 1);
      }
    }
    closed_ = chosen_.empty();
    if (closed_) return false;
    closed_ = ended_.closed_to(candidates_.front().sum, static_cast<std::size_t>(length_) + 1);
    beams_.become(chosen_, next);
    return ++length_ < frame_.limit && !closed_;
  }

  [[nodiscard]] Hypothesis take_best() override {
    if (!closed_) {
      for (const BeamRow& row : beams_.rows()) ended_.add(row.tokens, row.sum, row.tokens.size());
    }
    return ended_.best();
  }

 private:
  void propose() {
    candidates_.clear();
    for (std::size_t r = 0; r < beams_.rows().size(); ++r) {
      const BeamRow& row = beams_.rows()[r];
      const std::span<float> scores = beams_.scores(r);
      beams_.normalise(r);
      frame_.rules.apply(row.tokens, scores);
      largest(scores, 2 * size_, tokens_);
      for (const std::int32_t token : tokens_) {
        const float score = scores[static_cast<std::size_t>(token)];
        if (std::isfinite(score)) candidates_.push_back({r, token, row.sum + score});
      }
    }
    std::ranges::stable_sort(candidates_, std::ranges::greater{}, &Candidate::sum);
    if (candidates_.size() > 2 * size_) candidates_.resize(2 * size_);
  }

  SearchFrame frame_;
  std::size_t size_;
  EndedTexts ended_;
  BeamRows beams_;
  std::int64_t length_ = 0;
  bool closed_ = false;
  std::vector<Candidate> candidates_, chosen_;
  std::vector<std::int32_t> tokens_;
};

}  // namespace

std::unique_ptr<Search> transformers_beam(const SearchFrame& frame, std::int64_t size, double length_penalty) {
  return std::make_unique<TransformersBeam>(frame, size, length_penalty);
}

}  // namespace seben::generate
