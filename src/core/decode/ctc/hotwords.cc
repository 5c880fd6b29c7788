// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/hotwords.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "seben/error.h"

namespace seben::ctc {
namespace {

void check(const Hotword& phrase, const nko::Vocabulary& vocabulary, std::size_t number) {
  const std::string where = "hotword " + std::to_string(number);
  const auto fail = [&](const std::string& expected, const std::string& found) {
    throw Error(ErrorCategory::bad_data, where, expected, found);
  };
  if (phrase.labels.empty()) fail("at least one symbol", "none");
  for (const std::int64_t label : phrase.labels) {
    if (label < 0 || label >= static_cast<std::int64_t>(vocabulary.size()) || label == vocabulary.blank()) {
      fail("classes that are written", std::to_string(label));
    }
  }
  if (phrase.labels.front() == vocabulary.space() || phrase.labels.back() == vocabulary.space()) {
    fail("no space at its ends", "one");
  }
  if (!(phrase.boost > 0.0) || !std::isfinite(phrase.boost)) {
    fail("a boost above 0", std::to_string(phrase.boost));
  }
}

}  // namespace

Hotwords::Hotwords(std::span<const Hotword> phrases, const nko::Vocabulary& vocabulary)
    : classes_(vocabulary.size()), space_(vocabulary.space()) {
  if (phrases.empty()) return;
  std::size_t labels = 0;
  for (const Hotword& phrase : phrases) labels += std::min(phrase.labels.size(), kMaxLabels + 1);
  if (labels > kMaxLabels) {
    throw Error(ErrorCategory::bad_data, "hotwords", "at most " + std::to_string(kMaxLabels) + " symbols in all",
                std::to_string(labels));
  }
  (void)make_state();
  for (std::size_t i = 0; i < phrases.size(); ++i) add(phrases[i], vocabulary, i + 1);
  link();
  start_ = space_ < 0 ? 0 : next(0, space_);  // the beginning of a text is as good as a space
}

Hotwords::State Hotwords::make_state() {
  next_.resize(next_.size() + classes_, 0);
  shares_.push_back(0.0);
  boosts_.push_back(0.0);
  return static_cast<State>(shares_.size() - 1);
}

// The trie of the phrases, each between two spaces. 0 is its root and stands for "no child" until it is linked.
void Hotwords::add(const Hotword& phrase, const nko::Vocabulary& vocabulary, std::size_t number) {
  check(phrase, vocabulary, number);
  const std::size_t bounds = space_ < 0 ? 0 : 1;
  std::vector<std::int64_t> labels(bounds, space_);
  labels.insert(labels.end(), phrase.labels.begin(), phrase.labels.end());
  labels.insert(labels.end(), bounds, space_);
  const auto whole = static_cast<double>(phrase.labels.size() + bounds);
  State at = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (next(at, labels[i]) == 0) {
      const State made = make_state();
      next(at, labels[i]) = made;
    }
    at = next(at, labels[i]);
    const auto read = static_cast<double>(i + 1 - bounds);
    if (i + 1 < labels.size()) shares_[at] = std::max(shares_[at], phrase.boost * read / whole);
  }
  if (boosts_[at] != 0.0) {
    throw Error(ErrorCategory::bad_data, "hotword " + std::to_string(number), "a phrase that is not there yet",
                "one that is");
  }
  boosts_[at] = phrase.boost;
}

// Breadth first: where a state does not go on, its longest shorter end does.
void Hotwords::link() {
  std::vector<State> shorter(shares_.size(), 0), queue;
  const auto classes = static_cast<std::int64_t>(classes_);
  for (std::int64_t c = 0; c < classes; ++c) {
    if (next(0, c) != 0) queue.push_back(next(0, c));
  }
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const State at = queue[i];
    boosts_[at] += boosts_[shorter[at]];
    shares_[at] = std::max(shares_[at], shares_[shorter[at]]);
    for (std::int64_t c = 0; c < classes; ++c) {
      const State otherwise = next(shorter[at], c);
      State& child = next(at, c);
      if (child == 0) {
        child = otherwise;
      } else {
        shorter[child] = otherwise;
        queue.push_back(child);
      }
    }
  }
}

double Hotwords::advance(State& state, std::int64_t label) const noexcept {
  const State from = state;
  state = next(from, label);
  return boosts_[state] + shares_[state] - shares_[from];
}

double Hotwords::finish(State state) const noexcept {
  if (empty()) return 0.0;
  return (space_ < 0 ? 0.0 : boosts_[next(state, space_)]) - shares_[state];
}

}  // namespace seben::ctc
