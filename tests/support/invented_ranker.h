// SPDX-License-Identifier: Apache-2.0
// A ranker with confusions of every kind and weights that let the sound decide, drawn from a seed; it knows nobody's
// errors.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "correct/features.h"
#include "correct/ranker.h"
#include "fit/kneser_ney.h"
#include "swift/seeded_log_probs.h"
#include "text/nko/utf8.h"
#include "text/nko/vocabulary.h"

namespace seben::swift::test {

class RankerInventor {
 public:
  explicit RankerInventor(std::uint64_t seed, const nko::Vocabulary& vocabulary) : random_(seed) {
    for (std::size_t c = 0; c < vocabulary.size(); ++c) {
      const auto label = static_cast<std::int64_t>(c);
      if (label != vocabulary.blank() && std::ranges::count(vocabulary.masked(), label) == 0) {
        symbols_.push_back(vocabulary.text(label));
      }
    }
    ranker_.head = {"invented", static_cast<std::int64_t>(vocabulary.size()), vocabulary.blank(), "", "", ""};
  }

  correction::Ranker make() {
    for (const std::string& from : symbols_) {
      for (int i = 0; i < 3; ++i) add(correction::EditKind::substitution, from, symbol());
      if (random_.below(3) == 0) add(correction::EditKind::deletion, from, "");
      if (random_.below(4) == 0) add(correction::EditKind::insertion, "", from);
    }
    for (const std::string_view name : correction::feature_names()) {
      ranker_.features.push_back({std::string(name), share() - 0.5, 0.5 + share(), 0.6 * share() - 0.3});
    }
    weigh("gain", 2.5);
    weigh("log_posterior", 1.5);
    weigh("margin", 0.8);
    ranker_.bias = -1.0;
    ranker_.thresholds = {0.3, 0.6, 0.9, 0.99};
    ranker_.limits.max_edits = 2;
    ranker_.limits.max_symbols = 30;
    return ranker_;
  }

 private:
  double share() { return static_cast<double>(random_.below(1000)) / 1000.0; }
  const std::string& symbol() { return symbols_[random_.below(symbols_.size())]; }
  void weigh(std::string_view name, double weight) {
    for (auto& feature : ranker_.features) feature.weight = feature.name == name ? weight : feature.weight;
  }

  void add(correction::EditKind kind, const std::string& from, const std::string& to) {
    if (from == to) return;
    correction::Confusion confusion{kind, from, to, 0, 0, {}};
    confusion.count = 3 + static_cast<std::int64_t>(random_.below(200));
    confusion.of = confusion.count + static_cast<std::int64_t>(random_.below(2000));
    std::map<std::pair<std::string, std::string>, correction::ConfusionContext> contexts;
    for (std::uint64_t n = random_.below(6); n > 0; --n) {
      const std::string left = random_.below(8) == 0 ? "" : symbol(), right = random_.below(8) == 0 ? "" : symbol();
      const auto count = 1 + static_cast<std::int64_t>(random_.below(9));
      contexts[{left, right}] = {left, right, count, count + static_cast<std::int64_t>(random_.below(30))};
    }
    for (auto& [key, context] : contexts) confusion.contexts.push_back(context);
    auto& all = ranker_.confusions.confusions;
    const auto key = [](const correction::Confusion& c) { return std::tie(c.kind, c.from, c.to); };
    const auto place = std::ranges::lower_bound(all, key(confusion), {}, key);
    if (place == all.end() || key(*place) != key(confusion)) all.insert(place, confusion);
  }

  SplitMix64 random_;
  std::vector<std::string> symbols_;
  correction::Ranker ranker_;
};

inline correction::Ranker invented_ranker(const nko::Vocabulary& vocabulary, std::uint64_t seed = 1) {
  return RankerInventor(seed, vocabulary).make();
}

/// ARPA text of order 4, trained on words of random symbols; later letters stay unknown to it.
inline std::string invented_language_model(const nko::Vocabulary& vocabulary, std::uint64_t seed) {
  SplitMix64 random(seed);
  std::u32string letters;
  for (char32_t c = 0x07CA; c < 0x07E8; ++c) letters += c;
  (void)vocabulary.encode(nko::encode_utf8(letters[0]), "letters");  // its symbols are the vocabulary's
  std::vector<std::u32string> sentences(300);
  for (std::u32string& sentence : sentences) {
    for (std::uint64_t n = 5 + random.below(30); n > 0; --n) {
      sentence += random.below(5) == 0 && !sentence.empty() ? U' ' : letters[random.below(letters.size())];
    }
  }
  return lm::train(sentences, {4, 1}).model.to_arpa();
}

}  // namespace seben::swift::test
