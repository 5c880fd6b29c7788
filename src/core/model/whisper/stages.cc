// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/stages.h"

#include <charconv>

#include "seben/error.h"

namespace seben::whisper {
namespace {

[[noreturn]] void refuse(std::string_view list, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, "stages \"" + std::string(list) + "\"", expected, found);
}

bool parse_number(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// Any layers.
std::optional<Stage> parse_one(std::string_view word) {
  if (word == "convpos") return Stage{StageKind::convpos, 0, 0};
  if (word == "finalnorm") return Stage{StageKind::finalnorm, 0, 0};
  Stage stage{StageKind::layers, 0, 0};
  const auto dash = word.find('-');
  const bool good = dash == std::string_view::npos ? parse_number(word, stage.first) && parse_number(word, stage.last)
                                                   : parse_number(word.substr(0, dash), stage.first) &&
                                                         parse_number(word.substr(dash + 1), stage.last);
  return good ? std::optional(stage) : std::nullopt;
}

}  // namespace

std::string to_string(const Stage& stage) {
  if (stage.kind == StageKind::convpos) return "convpos";
  if (stage.kind == StageKind::finalnorm) return "finalnorm";
  const std::string first = std::to_string(stage.first);
  return stage.first == stage.last ? first : first + "-" + std::to_string(stage.last);
}

std::optional<Stage> parse_stage(std::string_view word, const EncoderConfig& config) {
  const std::optional<Stage> stage = parse_one(word);
  if (!stage || stage->kind != StageKind::layers) return stage;
  const bool there = stage->first >= 0 && stage->last >= stage->first && stage->last < config.layers;
  return there ? stage : std::nullopt;
}

std::vector<Stage> parse_stages(std::string_view list, const EncoderConfig& config) {
  std::vector<Stage> stages;
  for (std::size_t at = 0; at <= list.size();) {
    const auto comma = std::min(list.find(',', at), list.size());
    const std::string_view word = list.substr(at, comma - at);
    const std::optional<Stage> stage = parse_one(word);
    if (!stage) refuse(list, "convpos, finalnorm, a layer or a range of layers", "\"" + std::string(word) + "\"");
    stages.push_back(*stage);
    at = comma + 1;
  }
  if (stages.front().kind != StageKind::convpos) refuse(list, "convpos first", to_string(stages.front()));
  if (stages.size() < 2 || stages.back().kind != StageKind::finalnorm) {
    refuse(list, "finalnorm last", to_string(stages.back()));
  }
  std::int64_t next = 0;
  for (std::size_t i = 1; i + 1 < stages.size(); ++i) {
    const Stage& stage = stages[i];
    if (stage.kind != StageKind::layers || stage.first != next || stage.last < stage.first) {
      refuse(list, "layers from " + std::to_string(next), to_string(stage));
    }
    next = stage.last + 1;
  }
  if (next != config.layers) {
    refuse(list, std::to_string(config.layers) + " layers", std::to_string(next));
  }
  return stages;
}

std::vector<Stage> single_stages(const EncoderConfig& config) {
  std::vector<Stage> stages{{StageKind::convpos, 0, 0}};
  for (std::int64_t i = 0; i < config.layers; ++i) stages.push_back({StageKind::layers, i, i});
  stages.push_back({StageKind::finalnorm, 0, 0});
  return stages;
}

}  // namespace seben::whisper
