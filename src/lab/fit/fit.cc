// SPDX-License-Identifier: Apache-2.0
#include "fit/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/sha256.h"
#include "correct/edit_distance.h"
#include "correct/place.h"
#include "fit/evaluate.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

std::uint64_t hash_of(std::string_view id) {
  const std::string hex = base::sha256_hex(std::as_bytes(std::span(id.data(), id.size())));
  return std::stoull(hex.substr(0, 15), nullptr, 16);
}

std::u32string letters_of(std::span<const std::int64_t> labels, const nko::Vocabulary& vocabulary) {
  std::u32string text;
  for (const std::int64_t label : labels) text += nko::decode_utf8(vocabulary.text(label), "vocabulary");
  return text;
}

// What the fit part has taught so far: one row of features and one verdict for each edit of each utterance.
struct Examples {
  std::vector<FeatureVector> features;
  std::vector<std::uint8_t> improves;
};

class Fitter {
 public:
  Fitter(const FitInput& input, const FitOptions& options,
         const std::function<void(std::size_t, std::size_t)>& progress)
      : input_(input), options_(options), progress_(progress) {
    for (const Row& row : input.rows) {
      if (!row.reference || row.reference->empty()) {
        throw Error(ErrorCategory::bad_data, row.where + ": reference", "the text that was said", "none");
      }
      parts_[static_cast<std::size_t>(part_of(row.id))].push_back(&row);
    }
    // Sums of floating-point numbers depend on their order: by id, equal rows in any order make equal models.
    for (auto& part : parts_) std::ranges::sort(part, {}, &Row::id);
    for (const Part part : {Part::fit, Part::calibrate, Part::test}) {
      const auto count = rows(part).size();
      out_.report.utterances[static_cast<std::size_t>(part)] = static_cast<std::int64_t>(count);
      if (count == 0) {
        throw Error(ErrorCategory::bad_data, "rows", "utterances for fitting, calibrating and testing",
                    fmt::format("{} in all, none of them in one of the parts", input.rows.size()));
      }
    }
  }

  FitResult run() {
    learn_weights(collect());
    set_thresholds();
    measure();
    return std::move(out_);
  }

 private:
  [[nodiscard]] const std::vector<const Row*>& rows(Part part) const { return parts_[static_cast<std::size_t>(part)]; }

  void tick() {
    ++done_;
    if (progress_) progress_(done_, input_.rows.size());
  }

  [[nodiscard]] ConfusionMaps mine_without(std::size_t fold, std::size_t folds) const {
    std::vector<TextPair> pairs;
    for (const Row* row : rows(Part::fit)) {
      if (folds == 0 || hash_of(row->id) / 1000 % folds != fold) {
        pairs.push_back({row->hypothesis, *row->reference, row->where});
      }
    }
    return mine(pairs, input_.vocabulary, options_.mine).maps;
  }

  // Frames and symbols of a row, or nothing (and counted) when it cannot take part.
  std::optional<std::vector<ctc::Symbol>> load(const Row& row, ctc::LogProbs& log_probs) {
    log_probs = read_log_probs(row, input_.vocabulary);
    auto symbols = place(log_probs.view(), row.hypothesis, input_.vocabulary);
    if (symbols && static_cast<std::int64_t>(symbols->size()) <= options_.limits.max_symbols) return symbols;
    ++out_.report.skipped;
    return std::nullopt;
  }

  Examples collect() {
    const auto folds = static_cast<std::size_t>(std::max(2, options_.folds));
    std::vector<Proposer> proposers;
    for (std::size_t f = 0; f < folds; ++f) {
      proposers.emplace_back(mine_without(f, folds), input_.vocabulary, limits(), input_.model);
    }
    Examples out;
    Proposals found;
    ctc::LogProbs log_probs;
    for (const Row* row : rows(Part::fit)) {
      tick();
      const auto symbols = load(*row, log_probs);
      if (!symbols || symbols->empty()) continue;
      proposers[hash_of(row->id) / 1000 % folds].propose(log_probs.view(), *symbols, found);
      judge(found, nko::decode_utf8(*row->reference, row->where), out);
    }
    return out;
  }

  void judge(const Proposals& found, const std::u32string& reference, Examples& out) const {
    const auto before = edit_distance(letters_of(found.labels, input_.vocabulary), reference);
    for (std::size_t i = 1; i < found.candidates.size(); ++i) {
      const auto labels = ctc::apply(found.labels, found.candidates[i].edit);
      const bool improves = edit_distance(letters_of(labels, input_.vocabulary), reference) < before;
      out.features.push_back(found.features[i]);
      out.improves.push_back(improves ? 1 : 0);
    }
  }

  void learn_weights(const Examples& examples) {
    out_.report.candidates = static_cast<std::int64_t>(examples.improves.size());
    out_.report.improving = std::ranges::count(examples.improves, std::uint8_t{1});
    Ranker& ranker = out_.ranker;
    const auto names = feature_names();
    const auto count = static_cast<double>(std::max<std::size_t>(1, examples.features.size()));
    for (std::size_t i = 0; i < kFeatures; ++i) {
      double sum = 0.0, squares = 0.0;
      for (const FeatureVector& v : examples.features) sum += v[i];
      const double mean = sum / count;
      for (const FeatureVector& v : examples.features) squares += (v[i] - mean) * (v[i] - mean);
      const double deviation = std::sqrt(squares / count);
      // A feature that never varies teaches nothing; its weight comes out as 0.
      ranker.features.push_back({std::string(names[i]), mean, deviation > 1e-12 ? deviation : 1.0, 0.0});
    }
    std::vector<double> inputs;
    inputs.reserve(examples.features.size() * kFeatures);
    for (const FeatureVector& v : examples.features) {
      for (std::size_t i = 0; i < kFeatures; ++i) {
        inputs.push_back((v[i] - ranker.features[i].mean) / ranker.features[i].deviation);
      }
    }
    out_.report.logistic = fit_logistic({inputs, examples.improves, kFeatures}, options_.logistic);
    const LogisticModel& model = out_.report.logistic.model;
    for (std::size_t i = 0; i < kFeatures; ++i) ranker.features[i].weight = model.weights[i];
    ranker.bias = model.bias;
    ranker.limits = options_.limits;
    ranker.confusions = mine_without(0, 0);
    ranker.head = input_.head;
    if (input_.model) ranker.language_model = {input_.model->order(), input_.model_digest};
  }

  void set_thresholds() {
    const Corrector unbound(out_.ranker, input_.vocabulary, input_.model);  // all thresholds are still 0
    std::vector<Trajectory> trajectories;
    Proposals memory;
    ctc::LogProbs log_probs;
    for (const Row* row : rows(Part::calibrate)) {
      tick();
      const auto symbols = load(*row, log_probs);
      if (symbols) trajectories.push_back(trajectory(unbound, log_probs.view(), *symbols, *row->reference, memory));
    }
    Calibration calibration = calibrate(trajectories, options_.calibration);
    out_.ranker.thresholds = calibration.thresholds;
    out_.report.curve = std::move(calibration.curve);
  }

  void measure() {
    const Corrector corrector(out_.ranker, input_.vocabulary, input_.model);
    TestPart test(corrector);
    ctc::LogProbs log_probs;
    for (const Row* row : rows(Part::test)) {
      tick();
      const auto symbols = load(*row, log_probs);
      if (symbols) test.add(*row, log_probs.view(), *symbols);
    }
    test.finish(out_.report);
  }

  [[nodiscard]] GenerateLimits limits() const { return {options_.limits.max_candidates}; }

  const FitInput& input_;
  const FitOptions& options_;
  const std::function<void(std::size_t, std::size_t)>& progress_;
  std::array<std::vector<const Row*>, 3> parts_;
  std::size_t done_ = 0;
  FitResult out_;
};

}  // namespace

Part part_of(std::string_view id) {
  const std::uint64_t place = hash_of(id) % 4;
  return place < 2 ? Part::fit : place == 2 ? Part::calibrate : Part::test;
}

FitResult fit(const FitInput& input, const FitOptions& options,
              const std::function<void(std::size_t done, std::size_t total)>& progress) {
  return Fitter(input, options, progress).run();
}

}  // namespace seben::correction
