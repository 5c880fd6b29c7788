// SPDX-License-Identifier: Apache-2.0
#include "evaluate/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "evaluate/eval_run.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(at, from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string::npos) return parts;
    from = to + 1;
  }
}

EvalRow parse_row(const std::string& line, const std::string& where, const std::filesystem::path& folder,
                  ReferenceText kind) {
  const std::vector<std::string> cells = split(line, '\t');
  if (cells.size() < 2 || cells.size() > 3 || cells[0].empty()) {
    throw Error(ErrorCategory::bad_data, where, "recording, tab, text[, tab, condition]",
                std::to_string(cells.size()) + " cells");
  }
  const bool nko_only = kind == ReferenceText::nko;
  EvalRow row{(folder / cells[0]).string(), nko_only ? nko::normalise(cells[1], where) : cells[1],
              cells.size() == 3 ? cells[2] : "all"};
  if (row.reference.empty()) {
    throw Error(ErrorCategory::bad_data, where, nko_only ? "a text with N'Ko letters" : "a text", "none");
  }
  if (!std::filesystem::exists(row.audio))
    throw Error(ErrorCategory::no_input, where, "a recording", "no file " + row.audio);
  return row;
}

// The utterances of one condition, "all" for every one.
std::vector<const EvalUtterance*> select(const std::string& name, const std::vector<EvalUtterance>& utterances) {
  std::vector<const EvalUtterance*> out;
  for (const EvalUtterance& u : utterances) {
    if (name == "all" || u.row.condition == name) out.push_back(&u);
  }
  return out;
}

EvalCondition summarise(const std::string& name, const Evaluation& evaluation) {
  const auto utterances = select(name, evaluation.utterances);
  EvalCondition out{name, {}};
  std::vector<nko::EditCounts> off;
  off.reserve(utterances.size());
  for (const EvalUtterance* u : utterances) off.push_back(u->characters.front());
  for (std::size_t m = 0; m < evaluation.modes.size(); ++m) {
    EvalCell cell;
    cell.mode = evaluation.modes[m];
    std::vector<nko::EditCounts> characters, words;
    for (const EvalUtterance* u : utterances) {
      characters.push_back(u->characters[m]);
      words.push_back(u->words[m]);
      const auto gain = u->characters.front().errors() - u->characters[m].errors();
      cell.better += gain > 0 ? 1 : 0;
      cell.same += gain == 0 ? 1 : 0;
      cell.worse += gain < 0 ? 1 : 0;
    }
    cell.cer = nko::error_rate(characters);
    cell.wer = nko::error_rate(words);
    cell.change = nko::rate_change(off, characters);
    out.cells.push_back(std::move(cell));
  }
  return out;
}

EvalChoices count_choices(const std::string& name, const Evaluation& evaluation) {
  EvalChoices out;
  out.condition = name;
  for (const EvalUtterance* u : select(name, evaluation.utterances)) {
    switch (u->choice.value()) {
      case ChoiceOutcome::right: ++out.right; break;
      case ChoiceOutcome::wrong: ++out.wrong; break;
      case ChoiceOutcome::none: ++out.none; break;
      case ChoiceOutcome::unlisted: ++out.unlisted; break;
      case ChoiceOutcome::unlisted_refused: ++out.unlisted_refused; break;
    }
  }
  return out;
}

EvalOracle rate_oracle(const std::string& name, const Evaluation& evaluation) {
  std::vector<nko::EditCounts> characters, words;
  for (const EvalUtterance* u : select(name, evaluation.utterances)) {
    characters.push_back(u->oracle_characters.value());
    words.push_back(u->oracle_words.value());
  }
  return {name, nko::error_rate(characters), nko::error_rate(words)};
}

void summarise(Evaluation& evaluation) {
  std::vector<std::string> names;
  for (const EvalUtterance& u : evaluation.utterances) {
    if (std::ranges::find(names, u.row.condition) == names.end()) names.push_back(u.row.condition);
  }
  if (names.size() > 1) names.emplace_back("all");
  for (const std::string& name : names) evaluation.conditions.push_back(summarise(name, evaluation));
  if (evaluation.utterances.front().oracle_characters) {
    for (const std::string& name : names) evaluation.oracles.push_back(rate_oracle(name, evaluation));
  }
  if (!evaluation.utterances.front().choice) return;
  for (const std::string& name : names) evaluation.choices.push_back(count_choices(name, evaluation));
}

nlohmann::json rate_to_json(const nko::ErrorRate& rate) {
  return {{"rate", rate.rate},
          {"low", rate.low},
          {"high", rate.high},
          {"utterances", rate.utterances},
          {"reference", rate.total.reference},
          {"substitutions", rate.total.substitutions},
          {"deletions", rate.total.deletions},
          {"insertions", rate.total.insertions}};
}

}  // namespace

std::string_view to_string(ChoiceOutcome outcome) noexcept {
  switch (outcome) {
    case ChoiceOutcome::right: return "right";
    case ChoiceOutcome::wrong: return "wrong";
    case ChoiceOutcome::none: return "none";
    case ChoiceOutcome::unlisted: return "unlisted";
    case ChoiceOutcome::unlisted_refused: return "unlisted_refused";
  }
  return "";
}

double EvalChoices::accuracy() const noexcept {
  return static_cast<double>(right) / static_cast<double>(right + wrong + none);
}

std::pair<double, double> EvalChoices::interval() const noexcept {
  constexpr double kZ = 1.959963984540054;
  const auto n = static_cast<double>(right + wrong + none);
  const double p = accuracy(), scale = 1.0 + kZ * kZ / n;
  const double middle = (p + kZ * kZ / (2.0 * n)) / scale;
  const double half = kZ / scale * std::sqrt(p * (1.0 - p) / n + kZ * kZ / (4.0 * n * n));
  return {middle - half, middle + half};
}

std::vector<EvalRow> read_eval_manifest(const std::string& path, ReferenceText kind) {
  const std::string text = base::read_text(path, std::size_t{64} << 20);
  std::vector<EvalRow> rows;
  std::size_t number = 0;
  for (std::string line : split(std::string(base::without_byte_order_mark(text)), '\n')) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    rows.push_back(
        parse_row(line, fmt::format("{}: line {}", path, number), std::filesystem::path(path).parent_path(), kind));
  }
  if (rows.empty()) throw Error(ErrorCategory::bad_data, path, "at least one recording", "none");
  return rows;
}

Evaluation evaluate(const bundle::Bundle& bundle, const EvalOptions& options, const std::vector<EvalRow>& rows,
                    const std::function<void(std::size_t done)>& progress) {
  EvalRun run(bundle, options);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    run.add(rows[i]);
    if (progress) progress(i + 1);
  }
  Evaluation out = run.finish();
  summarise(out);
  return out;
}

nlohmann::json to_json(const Evaluation& evaluation) {
  nlohmann::json conditions = nlohmann::json::array(), modes = nlohmann::json::array();
  for (const EvalCondition& c : evaluation.conditions) {
    for (const EvalCell& cell : c.cells) {
      nlohmann::json entry = {{"name", c.name}, {"cer", rate_to_json(cell.cer)}, {"wer", rate_to_json(cell.wer)}};
      if (cell.mode == "off") conditions.push_back(entry);
      entry["mode"] = cell.mode;
      entry["change"] = {{"cer", cell.change.change}, {"low", cell.change.low}, {"high", cell.change.high}};
      entry["better"] = cell.better;
      entry["same"] = cell.same;
      entry["worse"] = cell.worse;
      modes.push_back(std::move(entry));
    }
  }
  nlohmann::json utterances = nlohmann::json::array();
  for (const EvalUtterance& u : evaluation.utterances) {
    nlohmann::json texts = nlohmann::json::object();
    for (std::size_t m = 1; m < u.texts.size(); ++m) texts[evaluation.modes[m]] = u.texts[m];
    utterances.push_back({{"audio", u.row.audio},
                          {"condition", u.row.condition},
                          {"reference", u.row.reference},
                          {"hypothesis", u.texts.front()},
                          {"corrected", std::move(texts)},
                          {"errors", u.characters.front().errors()},
                          {"suspect", u.suspect}});
    if (u.choice) utterances.back()["choice"] = to_string(*u.choice);
  }
  nlohmann::json out = {{"bundle", evaluation.bundle},    {"precision", evaluation.precision},
                        {"decoder", evaluation.decoder},  {"conditions", std::move(conditions)},
                        {"modes", std::move(modes)},      {"utterances", std::move(utterances)},
                        {"failures", evaluation.failures}};
  for (const EvalOracle& o : evaluation.oracles) {
    out["oracle"].push_back({{"name", o.condition}, {"cer", rate_to_json(o.cer)}, {"wer", rate_to_json(o.wer)}});
  }
  for (const EvalChoices& c : evaluation.choices) {
    out["choices"].push_back({{"name", c.condition},
                              {"right", c.right},
                              {"wrong", c.wrong},
                              {"none", c.none},
                              {"unlisted", c.unlisted},
                              {"unlisted_refused", c.unlisted_refused}});
    if (!c.any()) continue;
    const auto [low, high] = c.interval();
    out["choices"].back().update({{"accuracy", c.accuracy()}, {"low", low}, {"high", high}});
  }
  return out;
}

}  // namespace seben::pipeline
