// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/fusion.h"

#include <cmath>
#include <limits>
#include <optional>

#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::ctc {
namespace {

void require_finite(double value, double lowest, const std::string& what) {
  if (!std::isfinite(value) || value < lowest) {
    throw Error(ErrorCategory::usage, what, lowest == 0.0 ? "a number of at least 0" : "a finite number",
                std::to_string(value));
  }
}

}  // namespace

Fusion::Fusion(const nko::Vocabulary& vocabulary, const BeamOptions& options)
    : options_(options), code_points_(vocabulary.size()), tokens_(vocabulary.size()) {
  require_finite(options.lm_weight, 0.0, "weight of the language model");
  require_finite(options.length_bonus, std::numeric_limits<double>::lowest(), "length bonus");
  require_finite(options.syllable_penalty, 0.0, "syllable penalty");
  any_ = options.syllables != SyllableRule::off || options.model != nullptr || options.length_bonus != 0.0 ||
         options.hotwords != nullptr;
  for (std::size_t c = 0; c < vocabulary.size(); ++c) {
    const auto label = static_cast<std::int64_t>(c);
    if (label == vocabulary.blank()) continue;
    code_points_[c] = nko::decode_utf8(vocabulary.text(label), "vocabulary");
    if (options.model == nullptr) continue;
    for (const char32_t code_point : code_points_[c]) tokens_[c].push_back(options.model->token(code_point));
  }
}

Fusion::State Fusion::start() const noexcept {
  State out;
  if (options_.model != nullptr) out.language = options_.model->start();
  if (options_.hotwords != nullptr) out.hotword = options_.hotwords->start();
  return out;
}

void Fusion::add(State& state, std::int64_t label) const {
  if (!any_) return;
  const auto c = static_cast<std::size_t>(label);
  if (options_.syllables != SyllableRule::off) add_to_syllable(state, c);
  state.score += options_.length_bonus;
  if (options_.model != nullptr) {
    double log_prob = 0.0;
    for (const lm::NgramModel::Token token : tokens_[c]) log_prob += options_.model->score(state.language, token);
    state.score += options_.lm_weight * log_prob;
  }
  if (options_.hotwords != nullptr && !options_.hotwords->empty()) {
    state.score += options_.hotwords->advance(state.hotword, label);
  }
}

void Fusion::finish(State& state) const {
  if (options_.syllables != SyllableRule::off && !nko::may_end(state.syllable)) violate(state);
  if (options_.model != nullptr && options_.lm_end) {
    state.score += options_.lm_weight * options_.model->end(state.language);
  }
  if (options_.hotwords != nullptr) state.score += options_.hotwords->finish(state.hotword);
}

void Fusion::add_to_syllable(State& state, std::size_t label) const {
  for (const char32_t c : code_points_[label]) {
    std::optional<nko::SyllableState> next = nko::next_state(state.syllable, c);
    if (!next) {
      violate(state);
      next = nko::next_state(nko::SyllableState::start, c);  // one mistake is one violation
    }
    state.syllable = next.value_or(nko::SyllableState::start);
  }
}

void Fusion::violate(State& state) const {
  if (options_.syllables == SyllableRule::forbid) {
    state.score = -std::numeric_limits<double>::infinity();
  } else {
    state.score -= options_.syllable_penalty;
  }
}

}  // namespace seben::ctc
