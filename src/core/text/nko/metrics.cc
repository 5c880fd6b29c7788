// SPDX-License-Identifier: Apache-2.0
#include "text/nko/metrics.h"

#include <algorithm>

#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::nko {
namespace {

std::vector<std::string> units_of(std::string_view text, Unit unit, const std::string& source) {
  if (unit == Unit::grapheme) return graphemes(text, source);
  if (unit == Unit::word) return words(text);
  std::vector<std::string> out;
  for (const char32_t c : decode_utf8(text, source)) out.push_back(encode_utf8(c));
  return out;
}

// splitmix64 (Steele et al. 2014): the same numbers on every platform, unlike the standard library's distributions.
std::uint64_t next_random(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15U;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

struct Cell {
  std::int64_t errors, substitutions, deletions, insertions;
};

double rate_of(std::int64_t errors, std::int64_t reference) {
  return static_cast<double>(errors) / static_cast<double>(std::max<std::int64_t>(1, reference));
}

struct Interval {
  double low, high;
};

// 95 % of the bootstrap samples; `fallback` when there are none.
Interval interval_of(std::vector<double> samples, double fallback) {
  if (samples.empty()) return {fallback, fallback};
  std::ranges::sort(samples);
  const auto percentile = [&](double p) {
    return samples[static_cast<std::size_t>(p * static_cast<double>(samples.size() - 1))];
  };
  return {percentile(0.025), percentile(0.975)};
}

}  // namespace

EditCounts& EditCounts::operator+=(const EditCounts& other) noexcept {
  substitutions += other.substitutions;
  deletions += other.deletions;
  insertions += other.insertions;
  reference += other.reference;
  return *this;
}

EditCounts count_edits(std::string_view reference, std::string_view hypothesis, Unit unit) {
  const auto r = units_of(reference, unit, "reference"), h = units_of(hypothesis, unit, "hypothesis");
  std::vector<Cell> row(h.size() + 1), before;
  for (std::size_t j = 0; j <= h.size(); ++j)
    row[j] = {static_cast<std::int64_t>(j), 0, 0, static_cast<std::int64_t>(j)};
  for (std::size_t i = 1; i <= r.size(); ++i) {
    before = row;
    row[0] = {static_cast<std::int64_t>(i), 0, static_cast<std::int64_t>(i), 0};
    for (std::size_t j = 1; j <= h.size(); ++j) {
      Cell best = before[j - 1];
      if (r[i - 1] != h[j - 1]) {
        ++best.errors;
        ++best.substitutions;
      }
      if (before[j].errors + 1 < best.errors) {
        best = before[j];
        ++best.errors;
        ++best.deletions;
      }
      if (row[j - 1].errors + 1 < best.errors) {
        best = row[j - 1];
        ++best.errors;
        ++best.insertions;
      }
      row[j] = best;
    }
  }
  const Cell& last = row.back();
  return {last.substitutions, last.deletions, last.insertions, static_cast<std::int64_t>(r.size())};
}

ErrorRate error_rate(const std::vector<EditCounts>& utterances, int rounds, std::uint64_t seed) {
  ErrorRate out;
  for (const EditCounts& u : utterances) out.total += u;
  out.utterances = static_cast<std::int64_t>(utterances.size());
  if (out.total.reference == 0) {
    throw Error(ErrorCategory::bad_data, "error rate", "a reference with text",
                std::to_string(utterances.size()) + " utterances without any");
  }
  out.rate = rate_of(out.total.errors(), out.total.reference);
  std::vector<double> samples;
  std::uint64_t state = seed;
  for (int round = 0; round < rounds; ++round) {
    std::int64_t errors = 0, reference = 0;
    for (std::size_t i = 0; i < utterances.size(); ++i) {
      const EditCounts& picked = utterances[next_random(state) % utterances.size()];
      errors += picked.errors();
      reference += picked.reference;
    }
    samples.push_back(rate_of(errors, reference));
  }
  const auto [low, high] = interval_of(std::move(samples), out.rate);
  out.low = low;
  out.high = high;
  return out;
}

RateChange rate_change(const std::vector<EditCounts>& before, const std::vector<EditCounts>& after, int rounds,
                       std::uint64_t seed) {
  if (before.size() != after.size()) {
    throw Error(ErrorCategory::bad_data, "error rates", "the same utterances",
                std::to_string(before.size()) + " and " + std::to_string(after.size()));
  }
  std::vector<std::int64_t> differences;
  std::int64_t total = 0, reference = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    differences.push_back(after[i].errors() - before[i].errors());
    total += differences.back();
    reference += before[i].reference;
  }
  if (reference == 0) {
    throw Error(ErrorCategory::bad_data, "error rate", "a reference with text",
                std::to_string(before.size()) + " utterances without any");
  }
  RateChange out{rate_of(total, reference), 0.0, 0.0};
  std::vector<double> samples;
  std::uint64_t state = seed;
  for (int round = 0; round < rounds; ++round) {
    total = reference = 0;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::size_t picked = next_random(state) % before.size();
      total += differences[picked];
      reference += before[picked].reference;
    }
    samples.push_back(rate_of(total, reference));
  }
  const auto [low, high] = interval_of(std::move(samples), out.change);
  out.low = low;
  out.high = high;
  return out;
}

}  // namespace seben::nko
