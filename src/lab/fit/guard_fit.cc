// SPDX-License-Identifier: Apache-2.0
#include "fit/guard_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "fit/fit.h"
#include "seben/error.h"

namespace seben::correction {
namespace {

using ctc::GuardValues;
using ctc::kGuardFeatures;
using ctc::LanguageGuard;

struct JudgedStretch {
  GuardValues values;
  bool known = false;
};

class GuardFitter {
 public:
  GuardFitter(const GuardFitInput& input, const GuardFitOptions& options) : input_(input), options_(options) {
    out_.guard.head = input.head;
    out_.guard.transitions = ctc::Transitions(input.head.classes, input.head.blank);
    for (const GuardSet& set : input.sets) {
      (set.known ? out_.guard.known : out_.guard.other).push_back(set.name);
    }
    for (const Part part : {Part::fit, Part::calibrate, Part::test}) require_both(part);
  }

  GuardFit run() {
    for_each(Part::fit, [&](const GuardSet& set, const GuardStretch& stretch) {
      if (set.known) out_.guard.transitions.add(ctc::labels_of(stretch.frames, input_.head.blank));
    });
    const double loss = weigh(values_of(Part::fit));
    choose_limit(values_of(Part::calibrate));
    for (const GuardSet& set : input_.sets) out_.test.push_back(judge(out_.guard, part_of_set(set), fps()));
    out_.area = area(values_of(Part::test));
    out_.guard.fit = summary(loss).dump();
    return std::move(out_);
  }

 private:
  [[nodiscard]] double fps() const { return input_.frames_per_second; }

  template <typename Body>
  void for_each(Part part, Body&& body) const {
    for (const GuardSet& set : input_.sets) {
      for (const GuardRecording& recording : set.recordings) {
        if (part_of(recording.id) != part) continue;
        for (const GuardStretch& stretch : recording.stretches) body(set, stretch);
      }
    }
  }

  void require_both(Part part) const {
    std::int64_t known = 0, other = 0;
    for_each(part, [&](const GuardSet& set, const GuardStretch&) { ++(set.known ? known : other); });
    if (known > 0 && other > 0) return;
    throw Error(ErrorCategory::bad_data, "recordings",
                "stretches of both kinds for fitting, calibrating and testing (more recordings)",
                fmt::format("{} known and {} others in the part for {}", known, other,
                            part == Part::fit         ? "fitting"
                            : part == Part::calibrate ? "calibrating"
                                                      : "testing"));
  }

  // In the fit part a known stretch is among those that the transitions were counted on.
  [[nodiscard]] std::vector<JudgedStretch> values_of(Part part) const {
    std::vector<JudgedStretch> out;
    for_each(part, [&](const GuardSet& set, const GuardStretch& stretch) {
      const bool seen = part == Part::fit && set.known;
      out.push_back(
          {ctc::guard_values(stretch.frames, input_.head.blank, fps(), out_.guard.transitions, seen), set.known});
    });
    return out;
  }

  // Features in units of their deviation, then the weights; returns the mean loss.
  double weigh(const std::vector<JudgedStretch>& rows) {
    const auto count = static_cast<double>(rows.size());
    auto& features = out_.guard.features;
    for (std::size_t f = 0; f < features.size(); ++f) {
      double mean = 0.0, variance = 0.0;
      for (const JudgedStretch& row : rows) mean += row.values[f] / count;
      for (const JudgedStretch& row : rows) variance += (row.values[f] - mean) * (row.values[f] - mean) / count;
      features[f] = {mean, std::max(std::sqrt(variance), 1e-6), 0.0};
    }
    std::vector<double> inputs;
    std::vector<std::uint8_t> targets;
    for (const JudgedStretch& row : rows) {
      for (std::size_t f = 0; f < features.size(); ++f) {
        inputs.push_back((row.values[f] - features[f].mean) / features[f].deviation);
      }
      targets.push_back(row.known ? 1 : 0);
    }
    const LogisticFit fit = fit_logistic({inputs, targets, features.size()}, options_.logistic);
    for (std::size_t f = 0; f < features.size(); ++f) features[f].weight = fit.model.weights[f];
    out_.guard.bias = fit.model.bias;
    return fit.loss / count;
  }

  // The largest limit that refuses no more of the known stretches than is allowed.
  void choose_limit(const std::vector<JudgedStretch>& rows) {
    std::vector<double> scores;
    for (const JudgedStretch& row : rows) {
      if (row.known) scores.push_back(out_.guard.score(row.values));
    }
    std::ranges::sort(scores);
    const auto allowed = static_cast<std::size_t>(options_.most_refused * static_cast<double>(scores.size()));
    out_.guard.limit = scores[std::min(allowed, scores.size() - 1)];
  }

  [[nodiscard]] static GuardSet part_of_set(const GuardSet& set) {
    GuardSet out{set.name, set.known, {}};
    std::ranges::copy_if(set.recordings, std::back_inserter(out.recordings),
                         [](const GuardRecording& r) { return part_of(r.id) == Part::test; });
    return out;
  }

  [[nodiscard]] double area(const std::vector<JudgedStretch>& rows) const {
    double pairs = 0.0, won = 0.0;
    for (const JudgedStretch& known : rows) {
      if (!known.known) continue;
      const double score = out_.guard.score(known.values);
      for (const JudgedStretch& other : rows) {
        if (other.known) continue;
        const double theirs = out_.guard.score(other.values);
        ++pairs;
        won += score > theirs ? 1.0 : score == theirs ? 0.5 : 0.0;
      }
    }
    return won / pairs;
  }

  [[nodiscard]] nlohmann::json summary(double loss) const {
    nlohmann::json sets = nlohmann::json::array();
    for (const GuardSetResult& r : out_.test) {
      sets.push_back({{"name", r.name},
                      {"known", r.known},
                      {"recordings", r.recordings},
                      {"seconds", r.seconds},
                      {"stretches", r.stretches},
                      {"refused", r.refused},
                      {"words", r.words},
                      {"refused_words", r.refused_words}});
    }
    return {{"test", sets},
            {"area", out_.area},
            {"fit_loss", loss},
            {"most_refused", options_.most_refused},
            {"l2", options_.logistic.l2}};
  }

  const GuardFitInput& input_;
  const GuardFitOptions& options_;
  GuardFit out_;
};

}  // namespace

GuardSetResult judge(const LanguageGuard& guard, const GuardSet& set, double frames_per_second) {
  GuardSetResult out;
  out.name = set.name;
  out.known = set.known;
  for (const GuardRecording& recording : set.recordings) {
    ++out.recordings;
    out.seconds += recording.seconds;
    for (const GuardStretch& stretch : recording.stretches) {
      ++out.stretches;
      out.words += stretch.words;
      const GuardValues values =
          ctc::guard_values(stretch.frames, guard.head.blank, frames_per_second, guard.transitions);
      if (guard.score(values) >= guard.limit) continue;
      ++out.refused;
      out.refused_words += stretch.words;
    }
  }
  return out;
}

GuardFit fit_guard(const GuardFitInput& input, const GuardFitOptions& options) {
  return GuardFitter(input, options).run();
}

}  // namespace seben::correction
