// SPDX-License-Identifier: Apache-2.0
#include "pipeline/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "nko/utf8.h"

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

EvalRow parse_row(const std::string& line, const std::string& where, const std::filesystem::path& folder) {
  const std::vector<std::string> cells = split(line, '\t');
  if (cells.size() < 2 || cells.size() > 3 || cells[0].empty()) {
    throw Error(ErrorCategory::bad_data, where, "recording, tab, text[, tab, condition]",
                std::to_string(cells.size()) + " cells");
  }
  EvalRow row{(folder / cells[0]).string(), nko::normalise(cells[1], where), cells.size() == 3 ? cells[2] : "all"};
  if (row.reference.empty()) throw Error(ErrorCategory::bad_data, where, "a text with N'Ko letters", "none");
  if (!std::filesystem::exists(row.audio))
    throw Error(ErrorCategory::no_input, where, "a recording", "no file " + row.audio);
  return row;
}

EvalCondition summarise(const std::string& name, const std::vector<EvalUtterance>& utterances) {
  std::vector<nko::EditCounts> characters, words;
  for (const EvalUtterance& u : utterances) {
    if (name != "all" && u.row.condition != name) continue;
    characters.push_back(u.characters);
    words.push_back(u.words);
  }
  return {name, nko::error_rate(characters), nko::error_rate(words)};
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

std::vector<EvalRow> read_eval_manifest(const std::string& path) {
  const std::string text = base::read_text(path, std::size_t{64} << 20);
  std::vector<EvalRow> rows;
  std::size_t number = 0;
  for (std::string line : split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty() || line.starts_with('#')) continue;
    rows.push_back(
        parse_row(line, fmt::format("{}: line {}", path, number), std::filesystem::path(path).parent_path()));
  }
  if (rows.empty()) throw Error(ErrorCategory::bad_data, path, "at least one recording", "none");
  return rows;
}

Evaluation evaluate(const Transcriber& transcriber, const std::vector<EvalRow>& rows,
                    const std::function<void(std::size_t done)>& progress) {
  Evaluation out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    try {
      const Transcript transcript = transcriber.transcribe_file(rows[i].audio);
      EvalUtterance u{rows[i], nko::normalise(transcript.text, "transcript"), {}, {}, transcript.suspect};
      u.characters = nko::count_edits(u.row.reference, u.hypothesis, nko::Unit::code_point);
      u.words = nko::count_edits(u.row.reference, u.hypothesis, nko::Unit::word);
      out.utterances.push_back(std::move(u));
    } catch (const Error& error) {
      out.failures.emplace_back(error.what());
    }
    if (progress) progress(i + 1);
  }
  if (out.utterances.empty()) {
    throw Error(ErrorCategory::incomplete, "evaluation", "at least one transcribed recording", out.failures.front());
  }
  std::vector<std::string> names;
  for (const EvalUtterance& u : out.utterances) {
    if (std::ranges::find(names, u.row.condition) == names.end()) names.push_back(u.row.condition);
  }
  if (names.size() > 1) names.emplace_back("all");
  for (const std::string& name : names) out.conditions.push_back(summarise(name, out.utterances));
  return out;
}

nlohmann::json to_json(const Evaluation& evaluation) {
  nlohmann::json conditions = nlohmann::json::array(), utterances = nlohmann::json::array();
  for (const EvalCondition& c : evaluation.conditions) {
    conditions.push_back({{"name", c.name}, {"cer", rate_to_json(c.cer)}, {"wer", rate_to_json(c.wer)}});
  }
  for (const EvalUtterance& u : evaluation.utterances) {
    utterances.push_back({{"audio", u.row.audio},
                          {"condition", u.row.condition},
                          {"reference", u.row.reference},
                          {"hypothesis", u.hypothesis},
                          {"errors", u.characters.errors()},
                          {"suspect", u.suspect}});
  }
  return {{"conditions", conditions}, {"utterances", utterances}, {"failures", evaluation.failures}};
}

}  // namespace seben::pipeline
