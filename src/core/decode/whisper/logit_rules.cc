// SPDX-License-Identifier: Apache-2.0
#include "decode/whisper/logit_rules.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "seben/error.h"

namespace seben::generate {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

void forbid(std::span<float> scores, std::int64_t from, std::int64_t to) {
  const auto size = static_cast<std::int64_t>(scores.size());
  from = std::clamp<std::int64_t>(from, 0, size);
  to = std::clamp<std::int64_t>(to, from, size);
  std::fill(scores.begin() + from, scores.begin() + to, kNever);
}

double log_sum_exp(std::span<const float> scores) {
  const float top = scores.empty() ? kNever : std::ranges::max(scores);
  if (top == kNever) return static_cast<double>(kNever);
  double sum = 0.0;
  for (const float s : scores) sum += std::exp(static_cast<double>(s - top));
  return static_cast<double>(top) + std::log(sum);
}

}  // namespace

LogitRules::LogitRules(RuleOptions options, std::int64_t vocabulary) : options_(std::move(options)) {
  const auto require = [&](const char* what, std::int32_t id) {
    if (id >= 0 && id < vocabulary) return;
    throw Error(ErrorCategory::bad_data, std::string("decoding: ") + what, "0.." + std::to_string(vocabulary - 1),
                std::to_string(id));
  };
  require("endoftext", options_.endoftext);
  for (const auto id : options_.suppress) require("suppress_tokens", id);
  for (const auto id : options_.begin_suppress) require("begin_suppress_tokens", id);
  if (options_.timestamp_begin) require("timestamp_begin", *options_.timestamp_begin);
  if (options_.notimestamps) require("notimestamps", *options_.notimestamps);
}

void LogitRules::apply(std::span<const std::int32_t> sampled, std::span<float> scores) const {
  if (sampled.empty()) {
    for (const auto id : options_.begin_suppress) scores[static_cast<std::size_t>(id)] = kNever;
  }
  for (const auto id : options_.suppress) scores[static_cast<std::size_t>(id)] = kNever;
  if (!options_.timestamp_begin) return;
  if (options_.begun.empty()) return apply_timestamps(sampled, scores);
  std::vector<std::int32_t> text = options_.begun;
  text.insert(text.end(), sampled.begin(), sampled.end());
  apply_timestamps(text, scores);
}

void LogitRules::apply_timestamps(std::span<const std::int32_t> sampled, std::span<float> scores) const {
  const std::int32_t begin = *options_.timestamp_begin;
  const auto size = static_cast<std::int64_t>(scores.size());
  const std::int64_t end = std::min<std::int64_t>(options_.timestamp_end.value_or(size), size);
  const auto is_timestamp = [&](std::int32_t id) { return id >= begin && id < end; };
  const auto forbid_text = [&](std::int64_t below) {
    forbid(scores, 0, below);
    forbid(scores, end, size);
  };
  if (options_.notimestamps) scores[static_cast<std::size_t>(*options_.notimestamps)] = kNever;
  const std::size_t n = sampled.size();
  const bool last = n >= 1 && is_timestamp(sampled[n - 1]);
  const bool one_before = n < 2 || is_timestamp(sampled[n - 2]);
  if (last && one_before) forbid(scores, begin, end);
  if (last && !one_before) forbid_text(options_.endoftext);
  const auto latest = std::find_if(sampled.rbegin(), sampled.rend(), is_timestamp);
  // The same time may come again only to open what the timestamp before has closed.
  if (latest != sampled.rend()) forbid(scores, begin, *latest + (last && !one_before ? 0 : 1));
  if (n == 0) {
    forbid_text(begin);
    if (options_.max_initial_timestamp) forbid(scores, begin + *options_.max_initial_timestamp + 1, end);
  }
  const auto part = [&](std::int64_t from, std::int64_t to) {
    return scores.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from));
  };
  const auto top = [](std::span<const float> some) { return some.empty() ? kNever : std::ranges::max(some); };
  const double text = static_cast<double>(std::max(top(part(0, begin)), top(part(end, size))));
  if (begin == 0 || log_sum_exp(part(begin, end)) > text) forbid_text(begin);
}

std::vector<LanguageProbability> language_probabilities(const tokenizer::Specials& specials,
                                                        std::span<const float> logits) {
  std::vector<float> scores;
  for (const auto& language : specials.languages) {
    if (static_cast<std::size_t>(language.id) < logits.size()) {
      scores.push_back(logits[static_cast<std::size_t>(language.id)]);
    }
  }
  const double total = log_sum_exp(scores);
  std::vector<LanguageProbability> out;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    out.emplace_back(specials.languages[i].code, std::exp(static_cast<double>(scores[i]) - total));
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &LanguageProbability::second);
  return out;
}

double probability(std::span<const float> logits, std::int32_t token) {
  return std::exp(static_cast<double>(logits[static_cast<std::size_t>(token)]) - log_sum_exp(logits));
}

}  // namespace seben::generate
