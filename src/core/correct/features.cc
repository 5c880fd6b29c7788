// SPDX-License-Identifier: Apache-2.0
#include "correct/features.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "correct/articulation.h"
#include "correct/word_context.h"
#include "text/nko/syllables.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

constexpr std::array<std::string_view, kFeatures> kNames{"is_substitution",
                                                         "is_deletion",
                                                         "is_insertion",
                                                         "changes_space",
                                                         "voicing",
                                                         "place",
                                                         "manner",
                                                         "nasality",
                                                         "height",
                                                         "backness",
                                                         "roundness",
                                                         "length",
                                                         "tone",
                                                         "articulatory_distance",
                                                         "gain",
                                                         "gain_per_frame",
                                                         "gain_rank",
                                                         "log_posterior",
                                                         "margin",
                                                         "symbol_log_prob",
                                                         "prior",
                                                         "log_support",
                                                         "language_model_gain",
                                                         "valid_before",
                                                         "valid_after",
                                                         "position",
                                                         "log_length",
                                                         "log_room"};

constexpr std::int64_t kMaxRoom = 25;
constexpr double kMaxGain = 40.0;
constexpr double kMaxLogOdds = 12.0;
constexpr double kFloor = -30.0;  // log-probabilities below say nothing more

double& at(FeatureVector& vector, Feature feature) { return vector[static_cast<std::size_t>(feature)]; }

double log_odds(double p) {
  if (!(p > 0.0)) return -kMaxLogOdds;
  if (p >= 1.0) return kMaxLogOdds;
  return std::clamp(std::log(p) - std::log1p(-p), -kMaxLogOdds, kMaxLogOdds);
}

double floored(ctc::LogProbsView log_probs, std::int64_t t, std::int64_t label) {
  return std::max(kFloor, static_cast<double>(log_probs.at(t, label)));
}

// -infinity on both sides is no difference.
double difference(double a, double b) {
  if (a == b) return 0.0;
  return std::clamp(a - b, -kMaxGain, kMaxGain);
}

double log_sum(std::span<const double> values) {
  const double high = *std::ranges::max_element(values);
  if (high == -std::numeric_limits<double>::infinity()) return high;
  return high + std::log(std::accumulate(values.begin(), values.end(), 0.0,
                                         [&](double sum, double v) { return sum + std::exp(v - high); }));
}

// Ranks of the edits by score, best 0; equal ones in their order. COPY, at 0, has none.
std::vector<std::size_t> ranks_of(std::span<const double> scores) {
  std::vector<std::size_t> order(scores.size() - 1), ranks(scores.size(), 0);
  std::iota(order.begin(), order.end(), std::size_t{1});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  for (std::size_t rank = 0; rank < order.size(); ++rank) ranks[order[rank]] = rank;
  return ranks;
}

}  // namespace

std::span<const std::string_view> feature_names() noexcept { return kNames; }

Room room_of(const ctc::LabelEdit& edit, std::span<const ctc::Symbol> symbols, std::int64_t frames) {
  const auto before = edit.position;
  const auto after = edit.position + edit.removed;
  const bool has_before = before > 0, has_after = after < static_cast<std::int64_t>(symbols.size());
  Room room{has_before ? symbols[static_cast<std::size_t>(before - 1)].last_frame + 1 : 0,
            has_after ? symbols[static_cast<std::size_t>(after)].first_frame : frames};
  room.end = std::max(room.first, room.end);
  if (edit.removed == 0 && room.end - room.first > kMaxRoom) {
    if (has_before) {
      room.end = room.first + kMaxRoom;
    } else {
      room.first = room.end - kMaxRoom;
    }
  }
  return room;
}

// One utterance being looked at: what all its candidates share, and the features of each.
class FeatureExtractor::Utterance {
 public:
  Utterance(const FeatureExtractor& owner, const Evidence& evidence)
      : owner_(owner), evidence_(evidence), total_(log_sum(evidence.scores)), ranks_(ranks_of(evidence.scores)) {
    for (const ctc::Symbol& s : evidence.symbols) labels_.push_back(s.label);
    if (owner.model_ != nullptr) read_hypothesis();
  }

  void fill(std::size_t index, FeatureVector& out) const {
    const Candidate& candidate = evidence_.candidates[index];
    const ctc::LabelEdit& edit = candidate.edit;
    describe_edit(edit, out);
    const Room room = room_of(edit, evidence_.symbols, evidence_.log_probs.frames);
    const double frames = static_cast<double>(room.end - room.first);
    const double gain = difference(evidence_.scores[index], evidence_.scores[0]);
    at(out, Feature::gain) = gain;
    at(out, Feature::gain_per_frame) = gain / std::max(1.0, frames);
    at(out, Feature::gain_rank) = std::log1p(static_cast<double>(ranks_[index]));
    at(out, Feature::log_posterior) = difference(evidence_.scores[index], total_);
    at(out, Feature::margin) = margin(edit, room);
    at(out, Feature::prior) = log_odds(candidate.prior);
    at(out, Feature::log_support) = std::log1p(static_cast<double>(candidate.support));
    if (owner_.model_ != nullptr) at(out, Feature::language_model_gain) = language_model_gain(edit);
    const WordContext words(labels_, edit, owner_.space_);
    at(out, Feature::valid_before) = words_possible(words.before()) ? 1.0 : 0.0;
    at(out, Feature::valid_after) = words_possible(words.after()) ? 1.0 : 0.0;
    const auto length = static_cast<double>(labels_.size());
    at(out, Feature::position) = static_cast<double>(edit.position) / std::max(1.0, length);
    at(out, Feature::log_length) = std::log1p(length);
    at(out, Feature::log_room) = std::log1p(frames);
  }

 private:
  [[nodiscard]] const ctc::Symbol& symbol(std::int64_t i) const {
    return evidence_.symbols[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] const std::u32string& text(std::int64_t label) const {
    return owner_.classes_[static_cast<std::size_t>(label)].code_points;
  }

  void describe_edit(const ctc::LabelEdit& edit, FeatureVector& out) const {
    const std::int64_t from = edit.removed != 0 ? symbol(edit.position).label : -1;
    switch (kind_of(edit)) {
      case EditKind::copy: return;
      case EditKind::substitution: describe_substitution(from, edit.inserted, out); break;
      case EditKind::deletion:
        at(out, Feature::is_deletion) = 1.0;
        at(out, Feature::articulatory_distance) = articulatory_weight(text(from));
        break;
      case EditKind::insertion:
        at(out, Feature::is_insertion) = 1.0;
        at(out, Feature::articulatory_distance) = articulatory_weight(text(edit.inserted));
        break;
    }
    if (owner_.space_ >= 0 && (from == owner_.space_ || edit.inserted == owner_.space_)) {
      at(out, Feature::changes_space) = 1.0;
    }
    if (edit.removed != 0) {
      const ctc::Symbol& s = symbol(edit.position);
      double sum = 0.0;
      for (std::int64_t t = s.first_frame; t <= s.last_frame; ++t) sum += floored(evidence_.log_probs, t, s.label);
      at(out, Feature::symbol_log_prob) = sum / static_cast<double>(s.last_frame - s.first_frame + 1);
    }
  }

  void describe_substitution(std::int64_t from, std::int64_t to, FeatureVector& out) const {
    const ArticulatoryDifference d = articulatory_difference(text(from), text(to));
    at(out, Feature::is_substitution) = 1.0;
    at(out, Feature::voicing) = d.voicing;
    at(out, Feature::place) = d.place;
    at(out, Feature::manner) = d.manner;
    at(out, Feature::nasality) = d.nasality;
    at(out, Feature::height) = d.height;
    at(out, Feature::backness) = d.backness;
    at(out, Feature::roundness) = d.roundness;
    at(out, Feature::length) = d.length;
    at(out, Feature::tone) = d.tone;
    at(out, Feature::articulatory_distance) = articulatory_distance(text(from), text(to));
  }

  // SUB: in the best frame of the symbol, new over old. DEL: in the worst frame of the symbol, blank over it. INS: in
  // the best frame of the room, new over blank; without room, in the better of the neighbours' frames, new over them.
  [[nodiscard]] double margin(const ctc::LabelEdit& edit, const Room& room) const {
    const ctc::LogProbsView p = evidence_.log_probs;
    if (edit.removed != 0) {
      const ctc::Symbol& s = symbol(edit.position);
      const bool deletes = edit.inserted < 0;
      const std::int64_t to = deletes ? owner_.blank_ : edit.inserted;
      double best = deletes ? -kFloor : kFloor;
      for (std::int64_t t = s.first_frame; t <= s.last_frame; ++t) {
        const double margin = floored(p, t, to) - floored(p, t, s.label);
        best = deletes ? std::min(best, margin) : std::max(best, margin);
      }
      return best;
    }
    double best = kFloor;
    for (std::int64_t t = room.first; t < room.end; ++t) {
      best = std::max(best, floored(p, t, edit.inserted) - floored(p, t, owner_.blank_));
    }
    if (room.first < room.end) return best;
    const auto against = [&](const ctc::Symbol& s, std::int64_t t) {
      best = std::max(best, floored(p, t, edit.inserted) - floored(p, t, s.label));
    };
    if (edit.position > 0) against(symbol(edit.position - 1), symbol(edit.position - 1).last_frame);
    if (edit.position < static_cast<std::int64_t>(labels_.size())) {
      against(symbol(edit.position), symbol(edit.position).first_frame);
    }
    return best;
  }

  [[nodiscard]] bool words_possible(const std::vector<std::int64_t>& labels) const {
    auto state = std::optional(nko::SyllableState::start);
    for (const std::int64_t label : labels) {
      for (const char32_t c : text(label)) {
        state = nko::next_state(*state, c);
        if (!state) return false;
      }
    }
    return *state == nko::SyllableState::start || nko::may_end(*state);
  }

  // States of the language model before each symbol, and the log-probability up to there.
  void read_hypothesis() {
    const lm::NgramModel& model = *owner_.model_;
    states_.push_back(model.start());
    sums_.push_back(0.0);
    for (const std::int64_t label : labels_) {
      lm::NgramModel::State state = states_.back();
      sums_.push_back(sums_.back() + score(state, label));
      states_.push_back(state);
    }
    lm::NgramModel::State state = states_.back();
    sums_.push_back(sums_.back() + model.end(state));
  }
  double score(lm::NgramModel::State& state, std::int64_t label) const {
    double sum = 0.0;
    for (const auto token : owner_.classes_[static_cast<std::size_t>(label)].tokens) {
      sum += owner_.model_->score(state, token);
    }
    return sum;
  }
  // From the edit on, until the model remembers nothing of it.
  [[nodiscard]] double language_model_gain(const ctc::LabelEdit& edit) const {
    const auto first = static_cast<std::size_t>(edit.position);
    lm::NgramModel::State state = states_[first];
    double sum = sums_[first];
    if (edit.inserted >= 0) sum += score(state, edit.inserted);
    for (auto i = first + static_cast<std::size_t>(edit.removed);; ++i) {
      if (state == states_[i]) return difference(sum - sums_[i], 0.0);
      if (i == labels_.size()) return difference(sum + owner_.model_->end(state), sums_[i + 1]);
      sum += score(state, labels_[i]);
    }
  }

  const FeatureExtractor& owner_;
  const Evidence& evidence_;
  double total_;
  std::vector<std::size_t> ranks_;
  std::vector<std::int64_t> labels_;
  std::vector<lm::NgramModel::State> states_;
  std::vector<double> sums_;
};

FeatureExtractor::FeatureExtractor(const nko::Vocabulary& vocabulary, const lm::NgramModel* model)
    : blank_(vocabulary.blank()), space_(vocabulary.space()), model_(model) {
  for (std::size_t c = 0; c < vocabulary.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    ClassFacts facts;
    if (label != blank_) facts.code_points = nko::decode_utf8(vocabulary.text(label), "vocabulary");
    if (model != nullptr) {
      for (const char32_t code_point : facts.code_points) facts.tokens.push_back(model->token(code_point));
    }
    classes_.push_back(std::move(facts));
  }
}

void FeatureExtractor::compute(const Evidence& evidence, std::vector<FeatureVector>& out) const {
  out.assign(evidence.candidates.size(), FeatureVector{});
  const Utterance utterance(*this, evidence);
  for (std::size_t i = 1; i < out.size(); ++i) utterance.fill(i, out[i]);
}

}  // namespace seben::correction
