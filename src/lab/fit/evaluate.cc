// SPDX-License-Identifier: Apache-2.0
#include "fit/evaluate.h"

#include <algorithm>

#include "correct/edit_distance.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

constexpr std::size_t kExamples = 12;
constexpr double kConfidence = 0.95;

std::string text_of(std::span<const std::int64_t> labels, const nko::Vocabulary& vocabulary) {
  std::string text;
  for (const std::int64_t label : labels) text += vocabulary.text(label);
  return text;
}

ctc::Labels labels_of(std::span<const ctc::Symbol> symbols) {
  ctc::Labels labels;
  for (const ctc::Symbol& s : symbols) labels.push_back(s.label);
  return labels;
}

void keep_most_confident(std::vector<CorrectedExample>& examples) {
  std::ranges::stable_sort(examples, [](const auto& a, const auto& b) { return a.probability > b.probability; });
  examples.resize(std::min(kExamples, examples.size()));
}

}  // namespace

Trajectory trajectory(const Corrector& unbound, ctc::LogProbsView log_probs, std::span<const ctc::Symbol> symbols,
                      const std::string& reference, Proposals& memory) {
  const nko::Vocabulary& vocabulary = unbound.proposer().vocabulary();
  const std::u32string said = nko::decode_utf8(reference, "reference");
  const auto distance = [&](const ctc::Labels& labels) {
    return edit_distance(nko::decode_utf8(text_of(labels, vocabulary), "hypothesis"), said);
  };
  ctc::Labels labels = labels_of(symbols);
  Trajectory out;
  out.reference = static_cast<std::int64_t>(said.size());
  out.errors.push_back(distance(labels));
  const Correction correction = unbound.correct(log_probs, symbols, {}, memory);
  for (const AppliedEdit& edit : correction.edits) {
    labels = ctc::apply(labels, {edit.position, edit.from >= 0 ? 1 : 0, edit.to});
    out.errors.push_back(distance(labels));
    out.reach.push_back(std::min(edit.probability, out.reach.empty() ? 1.0 : out.reach.back()));
  }
  return out;
}

void TestPart::add(const Row& row, ctc::LogProbsView log_probs, const std::vector<ctc::Symbol>& symbols) {
  const nko::Vocabulary& vocabulary = corrector_.proposer().vocabulary();
  const std::string& said = *row.reference;
  const nko::EditCounts before = nko::count_edits(said, row.hypothesis, nko::Unit::code_point);
  before_.push_back(before);
  for (const Mode mode : kModes) {
    ModeRecord& record = modes_[static_cast<std::size_t>(mode)];
    const Correction correction = corrector_.correct(log_probs, symbols, {mode, {}, 0}, memory_);
    const std::string text = text_of(labels_of(correction.symbols), vocabulary);
    record.counts.push_back(nko::count_edits(said, text, nko::Unit::code_point));
    const auto gain = before.errors() - record.counts.back().errors();
    record.better += gain > 0 ? 1 : 0;
    record.same += gain == 0 ? 1 : 0;
    record.worse += gain < 0 ? 1 : 0;
    record.changed += correction.edits.empty() ? 0 : 1;
    if (mode != Mode::balanced || gain == 0) continue;
    (gain > 0 ? better_ : worse_).push_back({row.id, said, row.hypothesis, text, correction.edits.front().probability});
  }
  if (symbols.empty()) return;
  corrector_.proposer().propose(log_probs, symbols, memory_);
  judge_candidates(nko::decode_utf8(said, row.where));
}

void TestPart::judge_candidates(const std::u32string& reference) {
  const nko::Vocabulary& vocabulary = corrector_.proposer().vocabulary();
  const auto distance = [&](const ctc::Labels& labels) {
    return edit_distance(nko::decode_utf8(text_of(labels, vocabulary), "hypothesis"), reference);
  };
  const std::int64_t before = distance(memory_.labels);
  for (std::size_t i = 1; i < memory_.candidates.size(); ++i) {
    const double p = corrector_.ranker().probability(memory_.features[i]);
    BinRecord& bin = bins_[std::min(kBins - 1, static_cast<std::size_t>(p * static_cast<double>(kBins)))];
    bin.predicted += p;
    ++bin.count;
    bin.observed += distance(ctc::apply(memory_.labels, memory_.candidates[i].edit)) < before ? 1 : 0;
  }
}

void TestPart::finish(FitReport& report) const {
  if (before_.empty()) throw Error(ErrorCategory::bad_data, "test part", "at least one usable utterance", "none");
  report.before = nko::error_rate(before_);
  for (const Mode mode : kModes) {
    const ModeRecord& record = modes_[static_cast<std::size_t>(mode)];
    const nko::RateChange change = nko::rate_change(before_, record.counts);
    ModeResult result;
    result.mode = mode;
    result.threshold = corrector_.ranker().threshold(mode);
    result.cer = nko::error_rate(record.counts);
    result.change = change.change;
    result.low = change.low;
    result.high = change.high;
    result.better = record.better;
    result.same = record.same;
    result.worse = record.worse;
    result.changed = record.changed;
    result.worse_bound = upper_bound(record.worse, static_cast<std::int64_t>(before_.size()), kConfidence);
    report.modes.push_back(result);
  }
  for (std::size_t b = 0; b < kBins; ++b) {
    const auto count = static_cast<double>(std::max<std::int64_t>(1, bins_[b].count));
    report.reliability.push_back({static_cast<double>(b) / kBins, static_cast<double>(b + 1) / kBins, bins_[b].count,
                                  bins_[b].predicted / count, static_cast<double>(bins_[b].observed) / count});
  }
  report.better = better_;
  report.worse = worse_;
  keep_most_confident(report.better);
  keep_most_confident(report.worse);
}

}  // namespace seben::correction
