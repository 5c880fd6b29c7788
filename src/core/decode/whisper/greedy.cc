// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/greedy.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "decode/whisper/beam.h"
#include "kernels/row_ops.h"

namespace seben::generate {
namespace {

// Draws by the inverse of the distribution function, with 53 bits of one number: the same on every standard library.
std::int32_t draw(std::span<const float> logits, double temperature, std::mt19937_64& random) {
  const double top = static_cast<double>(std::ranges::max(logits));
  const auto weight = [&](float s) { return std::exp((static_cast<double>(s) - top) / temperature); };
  double total = 0.0;
  for (const float s : logits) total += weight(s);
  double left = static_cast<double>(random() >> 11) * 0x1p-53 * total;
  std::size_t last = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double w = weight(logits[i]);
    if (w <= 0.0) continue;
    last = i;
    left -= w;
    if (left < 0.0) break;
  }
  return static_cast<std::int32_t>(last);
}

// Texts that go on by themselves, each a row of the cache until it ends.
class Followed : public Search {
 public:
  Followed(const SearchFrame& frame, std::int64_t texts) : frame_(frame), texts_(static_cast<std::size_t>(texts)) {
    for (std::size_t i = 0; i < texts_.size(); ++i) alive_.push_back(i);
  }

  [[nodiscard]] bool advance(std::span<float> scores, NextRows& next) override {
    next.clear();
    if (length_ >= frame_.limit) return false;
    const std::size_t vocabulary = frame_.vocabulary;
    const bool first = length_ == 0;
    std::vector<std::size_t> alive;
    std::vector<float> copy;
    for (std::size_t r = 0; r < alive_.size(); ++r) {
      std::span<float> row = scores.subspan(first ? 0 : r * vocabulary, vocabulary);
      if (first && r + 1 < alive_.size()) {  // all begin with the same scores
        copy.assign(row.begin(), row.end());
        row = copy;
      }
      Hypothesis& text = texts_[alive_[r]];
      frame_.rules.apply(text.tokens, row);
      const std::int32_t token = choose(alive_[r], row);
      kernels::row_ops().log_softmax(row.data(), static_cast<std::int64_t>(vocabulary));
      text.sum_logprob += static_cast<double>(row[static_cast<std::size_t>(token)]);
      if (token == frame_.rules.options().endoftext) continue;
      text.tokens.push_back(token);
      alive.push_back(alive_[r]);
      next.parents.push_back(first ? 0 : static_cast<std::int64_t>(r));
      next.tokens.push_back(token);
    }
    alive_ = std::move(alive);
    return ++length_ < frame_.limit && !alive_.empty();
  }

 protected:
  [[nodiscard]] virtual std::int32_t choose(std::size_t text, std::span<const float> scores) = 0;
  [[nodiscard]] std::vector<Hypothesis>& texts() noexcept { return texts_; }

 private:
  SearchFrame frame_;
  std::vector<Hypothesis> texts_;
  std::vector<std::size_t> alive_;  // by row of the cache
  std::int64_t length_ = 0;
};

class Greedy final : public Followed {
 public:
  explicit Greedy(const SearchFrame& frame) : Followed(frame, 1) {}
  [[nodiscard]] Hypothesis take_best() override { return std::move(texts().front()); }

 private:
  [[nodiscard]] std::int32_t choose(std::size_t /*text*/, std::span<const float> scores) override {
    return static_cast<std::int32_t>(std::ranges::max_element(scores) - scores.begin());
  }
};

class Drawn final : public Followed {
 public:
  Drawn(const SearchFrame& frame, const Sampling& sampling, std::optional<double> length_penalty)
      : Followed(frame, sampling.best_of), temperature_(sampling.temperature), length_penalty_(length_penalty) {
    for (std::int64_t i = 0; i < sampling.best_of; ++i) {
      std::seed_seq seeds{static_cast<std::uint32_t>(sampling.seed), static_cast<std::uint32_t>(sampling.seed >> 32),
                          static_cast<std::uint32_t>(i)};
      random_.emplace_back(seeds);
    }
  }
  [[nodiscard]] Hypothesis take_best() override { return best(texts(), length_penalty_); }

 private:
  [[nodiscard]] std::int32_t choose(std::size_t text, std::span<const float> scores) override {
    return draw(scores, temperature_, random_[text]);
  }

  double temperature_;
  std::optional<double> length_penalty_;
  std::vector<std::mt19937_64> random_;
};

}  // namespace

std::unique_ptr<Search> greedy(const SearchFrame& frame) { return std::make_unique<Greedy>(frame); }

std::unique_ptr<Search> sample(const SearchFrame& frame, const Sampling& sampling,
                               std::optional<double> length_penalty) {
  return std::make_unique<Drawn>(frame, sampling, length_penalty);
}

}  // namespace seben::generate
