// SPDX-License-Identifier: Apache-2.0
#include "evaluate/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "seben/error.h"

namespace seben::pipeline {
namespace {

using UtterancePair = std::pair<const EvalUtterance*, const EvalUtterance*>;

struct SharedMode {
  std::string name;
  std::size_t before = 0, after = 0;
};

std::vector<SharedMode> shared_modes(const Evaluation& before, const Evaluation& after) {
  std::vector<SharedMode> out;
  for (std::size_t i = 0; i < after.modes.size(); ++i) {
    const auto found = std::ranges::find(before.modes, after.modes[i]);
    if (found == before.modes.end()) continue;
    out.push_back({after.modes[i], static_cast<std::size_t>(found - before.modes.begin()), i});
  }
  return out;
}

ComparedCell compare_cell(const std::string& condition, const SharedMode& mode,
                          const std::vector<UtterancePair>& pairs) {
  ComparedCell out;
  out.condition = condition;
  out.mode = mode.name;
  out.utterances = static_cast<std::int64_t>(pairs.size());
  std::vector<nko::EditCounts> characters[2], words[2];
  for (const auto& [before, after] : pairs) {
    characters[0].push_back(before->characters[mode.before]);
    characters[1].push_back(after->characters[mode.after]);
    words[0].push_back(before->words[mode.before]);
    words[1].push_back(after->words[mode.after]);
    const bool was = characters[0].back().errors() == 0, is = characters[1].back().errors() == 0;
    out.right_before += was ? 1 : 0;
    out.right_after += is ? 1 : 0;
    out.only_before += was && !is ? 1 : 0;
    out.only_after += is && !was ? 1 : 0;
  }
  out.before = nko::error_rate(characters[0]);
  out.after = nko::error_rate(characters[1]);
  out.characters = nko::rate_change(characters[0], characters[1]);
  out.words = nko::rate_change(words[0], words[1]);
  out.p = exact_mcnemar(out.only_before, out.only_after);
  return out;
}

nlohmann::json change_json(const nko::RateChange& c) {
  return {{"change", c.change}, {"low", c.low}, {"high", c.high}};
}

std::string percent_points(const nko::RateChange& c) {
  return fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", 100.0 * c.change, 100.0 * c.low, 100.0 * c.high);
}

}  // namespace

double exact_mcnemar(std::int64_t one, std::int64_t other) {
  const auto n = static_cast<double>(one + other);
  double tail = 0.0;  // P(at most the smaller of n fair throws)
  for (std::int64_t k = 0; k <= std::min(one, other); ++k) {
    const auto x = static_cast<double>(k);
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(x + 1.0) - std::lgamma(n - x + 1.0) - n * std::log(2.0));
  }
  return std::min(1.0, 2.0 * tail);
}

Comparison compare(const Evaluation& before, const Evaluation& after) {
  Comparison out;
  out.before = before.bundle;
  out.after = after.bundle;
  std::multimap<std::string, const EvalUtterance*> waiting;
  for (const EvalUtterance& u : before.utterances) waiting.emplace(u.row.audio, &u);
  std::vector<std::string> conditions;
  std::map<std::string, std::vector<UtterancePair>> by_condition;
  std::vector<UtterancePair> all;
  for (const EvalUtterance& u : after.utterances) {
    const auto found = waiting.find(u.row.audio);
    if (found == waiting.end()) {
      ++out.unpaired;
      continue;
    }
    if (!by_condition.contains(u.row.condition)) conditions.push_back(u.row.condition);
    by_condition[u.row.condition].emplace_back(found->second, &u);
    all.emplace_back(found->second, &u);
    waiting.erase(found);
  }
  out.unpaired += static_cast<std::int64_t>(waiting.size());
  if (all.empty()) {
    throw Error(ErrorCategory::incomplete, "comparison", "a recording that both bundles have transcribed", "none");
  }
  const auto modes = shared_modes(before, after);
  for (const std::string& condition : conditions) {
    for (const SharedMode& mode : modes) out.cells.push_back(compare_cell(condition, mode, by_condition[condition]));
  }
  if (conditions.size() > 1) {
    for (const SharedMode& mode : modes) out.cells.push_back(compare_cell("all", mode, all));
  }
  return out;
}

nlohmann::json to_json(const Comparison& comparison) {
  nlohmann::json cells = nlohmann::json::array();
  for (const ComparedCell& c : comparison.cells) {
    cells.push_back({{"condition", c.condition},
                     {"mode", c.mode},
                     {"utterances", c.utterances},
                     {"cer_before", c.before.rate},
                     {"cer_after", c.after.rate},
                     {"cer", change_json(c.characters)},
                     {"wer", change_json(c.words)},
                     {"right_before", c.right_before},
                     {"right_after", c.right_after},
                     {"only_before", c.only_before},
                     {"only_after", c.only_after},
                     {"mcnemar_p", c.p}});
  }
  return {{"before", comparison.before},
          {"after", comparison.after},
          {"unpaired", comparison.unpaired},
          {"cells", std::move(cells)}};
}

std::string comparison_table(const Comparison& comparison) {
  std::string out =
      fmt::format("{} -> {}, paired over the same recordings; changes in percentage points with 95 % intervals\n",
                  comparison.before, comparison.after);
  out += fmt::format("{:<16} {:<13} {:>6} {:>8} {:>8} {:<24} {:<24} {:>13} {:>9}\n", "condition", "mode", "clips",
                     "CER %", "CER %", "change of CER", "change of WER", "exactly right", "p");
  for (const ComparedCell& c : comparison.cells) {
    out += fmt::format("{:<16} {:<13} {:>6} {:>8.2f} {:>8.2f} {:<24} {:<24} {:>5} -> {:>4} {:>9.2g}\n", c.condition,
                       c.mode, c.utterances, 100.0 * c.before.rate, 100.0 * c.after.rate, percent_points(c.characters),
                       percent_points(c.words), c.right_before, c.right_after, c.p);
  }
  if (comparison.unpaired > 0) {
    out += fmt::format("{} recordings were transcribed by one of them only\n", comparison.unpaired);
  }
  return out;
}

}  // namespace seben::pipeline
