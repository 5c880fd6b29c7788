// SPDX-License-Identifier: Apache-2.0
#include "engine/n_best.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace seben::pipeline {
namespace {

using WordLabels = std::vector<ctc::Labels>;

WordLabels split_words(const ctc::Labels& labels, std::int64_t space) {
  WordLabels out;
  bool inside = false;
  for (const std::int64_t label : labels) {
    if (label == space) {
      inside = false;
      continue;
    }
    if (!inside) out.emplace_back();
    inside = true;
    out.back().push_back(label);
  }
  return out;
}

// Of each text, by its score.
std::vector<double> shares_of(const std::vector<ctc::BeamText>& texts) {
  std::vector<double> out;
  double sum = 0.0;
  for (const ctc::BeamText& text : texts) sum += out.emplace_back(std::exp(text.score - texts.front().score));
  for (double& share : out) share /= sum;
  return out;
}

// Which words of `best` stand at the same place in `other`: those that the fewest edits of words leave alone.
std::vector<bool> shared_words(const WordLabels& best, const WordLabels& other) {
  const std::size_t rows = best.size() + 1, columns = other.size() + 1;
  std::vector<std::size_t> edits(rows * columns);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return edits[i * columns + j]; };
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      const std::size_t change = at(i - 1, j - 1) + (best[i - 1] == other[j - 1] ? 0 : 1);
      at(i, j) = std::min({change, at(i - 1, j) + 1, at(i, j - 1) + 1});
    }
  }
  std::vector<bool> out(best.size());
  for (std::size_t i = best.size(), j = other.size(); i > 0 && j > 0;) {
    const bool same = best[i - 1] == other[j - 1];
    if (at(i, j) == at(i - 1, j - 1) + (same ? 0 : 1)) {
      out[i - 1] = same;
      --i, --j;
    } else if (at(i, j) == at(i - 1, j) + 1) {
      --i;
    } else {
      --j;
    }
  }
  return out;
}

}  // namespace

std::vector<Alternative> likeliest(const std::vector<ctc::BeamText>& texts, const nko::Vocabulary& vocabulary,
                                   std::size_t most) {
  const std::vector<double> shares = shares_of(texts);
  std::vector<Alternative> out;
  std::map<WordLabels, std::size_t> known;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const WordLabels words = split_words(texts[i].labels, vocabulary.space());
    const auto [found, is_new] = known.emplace(words, out.size());
    if (!is_new) {
      Alternative& same = out[found->second];
      same.probability += shares[i];
      same.log_prob = ctc::log_add(same.log_prob, texts[i].log_prob);
      continue;
    }
    Alternative text{{}, texts[i].score, texts[i].log_prob, shares[i]};
    for (const ctc::Labels& word : words) {
      if (!text.text.empty()) text.text += ' ';
      for (const std::int64_t label : word) text.text += vocabulary.text(label);
    }
    out.push_back(std::move(text));
  }
  if (out.size() > most) out.resize(most);
  return out;
}

void set_posteriors(std::vector<ctc::Symbol>& symbols, const std::vector<ctc::BeamText>& texts,
                    const nko::Vocabulary& vocabulary) {
  if (texts.empty()) return;
  const std::vector<double> shares = shares_of(texts);
  const WordLabels best = split_words(texts.front().labels, vocabulary.space());
  std::vector<double> posteriors(best.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto shared = shared_words(best, split_words(texts[i].labels, vocabulary.space()));
    for (std::size_t w = 0; w < best.size(); ++w) posteriors[w] += shared[w] ? shares[i] : 0.0;
  }
  std::size_t behind = 0;  // words that have begun
  bool inside = false;
  for (ctc::Symbol& symbol : symbols) {
    const bool letter = symbol.label != vocabulary.space();
    if (letter && !inside) ++behind;
    inside = letter;
    if (letter) symbol.posterior = static_cast<float>(std::min(1.0, posteriors.at(behind - 1)));
  }
}

}  // namespace seben::pipeline
