// SPDX-License-Identifier: Apache-2.0
#include "fit/mixture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "seben/error.h"

namespace seben::lm {
namespace {

using Token = NgramModel::Token;
constexpr int kMostRounds = 500;
constexpr double kLeastGain = 1e-9;
constexpr double kNothingLeft = 1e-9;

std::uint64_t newest(std::uint64_t key, int tokens) {
  return tokens >= 8 ? key : key & ((std::uint64_t{1} << static_cast<unsigned>(8 * tokens)) - 1);
}

std::uint64_t key_of_ngram(const std::vector<std::uint8_t>& tokens) {
  std::uint64_t key = 0;
  for (const std::uint8_t token : tokens) key = key << 8 | token;
  return key;
}

void require_alike(const std::vector<Training>& models, const std::vector<double>& weights) {
  if (models.empty() || weights.size() != models.size()) {
    throw Error(ErrorCategory::usage, "mixture", "a weight for each of some models", std::to_string(weights.size()));
  }
  for (const Training& m : models) {
    if (m.model.order() == models[0].model.order() && m.symbols == models[0].symbols) continue;
    throw Error(ErrorCategory::usage, "mixture", "models of one order and alphabet", "different ones");
  }
  for (const double w : weights) {
    if (!(w >= 0.0 && std::isfinite(w))) throw Error(ErrorCategory::usage, "mixture", "weights from 0 on", "another");
  }
}

// P_k of every token of the sentences, model after model.
std::vector<std::vector<double>> token_probabilities(const std::vector<Training>& models, const Sentences& sentences) {
  std::vector<std::vector<double>> out(models.size());
  for (std::size_t k = 0; k < models.size(); ++k) {
    const NgramModel& model = models[k].model;
    for (const std::u32string& s : sentences) {
      if (s.empty()) continue;
      NgramModel::State state = model.start();
      for (const char32_t c : s) out[k].push_back(std::exp(model.score(state, model.token(c))));
      out[k].push_back(std::exp(model.end(state)));
    }
  }
  if (models.empty() || out[0].empty()) {
    throw Error(ErrorCategory::bad_data, "held-out text", "at least one sentence", "none");
  }
  return out;
}

double sum_at(const std::vector<std::vector<double>>& of_model, const std::vector<double>& weights, std::size_t t) {
  double sum = 0.0;
  for (std::size_t k = 0; k < weights.size(); ++k) sum += weights[k] * of_model[k][t];
  return sum;
}

struct Entry {
  double probability = 0.0;
  double back_off = 1.0;
  bool kept = true;
};

// A back-off model that can be changed. N-grams of an order in the order of their keys: those after one history lie
// together.
class Draft {
 public:
  Draft(int order, std::u32string symbols) : order_(order), symbols_(std::move(symbols)) {}

  void insert(const std::vector<std::uint8_t>& tokens, double probability) {
    table(static_cast<int>(tokens.size()))[key_of_ngram(tokens)].probability = probability;
  }
  [[nodiscard]] int order() const noexcept { return order_; }
  [[nodiscard]] std::unordered_map<std::uint64_t, Entry>& table(int n) {
    return tables_[static_cast<std::size_t>(n - 1)];
  }
  [[nodiscard]] const std::unordered_map<std::uint64_t, Entry>& table(int n) const {
    return tables_[static_cast<std::size_t>(n - 1)];
  }

  [[nodiscard]] double probability(std::uint64_t key, int n) const {
    double factor = 1.0;
    for (;; --n, key = newest(key, n)) {
      const auto found = table(n).find(key);
      if (found != table(n).end() && found->second.kept) return factor * found->second.probability;
      if (n == 1) return 0.0;
      const auto history = table(n - 1).find(key >> 8);
      if (history != table(n - 1).end() && history->second.kept) factor *= history->second.back_off;
    }
  }

  // Mass of the n-grams after each history that are there, and of the same tokens after the shorter history.
  struct Mass {
    double listed = 0.0, lower = 0.0;
  };
  [[nodiscard]] std::unordered_map<std::uint64_t, Mass> masses(int n) const {
    std::unordered_map<std::uint64_t, Mass> out;
    for (const auto& [key, entry] : table(n)) {
      if (!entry.kept) continue;
      Mass& m = out[key >> 8];
      m.listed += entry.probability;
      m.lower += probability(newest(key, n - 1), n - 1);
    }
    return out;
  }

  // Lower orders first: those above lean on them.
  void make_back_offs() {
    for (int n = 1; n < order_; ++n) {
      for (auto& [key, entry] : table(n)) entry.back_off = 1.0;
    }
    scale_unigrams();
    for (int n = 2; n <= order_; ++n) {
      const auto all = masses(n);
      for (auto& [key, entry] : table(n)) {
        const Mass& m = all.contains(key >> 8) ? all.at(key >> 8) : Mass{};
        // Nothing is left for others, or too much is taken by rounding: then these share all there is.
        if (entry.kept && (1.0 - m.lower < kNothingLeft || m.listed > 1.0)) entry.probability /= m.listed;
      }
      for (const auto& [history, m] : all) {
        const bool full = 1.0 - m.lower < kNothingLeft || m.listed > 1.0;
        table(n - 1).at(history).back_off = full ? 1e-30 : (1.0 - m.listed) / (1.0 - m.lower);
      }
    }
  }

  [[nodiscard]] Training finish() const {
    std::vector<Ngram> out;
    for (int n = 1; n <= order_; ++n) {
      for (const auto& [key, entry] : table(n)) {
        if (!entry.kept) continue;
        const bool begin = n == 1 && key == NgramModel::kBegin;
        Ngram ngram{{}, begin ? -99.0 * std::log(10.0) : std::log(entry.probability), 0.0};
        if (n < order_) ngram.back_off = std::log(entry.back_off);
        for (int i = n - 1; i >= 0; --i) {
          ngram.tokens.push_back(static_cast<std::uint8_t>(key >> static_cast<unsigned>(8 * i)));
        }
        out.push_back(std::move(ngram));
      }
    }
    NgramModel model(order_, symbols_, out, "mixture");
    return {std::move(model), std::move(out), symbols_, {}};
  }

 private:
  void scale_unigrams() {
    double sum = 0.0;
    for (const auto& [key, entry] : table(1)) sum += key == NgramModel::kBegin ? 0.0 : entry.probability;
    for (auto& [key, entry] : table(1)) entry.probability /= sum;
  }

  int order_;
  std::u32string symbols_;
  std::array<std::unordered_map<std::uint64_t, Entry>, kMaxOrder> tables_;
};

Draft draft_of(const Training& training) {
  Draft out(training.model.order(), training.symbols);
  for (const Ngram& n : training.ngrams) {
    const bool begin = n.tokens.size() == 1 && n.tokens[0] == NgramModel::kBegin;
    out.insert(n.tokens, begin ? 0.0 : std::exp(n.log_prob));
  }
  out.make_back_offs();
  return out;
}

// How often each history is met, as a share of all tokens; by length, from 1.
using Shares = std::array<std::unordered_map<std::uint64_t, double>, kMaxOrder>;

Shares history_shares(const NgramModel& model, const std::vector<WeightedText>& texts) {
  Shares out;
  for (const WeightedText& text : texts) {
    std::size_t tokens = 0;
    for (const std::u32string& s : *text.sentences) tokens += s.empty() ? 0 : s.size() + 1;
    const double share = text.weight / static_cast<double>(std::max<std::size_t>(tokens, 1));
    for (const std::u32string& s : *text.sentences) {
      std::uint64_t key = NgramModel::kBegin;
      int length = 1;
      for (std::size_t i = 0; i <= s.size() && !s.empty(); ++i) {  // one history a token, the end among them
        for (int n = 1; n <= std::min(length, model.order() - 1); ++n) {
          out[static_cast<std::size_t>(n - 1)][newest(key, n)] += share;
        }
        if (i < s.size()) key = key << 8 | model.token(s[i]);
        length = std::min(length + 1, kMaxOrder);
      }
    }
  }
  return out;
}

// What leaving each n-gram out costs, by order from 2.
struct Cost {
  double value = 0.0;
  int order = 0;
  std::uint64_t key = 0;
};

std::vector<Cost> costs_of(const Draft& draft, const Shares& shares) {
  std::vector<Cost> out;
  for (int n = 2; n <= draft.order(); ++n) {
    const auto masses = draft.masses(n);
    for (const auto& [key, entry] : draft.table(n)) {
      const Draft::Mass& m = masses.at(key >> 8);
      const double p = entry.probability, q = draft.probability(newest(key, n - 1), n - 1);
      const double left = std::max(1.0 - m.listed, 0.0), lower = std::max(1.0 - m.lower, 0.0);
      const double before = std::max(left, 1e-30) / std::max(lower, 1e-30), after = (left + p) / (lower + q);
      const auto& of_length = shares[static_cast<std::size_t>(n - 2)];
      const auto share = of_length.find(key >> 8);
      const double weight = share == of_length.end() ? 0.0 : share->second;
      const double gain = p * (std::log(q) + std::log(after) - std::log(p)) + left * std::log(after / before);
      out.push_back({std::max(0.0, -weight * gain), n, key});
    }
  }
  std::ranges::sort(out, [](const Cost& a, const Cost& b) {
    return a.value != b.value ? a.value > b.value : std::pair(a.order, a.key) < std::pair(b.order, b.key);
  });
  return out;
}

// The `count` dearest n-grams, with the histories and shorter ends that they need.
Training keep(Draft draft, const std::vector<Cost>& dearest, std::size_t count) {
  std::array<std::unordered_set<std::uint64_t>, kMaxOrder> wanted;
  for (std::size_t i = 0; i < count; ++i) wanted[static_cast<std::size_t>(dearest[i].order - 1)].insert(dearest[i].key);
  for (int n = draft.order(); n >= 2; --n) {
    for (const std::uint64_t key : wanted[static_cast<std::size_t>(n - 1)]) {
      if (n < 3) continue;
      wanted[static_cast<std::size_t>(n - 2)].insert(key >> 8);
      wanted[static_cast<std::size_t>(n - 2)].insert(newest(key, n - 1));
    }
    for (auto& [key, entry] : draft.table(n)) entry.kept = wanted[static_cast<std::size_t>(n - 1)].contains(key);
  }
  draft.make_back_offs();
  return draft.finish();
}

}  // namespace

std::vector<double> mixture_weights(const std::vector<Training>& models, const Sentences& held_out) {
  std::vector<double> weights(models.size(), 1.0 / static_cast<double>(models.size()));
  require_alike(models, weights);
  const auto of_model = token_probabilities(models, held_out);
  const auto tokens = static_cast<double>(of_model[0].size());
  double before = -1e300;
  for (int round = 0; round < kMostRounds; ++round) {
    std::vector<double> share(models.size(), 0.0);
    double log_sum = 0.0;
    for (std::size_t t = 0; t < of_model[0].size(); ++t) {
      const double sum = sum_at(of_model, weights, t);
      log_sum += std::log(sum);
      for (std::size_t k = 0; k < models.size(); ++k) share[k] += weights[k] * of_model[k][t] / sum;
    }
    for (std::size_t k = 0; k < models.size(); ++k) weights[k] = share[k] / tokens;
    if ((log_sum - before) / tokens < kLeastGain) break;
    before = log_sum;
  }
  return weights;
}

double mixture_perplexity(const std::vector<Training>& models, const std::vector<double>& weights,
                          const Sentences& sentences) {
  require_alike(models, weights);
  const auto of_model = token_probabilities(models, sentences);
  double log_sum = 0.0;
  for (std::size_t t = 0; t < of_model[0].size(); ++t) log_sum += std::log(sum_at(of_model, weights, t));
  return std::exp(-log_sum / static_cast<double>(of_model[0].size()));
}

Training mix(const std::vector<Training>& models, const std::vector<double>& weights) {
  require_alike(models, weights);
  const int order = models[0].model.order();
  Draft draft(order, models[0].symbols);
  std::array<std::unordered_set<std::uint64_t>, kMaxOrder> done;
  for (const Training& one : models) {
    for (const Ngram& n : one.ngrams) {
      if (!done[n.tokens.size() - 1].insert(key_of_ngram(n.tokens)).second) continue;
      const auto length = n.tokens.size() - 1;  // of the history
      const NgramModel::State history{key_of_ngram(n.tokens) >> 8, static_cast<std::uint8_t>(length)};
      double probability = 0.0;
      for (std::size_t k = 0; k < models.size(); ++k) {
        NgramModel::State state = history;
        probability += weights[k] * std::exp(models[k].model.score(state, n.tokens.back()));
      }
      draft.insert(n.tokens, length == 0 && n.tokens[0] == NgramModel::kBegin ? 0.0 : probability);
    }
  }
  draft.make_back_offs();
  return draft.finish();
}

Training prune(const Training& model, const std::vector<WeightedText>& texts, std::size_t max_bytes) {
  if (model.model.to_arpa().size() <= max_bytes) return model;
  const Draft draft = draft_of(model);
  const std::vector<Cost> dearest = costs_of(draft, history_shares(model.model, texts));
  std::size_t low = 0, high = dearest.size();  // `low` fits, `high` does not
  Training best = keep(draft, dearest, 0);
  if (best.model.to_arpa().size() > max_bytes) {
    throw Error(ErrorCategory::usage, "size of the language model",
                "room for its unigrams, " + std::to_string(best.model.to_arpa().size()) + " bytes",
                std::to_string(max_bytes));
  }
  while (high - low > std::max<std::size_t>(dearest.size() / 2000, 1)) {
    const std::size_t middle = low + (high - low) / 2;
    Training tried = keep(draft, dearest, middle);
    if (tried.model.to_arpa().size() <= max_bytes) {
      low = middle;
      best = std::move(tried);
    } else {
      high = middle;
    }
  }
  return best;
}

}  // namespace seben::lm
