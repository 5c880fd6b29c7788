// SPDX-License-Identifier: Apache-2.0
#include "proofs/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evidence/marker.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

std::string check_name(std::size_t number, const std::string& stage) {
  return fmt::format("stage_{:02}_{}", number, stage);
}

evidence::ProofMarker marker_of(const Request& request, const std::string& mode, const ModeFigures& figures,
                                const Reading& reading) {
  evidence::ProofMarker marker;
  marker.run = run_name(request, mode);
  marker.model_digest = model_digest(request, mode);
  marker.fixture_digest = request.audio_digest;
  marker.audio_samples = 480'000;
  evidence::ModeParity parity{"cpu_only", {}};
  for (const Parity& stage : figures.stages) parity.stages.push_back({stage.name, stage.mse, stage.max_abs});
  marker.modes.push_back(std::move(parity));
  marker.encoder_mse = figures.encoder.mse;
  marker.head_mse = figures.head.mse;
  marker.frames = reading.frames;
  marker.nonblank_frames = reading.nonblank_frames;
  marker.text = reading.text;
  marker.candidates = reading.candidates;
  marker.ranker_accepted = reading.accepted;
  marker.ranker_mode = Reader::mode();
  marker.ranker_score = reading.score;
  return marker;
}

double bound(const Limit& error, double mean_square) { return error.value * error.value * mean_square; }

bool close(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b)); }

}  // namespace

std::vector<std::string> check_names(const Request& request) {
  std::vector<std::string> names{"audioFixture"};
  for (std::size_t i = 0; i < request.stages.size(); ++i) names.push_back(check_name(i, request.stages[i]));
  for (const char* name : {"encoder", "head", "greedyDecode", "boundedCandidates", "rankerDecision"}) {
    names.emplace_back(name);
  }
  return names;
}

GateResult same_text(std::string mode, std::string check, bool same) {
  return {std::move(mode),
          std::move(check),
          "same_text",
          same ? 1.0 : 0.0,
          1.0,
          false,
          "who reads another text than the reference does not do the same"};
}

std::vector<GateResult> judge_mode(const std::string& mode, const ModeFigures& figures, const Reading& reading,
                                   const std::string& reference_text, const ProofGates& gates) {
  const ModeGates& limits = gates.at(mode);
  std::vector<GateResult> out;
  const auto add = [&](std::string check, const char* gate, double value, const Limit& limit, bool at_most) {
    out.push_back({mode, std::move(check), gate, value, limit.value, at_most, limit.source});
  };
  const auto hold = [&](const std::string& check, parity::Place place, const Parity& found) {
    for (GateResult& result : parity::judge(mode, check, place, found, limits)) out.push_back(std::move(result));
  };
  for (std::size_t i = 0; i < figures.stages.size(); ++i) {
    hold(check_name(i, figures.stages[i].name), parity::Place::stage, figures.stages[i]);
  }
  hold("encoder", parity::Place::encoder, figures.encoder);
  hold("head", parity::Place::head, figures.head);
  add("greedyDecode", "logits_error", figures.logits.error, limits.logits_error, true);
  const double share =
      figures.frames == 0 ? 1.0 : static_cast<double>(figures.argmax_changes) / static_cast<double>(figures.frames);
  add("greedyDecode", "max_argmax_share", share, limits.max_argmax_share, true);
  add("greedyDecode", "min_nonblank_frames", static_cast<double>(reading.nonblank_frames), gates.min_nonblank_frames,
      false);
  out.push_back(same_text(mode, "greedyDecode", reading.text == reference_text));
  const Limit some{1.0, "a decision without a candidate decides nothing"};
  add("boundedCandidates", "min_candidates", static_cast<double>(reading.candidates), some, false);
  add("boundedCandidates", "max_candidates", static_cast<double>(reading.candidates), gates.max_candidates, true);
  return out;
}

std::string compose_log(const Request& request, const std::string& mode, const ModeFigures& figures,
                        const Reading& reading, const std::vector<GateResult>& gates, const std::string& now) {
  const std::vector<std::string> checks = check_names(request);
  std::string log = fmt::format(
      "Written by {}: target {}, mode {}. Lines have XCTest's form; no device, Xcode or Core ML took part.\n"
      "Test Suite 'SebenProof' started at {}\n",
      request.tool, to_string(request.target), mode, now);
  std::size_t failures = 0;
  for (const std::string& check : checks) {
    log += fmt::format("Test Case '-[SebenProof {}]' started.\n", check);
    bool good = true;
    for (const GateResult& gate : gates) {
      if (gate.check != check || gate.holds()) continue;
      log += fmt::format("{}: error: -[SebenProof {}] : {} is {:.6g}, {} {:.6g}\n", mode, check, gate.gate, gate.value,
                         gate.at_most ? "above" : "below", gate.limit);
      good = false;
    }
    failures += good ? 0 : 1;
    log += fmt::format("Test Case '-[SebenProof {}]' {} (0.000 seconds).\n", check, good ? "passed" : "failed");
  }
  log += fmt::format(
      "Test Suite 'SebenProof' {} at {}\n\t Executed {} tests, with {} failures (0 unexpected) in 0.000 (0.000) "
      "seconds\n{}\n{}\n",
      failures == 0 ? "passed" : "failed", now, checks.size(), failures,
      evidence::marker_line(marker_of(request, mode, figures, reading)),
      failures == 0 ? "** TEST SUCCEEDED **" : "** TEST FAILED **");
  return log;
}

evidence::RuntimeLogOptions log_options(const Request& request, const std::string& mode, const ModeFigures& figures,
                                        const Reading& reading, const ProofGates& gates) {
  const ModeGates& limits = gates.at(mode);
  evidence::RuntimeLogOptions options;
  evidence::MarkerThresholds& m = options.marker;
  m.audio_samples = static_cast<std::int64_t>(gates.audio_samples.value);
  m.min_modes = 1;  // a log of its own for each mode
  m.max_stage_mse = 0.0;
  for (const Parity& stage : figures.stages) {
    m.max_stage_mse = std::max(m.max_stage_mse, bound(limits.stage_error, stage.mean_square));
    m.stages.push_back(stage.name);
  }
  m.max_encoder_mse = bound(limits.encoder_error, figures.encoder.mean_square);
  m.max_head_mse = bound(limits.head_error, figures.head.mean_square);
  m.frames = reading.frames;
  m.min_nonblank_frames = static_cast<std::int64_t>(gates.min_nonblank_frames.value);
  m.max_candidates = static_cast<std::int64_t>(gates.max_candidates.value);
  m.run = run_name(request, mode);
  m.model_digest = model_digest(request, mode);
  m.fixture_digest = request.audio_digest;
  m.text = reading.text;
  return options;
}

void require_marker(const std::string& log, const std::string& name, const ModeFigures& figures,
                    const Reading& reading) {
  const std::size_t at = log.find(std::string(evidence::kMarkerWord) + " {");
  if (at == std::string::npos) throw Error(ErrorCategory::incomplete, name, "a marker line", "none");
  const std::size_t begin = at + evidence::kMarkerWord.size() + 1;
  const evidence::ProofMarker marker =
      evidence::parse_marker(std::string_view(log).substr(begin, log.find('\n', begin) - begin), name + ": marker");
  const auto require = [&](bool same, const std::string& field) {
    if (!same) throw Error(ErrorCategory::incomplete, name + ": marker." + field, "what the evidence gives", "another");
  };
  require(marker.modes.size() == 1 && marker.modes.front().compute_units == "cpu_only", "compute_units");
  const std::vector<evidence::StageParity>& stages = marker.modes.front().stages;
  require(stages.size() == figures.stages.size(), "modes");
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Parity& p = figures.stages[i];
    require(stages[i].name == p.name && close(stages[i].mse, p.mse) && close(stages[i].max_abs, p.max_abs),
            "modes[0].stages[" + std::to_string(i) + "]");
  }
  require(close(marker.encoder_mse, figures.encoder.mse), "encoder_mse");
  require(close(marker.head_mse, figures.head.mse), "head_mse");
  require(marker.frames == reading.frames && marker.nonblank_frames == reading.nonblank_frames, "frames");
  require(marker.text == reading.text, "text");
  require(marker.candidates == reading.candidates && marker.ranker_accepted == reading.accepted &&
              marker.ranker_mode == Reader::mode() && std::abs(marker.ranker_score - reading.score) <= 1e-6,
          "ranker");
}

}  // namespace seben::proof
