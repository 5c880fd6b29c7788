// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/greedy.h"

#include <algorithm>
#include <cmath>
#include <random>

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

template <typename Choose>
std::vector<Hypothesis> follow(const SearchState& state, std::int64_t rows, Choose choose) {
  const std::size_t vocabulary = state.first.size();
  const std::int32_t end = state.rules.options().endoftext;
  std::vector<Hypothesis> texts(static_cast<std::size_t>(rows));
  std::vector<std::size_t> alive;  // by row of the cache
  std::vector<float> logits;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    alive.push_back(i);
    logits.insert(logits.end(), state.first.begin(), state.first.end());
  }
  std::vector<std::int64_t> parents(alive.size(), 0);
  for (std::int64_t length = 0; length < state.limit() && !alive.empty(); ++length) {
    std::vector<std::size_t> next;
    std::vector<std::int64_t> rows_of_next;
    std::vector<std::int32_t> tokens;
    for (std::size_t r = 0; r < alive.size(); ++r) {
      Hypothesis& text = texts[alive[r]];
      const std::span<float> row(logits.data() + r * vocabulary, vocabulary);
      state.rules.apply(text.tokens, row);
      const std::int32_t token = choose(alive[r], row);
      kernels::row_ops().log_softmax(row.data(), static_cast<std::int64_t>(vocabulary));
      text.sum_logprob += static_cast<double>(row[static_cast<std::size_t>(token)]);
      if (token == end) continue;
      text.tokens.push_back(token);
      next.push_back(alive[r]);
      rows_of_next.push_back(length == 0 ? 0 : static_cast<std::int64_t>(r));
      tokens.push_back(token);
    }
    alive = std::move(next);
    if (alive.empty() || length + 1 == state.limit()) break;
    state.cache.reorder(rows_of_next);
    logits.resize(alive.size() * vocabulary);
    state.decoder.step(tokens, state.cache, state.cross, logits, state.threads);
  }
  return texts;
}

}  // namespace

Hypothesis greedy(const SearchState& state) {
  return follow(state, 1,
                [](std::size_t, std::span<const float> scores) {
                  return static_cast<std::int32_t>(std::ranges::max_element(scores) - scores.begin());
                })
      .front();
}

std::vector<Hypothesis> sample(const SearchState& state, const Sampling& sampling) {
  std::vector<std::mt19937_64> random;
  for (std::int64_t i = 0; i < sampling.best_of; ++i) {
    std::seed_seq seeds{static_cast<std::uint32_t>(sampling.seed), static_cast<std::uint32_t>(sampling.seed >> 32),
                        static_cast<std::uint32_t>(i)};
    random.emplace_back(seeds);
  }
  return follow(state, sampling.best_of, [&](std::size_t text, std::span<const float> scores) {
    return draw(scores, sampling.temperature, random[text]);
  });
}

}  // namespace seben::generate
