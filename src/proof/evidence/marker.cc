// SPDX-License-Identifier: Apache-2.0
#include "evidence/marker.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/json.h"
#include "base/sha256.h"
#include "evidence/text.h"

namespace seben::evidence {
namespace {

using base::JsonReader;

constexpr base::JsonLimits kMarkerLimits{.max_bytes = std::size_t{1} << 20, .max_depth = 6, .max_values = 20'000};
constexpr std::size_t kMostModes = 16;
constexpr std::size_t kMostStages = 512;
constexpr std::int64_t kMostCount = std::int64_t{1} << 40;

std::string digest(const JsonReader& reader, std::string_view key) {
  std::string text = reader.string(key);
  if (!base::is_sha256_hex(text)) reader.fail(key, "64 lower-case hexadecimal digits", quote(text));
  return text;
}

std::string short_string(const JsonReader& reader, std::string_view key, std::size_t most) {
  std::string text = reader.string(key);
  if (trim(text).empty() || text.size() > most) {
    reader.fail(key, fmt::format("1 to {} characters", most), fmt::format("{}", text.size()));
  }
  return text;
}

double not_negative(const JsonReader& reader, std::string_view key) {
  const double value = reader.number(key);
  if (value < 0.0) reader.fail(key, "0 or more", fmt::format("{}", value));
  return value;
}

bool is_request(std::string_view units) noexcept {
  return units == "cpu_only" || units == "cpu_and_gpu" || units == "cpu_and_ne" || units == "all";
}

std::vector<StageParity> read_stages(const JsonReader& mode) {
  std::vector<StageParity> stages;
  std::set<std::string> names;
  for (const JsonReader& stage : mode.array("stages", kMostStages)) {
    stage.as_object().refuse_unknown_keys({"name", "mse", "max_abs"});
    stages.push_back({short_string(stage, "name", 128), not_negative(stage, "mse"), not_negative(stage, "max_abs")});
    if (!names.insert(stages.back().name).second) stage.fail("name", "every stage once", "it twice");
  }
  if (stages.empty()) mode.fail("stages", "one stage or more", "none");
  return stages;
}

std::vector<ModeParity> read_modes(const JsonReader& reader) {
  std::vector<ModeParity> modes;
  std::set<std::string> units;
  for (const JsonReader& mode : reader.array("modes", kMostModes)) {
    mode.as_object().refuse_unknown_keys({"compute_units", "stages"});
    ModeParity parity;
    parity.compute_units = mode.string("compute_units");
    if (!is_request(parity.compute_units)) {
      mode.fail("compute_units", "cpu_only, cpu_and_gpu, cpu_and_ne or all", quote(parity.compute_units));
    }
    parity.stages = read_stages(mode);
    if (!units.insert(parity.compute_units).second) mode.fail("compute_units", "every mode once", "it twice");
    modes.push_back(std::move(parity));
  }
  return modes;
}

void check_consistency(const JsonReader& reader, const ProofMarker& marker) {
  const std::vector<std::string> requested = reader.strings("compute_units", kMostModes);
  if (requested.size() != marker.modes.size()) {
    reader.fail("compute_units", fmt::format("one for each of {} modes", marker.modes.size()),
                fmt::format("{}", requested.size()));
  }
  for (std::size_t i = 0; i < requested.size(); ++i) {
    if (requested[i] != marker.modes[i].compute_units) {
      reader.fail("compute_units", "the words of the modes, in their order", "another one");
    }
    const auto same_name = [](const StageParity& a, const StageParity& b) { return a.name == b.name; };
    const auto& first = marker.modes.front().stages;
    const auto& stages = marker.modes[i].stages;
    if (!std::equal(first.begin(), first.end(), stages.begin(), stages.end(), same_name)) {
      reader.fail("modes", "the same stages in every mode", "others in " + marker.modes[i].compute_units);
    }
  }
}

Finding beyond(std::string_view kind, std::string explanation) {
  return {std::string(kind),
          true,
          std::move(explanation),
          "",
          kind == "marker.threshold"
              ? "Find the first stage that differs (seben verify, bisection) before anything else."
              : "Run again with the model, fixture and run name that the proof was begun with.",
          "",
          0,
          "",
          1};
}

void check_parity(const ProofMarker& marker, const MarkerThresholds& thresholds, std::vector<Finding>& findings) {
  for (const ModeParity& mode : marker.modes) {
    for (const StageParity& stage : mode.stages) {
      if (!(stage.mse <= thresholds.max_stage_mse)) {
        findings.push_back(beyond(
            "marker.threshold", fmt::format("Stage {} in mode {} has mse {:.3g}, more than {:.3g}.", quote(stage.name),
                                            mode.compute_units, stage.mse, thresholds.max_stage_mse)));
      }
      if (thresholds.max_stage_abs && !(stage.max_abs <= *thresholds.max_stage_abs)) {
        findings.push_back(
            beyond("marker.threshold",
                   fmt::format("Stage {} in mode {} differs by up to {:.3g}, more than {:.3g}.", quote(stage.name),
                               mode.compute_units, stage.max_abs, *thresholds.max_stage_abs)));
      }
    }
  }
  const auto bound = [&](const char* what, double found, double most) {
    if (!(found <= most)) {
      findings.push_back(
          beyond("marker.threshold", fmt::format("The {} mse is {:.3g}, more than {:.3g}.", what, found, most)));
    }
  };
  bound("encoder", marker.encoder_mse, thresholds.max_encoder_mse);
  bound("head", marker.head_mse, thresholds.max_head_mse);
}

std::vector<std::string> stage_names(const ProofMarker& marker) {
  std::vector<std::string> names;
  if (!marker.modes.empty()) {
    for (const StageParity& stage : marker.modes.front().stages) names.push_back(stage.name);
  }
  return names;
}

}  // namespace

ProofMarker parse_marker(std::string_view text, const std::string& where) {
  const nlohmann::json json = base::parse_json(text, where, kMarkerLimits);
  const JsonReader reader(json, where);
  reader.as_object().refuse_unknown_keys({"format", "version", "run", "model_digest", "fixture_digest", "audio_samples",
                                          "compute_units", "modes", "encoder_mse", "head_mse", "frames",
                                          "nonblank_frames", "text", "candidates", "ranker"});
  if (const std::string format = reader.string("format"); format != kMarkerFormat) {
    reader.fail("format", std::string(kMarkerFormat), quote(format));
  }
  static_cast<void>(reader.integer("version", kMarkerVersion, kMarkerVersion));
  ProofMarker marker;
  marker.run = short_string(reader, "run", 64);
  marker.model_digest = digest(reader, "model_digest");
  marker.fixture_digest = digest(reader, "fixture_digest");
  marker.audio_samples = reader.integer("audio_samples", 1, kMostCount);
  marker.modes = read_modes(reader);
  if (marker.modes.empty()) reader.fail("modes", "two modes or more", "none");
  check_consistency(reader, marker);
  marker.encoder_mse = not_negative(reader, "encoder_mse");
  marker.head_mse = not_negative(reader, "head_mse");
  marker.frames = reader.integer("frames", 1, kMostCount);
  marker.nonblank_frames = reader.integer("nonblank_frames", 0, marker.frames);
  marker.text = reader.string("text");
  marker.candidates = reader.integer("candidates", 0, kMostCount);
  const JsonReader ranker = reader.object("ranker");
  ranker.refuse_unknown_keys({"accepted", "mode", "score"});
  marker.ranker_accepted = ranker.boolean("accepted");
  marker.ranker_mode = short_string(ranker, "mode", 64);
  marker.ranker_score = ranker.number("score");
  return marker;
}

std::vector<Finding> check_marker(const ProofMarker& marker, const MarkerThresholds& thresholds) {
  std::vector<Finding> findings;
  const auto threshold = [&](bool holds, std::string explanation) {
    if (!holds) findings.push_back(beyond("marker.threshold", std::move(explanation)));
  };
  const auto same = [&](bool holds, std::string explanation) {
    if (!holds) findings.push_back(beyond("marker.contradiction", std::move(explanation)));
  };
  same(marker.audio_samples == thresholds.audio_samples,
       fmt::format("The marker is about {} samples, not {}.", marker.audio_samples, thresholds.audio_samples));
  same(thresholds.run.empty() || marker.run == thresholds.run, "The marker is of another run.");
  same(thresholds.model_digest.empty() || marker.model_digest == thresholds.model_digest,
       "The marker is of another model: its digest differs.");
  same(thresholds.fixture_digest.empty() || marker.fixture_digest == thresholds.fixture_digest,
       "The marker is of other fixtures: their digest differs.");
  same(thresholds.stages.empty() || stage_names(marker) == thresholds.stages,
       "The marker's stages are not those of the plan.");
  same(!thresholds.frames || marker.frames == *thresholds.frames,
       fmt::format("The head gave {} frames, not {}.", marker.frames, thresholds.frames.value_or(0)));
  same(thresholds.text.empty() || marker.text == thresholds.text, "The decoded text is not the expected one.");
  threshold(marker.modes.size() >= thresholds.min_modes,
            fmt::format("{} compute modes were run, fewer than {}.", marker.modes.size(), thresholds.min_modes));
  check_parity(marker, thresholds, findings);
  threshold(marker.nonblank_frames >= std::max<std::int64_t>(thresholds.min_nonblank_frames, 1),
            fmt::format("Only {} of {} frames are not blank.", marker.nonblank_frames, marker.frames));
  threshold(!trim(marker.text).empty(), "The decoded text is empty.");
  threshold(marker.candidates >= 1 && marker.candidates <= thresholds.max_candidates,
            fmt::format("{} candidates, not 1 to {}.", marker.candidates, thresholds.max_candidates));
  threshold(marker.ranker_accepted || !thresholds.require_accepted, "The ranker accepted no correction.");
  return findings;
}

nlohmann::ordered_json marker_facts(const ProofMarker& marker) {
  nlohmann::ordered_json modes = nlohmann::ordered_json::array();
  for (const ModeParity& mode : marker.modes) {
    nlohmann::ordered_json stages = nlohmann::ordered_json::array();
    for (const StageParity& stage : mode.stages) {
      stages.push_back({{"name", stage.name}, {"mse", stage.mse}, {"max_abs", stage.max_abs}});
    }
    modes.push_back({{"compute_units", mode.compute_units}, {"stages", std::move(stages)}});
  }
  nlohmann::ordered_json units = nlohmann::ordered_json::array();
  for (const ModeParity& mode : marker.modes) units.push_back(mode.compute_units);
  return {
      {"run", marker.run},
      {"model_digest", marker.model_digest},
      {"fixture_digest", marker.fixture_digest},
      {"audio_samples", marker.audio_samples},
      {"compute_units", std::move(units)},
      {"modes", std::move(modes)},
      {"encoder_mse", marker.encoder_mse},
      {"head_mse", marker.head_mse},
      {"frames", marker.frames},
      {"nonblank_frames", marker.nonblank_frames},
      {"text", marker.text},
      {"candidates", marker.candidates},
      {"ranker", {{"accepted", marker.ranker_accepted}, {"mode", marker.ranker_mode}, {"score", marker.ranker_score}}}};
}

std::string marker_line(const ProofMarker& marker) {
  nlohmann::ordered_json json{{"format", kMarkerFormat}, {"version", kMarkerVersion}};
  json.update(marker_facts(marker));
  return fmt::format("{} {}", kMarkerWord, json.dump());
}

}  // namespace seben::evidence
