// SPDX-License-Identifier: Apache-2.0
#include "swift/agreement_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/interrupt.h"
#include "decode/ctc/align.h"
#include "engine/correction_stage.h"
#include "seben/error.h"

namespace seben::swift {
namespace {

constexpr double kClear = 1e-7;  // what numbers that decide something differ by, at least
constexpr std::int64_t kMaxLength = 48;
constexpr std::int64_t kMaxWindow = 400;  // of texts that are long enough to be cut into pieces

// An error as the maps have it: `from` was read where `to` was said; -1 for nothing.
struct KnownError {
  std::int64_t from = -1;
  std::int64_t to = -1;
};

// An utterance before anything is made of it.
struct Draft {
  SeededLogProbs frames;
  std::optional<ctc::Labels> hypothesis;  // read greedily without one
  std::int64_t max_edits = 1;
};

class Drafter {
 public:
  explicit Drafter(const correction::Corrector& corrector)
      : vocabulary_(corrector.proposer().vocabulary()),
        neighbours_(vocabulary_),
        longest_window_(std::clamp(corrector.ranker().limits.max_symbols * 3 / 2, kMaxLength, kMaxWindow)) {
    const correction::ConfusionTable table(corrector.ranker().confusions, vocabulary_);
    std::vector<bool> writable(vocabulary_.size(), true);
    writable[static_cast<std::size_t>(vocabulary_.blank())] = false;
    for (const std::int64_t label : vocabulary_.masked()) writable[static_cast<std::size_t>(label)] = false;
    for (std::size_t c = 0; c < vocabulary_.size(); ++c) {
      const auto label = static_cast<std::int64_t>(c);
      if (writable[c]) letters_.push_back(label);
      for (const auto& option : table.changes(label)) errors_.push_back({label, option.to});
    }
    for (const auto& option : table.insertions()) errors_.push_back({-1, option.to});
  }

  [[nodiscard]] Draft draw(std::uint64_t seed) const {
    SplitMix64 random(seed ^ 0x5EBE5EBEU);
    Draft draft;
    draft.frames.seed = seed;
    draft.max_edits = 1 + static_cast<std::int64_t>(random.below(3));
    const std::uint64_t kind = random.below(10);
    const std::int64_t longest = kind == 1 ? longest_window_ : kMaxLength;
    const auto length = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(longest) + 1));
    draft.frames.spoken = text(random, length);
    const std::int64_t spare = kind == 0 ? 0 : length + static_cast<std::int64_t>(random.below(2 * kMaxLength));
    draft.frames.frames = std::max<std::int64_t>(1, length + spare);
    draft.frames.peak = kind < 4 ? 7 : kind < 9 ? 12 : 44;
    draft.frames.spread = kind < 9 ? 6 : 4;
    if (kind == 1) return draft;
    // Against the frames: a text that nobody said, improbable enough for the pass in log space.
    draft.hypothesis = kind == 9 ? text(random, length) : misread(random, draft.frames.spoken);
    return draft;
  }

 private:
  [[nodiscard]] bool allowed(const ctc::Labels& labels) const {
    std::int64_t left = -1;
    for (const std::int64_t label : labels) {
      if (!neighbours_.allowed(left, label)) return false;
      left = label;
    }
    return neighbours_.allowed(left, -1);
  }

  // Words, half of whose symbols are such as are misread.
  [[nodiscard]] std::int64_t symbol(SplitMix64& random) const {
    if (vocabulary_.space() >= 0 && random.below(6) == 0) return vocabulary_.space();
    if (!errors_.empty() && random.below(2) == 0) {
      const KnownError& error = errors_[random.below(errors_.size())];
      return error.to >= 0 ? error.to : error.from;
    }
    return letters_[random.below(letters_.size())];
  }

  [[nodiscard]] ctc::Labels text(SplitMix64& random, std::int64_t length) const {
    ctc::Labels labels;
    for (std::int64_t i = 0; i < 4 * length && static_cast<std::int64_t>(labels.size()) < length; ++i) {
      const std::int64_t next = symbol(random);
      if (neighbours_.allowed(labels.empty() ? -1 : labels.back(), next)) labels.push_back(next);
    }
    while (!labels.empty() && !neighbours_.allowed(labels.back(), -1)) labels.pop_back();
    return labels;
  }

  [[nodiscard]] ctc::Labels misread(SplitMix64& random, ctc::Labels labels) const {
    const std::uint64_t times = random.below(4);
    for (std::uint64_t n = 0; n < times && !errors_.empty() && !labels.empty(); ++n) {
      for (int attempt = 0; attempt < 50; ++attempt) {
        const KnownError& error = errors_[random.below(errors_.size())];
        const auto at = static_cast<std::int64_t>(random.below(labels.size() + 1));
        const bool end = at == static_cast<std::int64_t>(labels.size());
        if (error.to >= 0 && (end || labels[static_cast<std::size_t>(at)] != error.to)) continue;
        const ctc::Labels changed = ctc::apply(labels, {at, error.to >= 0 ? 1 : 0, error.from});
        if (!allowed(changed)) continue;
        labels = changed;
        break;
      }
    }
    return labels;
  }

  const nko::Vocabulary& vocabulary_;
  correction::Neighbours neighbours_;
  std::int64_t longest_window_;
  std::vector<std::int64_t> letters_;
  std::vector<KnownError> errors_;
};

ctc::Labels labels_of(const std::vector<ctc::Symbol>& symbols) {
  ctc::Labels labels;
  for (const ctc::Symbol& s : symbols) labels.push_back(s.label);
  return labels;
}

// Whether any two finite scores are so near that rounding could put them in another order.
bool ranks_are_clear(std::vector<double> scores) {
  std::erase(scores, -std::numeric_limits<double>::infinity());
  std::ranges::sort(scores);
  for (std::size_t i = 1; i < scores.size(); ++i) {
    if (scores[i] - scores[i - 1] < kClear) return false;
  }
  return true;
}

// What the ranker thinks of the edits.
struct Opinions {
  std::vector<double> probabilities;
  std::vector<double> log_odds;  // tell apart what both are all but certain of
};

// Whether the best edit, and on which side of every threshold it is, could not be another by rounding.
bool choice_is_clear(const correction::Ranker& ranker, Opinions edits) {
  if (edits.probabilities.empty()) return true;
  const double best = *std::ranges::max_element(edits.probabilities);
  for (const double threshold : ranker.thresholds) {
    if (std::abs(best - threshold) < kClear) return false;
  }
  std::ranges::sort(edits.log_odds, std::greater{});
  return edits.log_odds.size() < 2 || best < ranker.thresholds[0] || edits.log_odds[0] - edits.log_odds[1] >= kClear;
}

class RowMaker {
 public:
  explicit RowMaker(const correction::Corrector& corrector) : corrector_(corrector), drafter_(corrector) {}

  // Nothing when a comparison of this row would hang on rounding.
  std::optional<nlohmann::json> make(std::uint64_t seed, AgreementRows& totals) {
    const Draft draft = drafter_.draw(seed);
    const nko::Vocabulary& vocabulary = corrector_.proposer().vocabulary();
    const ctc::LogProbs log_probs = make_log_probs(draft.frames, vocabulary);
    nlohmann::json row = {{"seed", draft.frames.seed},
                          {"frames", draft.frames.frames},
                          {"spoken", draft.frames.spoken},
                          {"peak", draft.frames.peak},
                          {"spread", draft.frames.spread},
                          {"max_edits", draft.max_edits},
                          {"hypothesis", nullptr},
                          {"aligned", true},
                          {"window", nullptr},
                          {"candidates", nlohmann::json::array()},
                          {"corrected", nlohmann::json::array()}};
    std::vector<ctc::Symbol> symbols;
    if (draft.hypothesis) {
      row["hypothesis"] = *draft.hypothesis;
      auto aligned = ctc::align(log_probs.view(), *draft.hypothesis, vocabulary.blank());
      row["aligned"] = aligned.has_value();
      if (!aligned) return row;
      symbols = std::move(aligned->symbols);
    } else {
      symbols = ctc::greedy(log_probs.view(), vocabulary.blank()).symbols;
    }
    if (!symbols.empty() && !propose(log_probs.view(), symbols, row, totals)) return std::nullopt;
    if (!correct(log_probs.view(), symbols, draft.max_edits, row, totals)) return std::nullopt;
    if (!draft.hypothesis) row["window"] = correct_window(log_probs.view(), symbols);
    return row;
  }

 private:
  bool propose(ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols, nlohmann::json& row,
               AgreementRows& totals) {
    const std::int64_t slow_before = memory_.scorer.slow_scores();
    corrector_.proposer().propose(log_probs, symbols, memory_);
    Opinions edits;
    for (std::size_t i = 0; i < memory_.candidates.size(); ++i) {
      const double p = i == 0 ? 0.0 : corrector_.ranker().probability(memory_.features[i]);
      const ctc::LabelEdit& edit = memory_.candidates[i].edit;
      const nlohmann::json score = std::isfinite(memory_.scores[i]) ? nlohmann::json(memory_.scores[i]) : nullptr;
      row["candidates"].push_back({edit.position, edit.removed, edit.inserted, score, p});
      if (i == 0) continue;
      edits.probabilities.push_back(p);
      edits.log_odds.push_back(corrector_.ranker().log_odds(memory_.features[i]));
    }
    totals.candidates += static_cast<std::int64_t>(memory_.candidates.size());
    totals.slow_scores += memory_.scorer.slow_scores() - slow_before;
    return ranks_are_clear(memory_.scores) && choice_is_clear(corrector_.ranker(), std::move(edits));
  }

  // The text of each mode. Every round's choice must be clear, not only the first.
  bool correct(ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols, std::int64_t max_edits,
               nlohmann::json& row, AgreementRows& totals) {
    bool changed = false;
    for (const correction::Mode mode : correction::kModes) {
      const correction::Correction out = corrector_.correct(log_probs, symbols, {mode, max_edits, 0}, memory_);
      row["corrected"].push_back(labels_of(out.symbols));
      changed = changed || !out.edits.empty();
      for (std::int64_t edits = 1; edits < max_edits && !out.edits.empty(); ++edits) {
        const auto part = corrector_.correct(log_probs, symbols, {mode, edits, 0}, memory_);
        nlohmann::json ignored = {{"candidates", nlohmann::json::array()}};
        AgreementRows uncounted;
        if (!part.symbols.empty() && !propose(log_probs, part.symbols, ignored, uncounted)) return false;
      }
    }
    totals.corrected += changed ? 1 : 0;
    return true;
  }

  // The text of each mode as transcription has it: long texts cut into pieces.
  nlohmann::json correct_window(ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols) {
    const std::shared_ptr<const correction::Corrector> corrector(std::shared_ptr<void>(), &corrector_);  // not owned
    nlohmann::json texts = nlohmann::json::array();
    for (const correction::Mode mode : correction::kModes) {
      std::vector<pipeline::PlacedEdit> edits;
      const pipeline::CorrectionStage stage(corrector, {mode, std::nullopt, 0});
      texts.push_back(labels_of(stage.apply(log_probs, symbols, 0, memory_, edits)));
    }
    return texts;
  }

  const correction::Corrector& corrector_;
  Drafter drafter_;
  correction::Proposals memory_;
};

}  // namespace

AgreementRows make_agreement_rows(const correction::Corrector& corrector, const AgreementOptions& options) {
  RowMaker maker(corrector);
  AgreementRows out;
  SplitMix64 seeds(options.seed);
  const std::int64_t patience = 20 * options.rows + 100;
  for (std::int64_t drawn = 0; out.rows < options.rows; ++drawn) {
    if (drawn == patience) {
      throw Error(ErrorCategory::internal, "rows for comparing with Swift", std::to_string(options.rows),
                  std::to_string(out.rows) + " whose decisions are clear");
    }
    base::throw_if_interrupted();
    AgreementRows of_row;
    // 53 bits, so that every reader of JSON keeps the seed exactly.
    const auto row = maker.make(seeds.next() >> 11U, of_row);
    if (!row) continue;
    out.lines += row->dump() + "\n";
    ++out.rows;
    out.candidates += of_row.candidates;
    out.corrected += of_row.corrected;
    out.slow_scores += of_row.slow_scores;
  }
  return out;
}

}  // namespace seben::swift
