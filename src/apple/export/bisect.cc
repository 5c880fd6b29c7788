// SPDX-License-Identifier: Apache-2.0
#include "export/bisect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/interrupt.h"
#include "base/scratch_folder.h"
#include "export/hidden_layout.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

using interpreter::Arrays;
using whisper::Stage;
using whisper::StageKind;

class Bisector {
 public:
  Bisector(const Source& source, Runner& runner, const BisectOptions& options)
      : source_(source), runner_(runner), options_(options), reference_(source, options.threads) {
    if (options.audio.empty()) throw Error(ErrorCategory::usage, "--audio", "at least one recording", "none");
    for (const std::string& path : options.audio) streams_[-1].push_back(reference_.clip(path).mel);
    const std::int64_t layers = reference_.config().layers;
    longest_ = options.longest > 0 ? std::min(options.longest, layers) : layers;
  }

  Bisection run() {
    const std::int64_t layers = reference_.config().layers;
    bool possible = holds({StageKind::convpos, 0, 0});
    result_.safe_plan.push_back({StageKind::convpos, 0, 0});
    for (std::int64_t first = 0; first < layers && possible;) {
      const std::int64_t last = longest_from(first, layers);
      possible = last >= first;
      if (possible) result_.safe_plan.push_back({StageKind::layers, first, last});
      first = last + 1;
    }
    possible = holds({StageKind::finalnorm, 0, 0}) && possible;
    result_.safe_plan.push_back({StageKind::finalnorm, 0, 0});
    if (!possible) result_.safe_plan.clear();
    shrink_failure();
    return std::move(result_);
  }

 private:
  // The last layer of the longest chunk from `first` that holds; first - 1 when not even one layer does.
  std::int64_t longest_from(std::int64_t first, std::int64_t layers) {
    const std::int64_t most = std::min(first + longest_, layers) - 1;
    // What held before is the likely answer here too; then halving between what holds and what does not.
    std::int64_t good = first - 1, bad = most + 1;
    for (const std::int64_t guess : {std::min(most, first + last_length_ - 1), most}) {
      if (guess <= good || guess >= bad) continue;
      (holds({StageKind::layers, first, guess}) ? good : bad) = guess;
    }
    while (bad - good > 1) {
      const std::int64_t middle = good + (bad - good) / 2;
      (holds({StageKind::layers, first, middle}) ? good : bad) = middle;
    }
    last_length_ = std::max<std::int64_t>(1, good - first + 1);
    return good;
  }

  void shrink_failure() {
    const Trial* smallest = nullptr;
    for (const Trial& t : result_.trials) {
      if (!t.holds && (smallest == nullptr || length(t.stage) < length(smallest->stage))) smallest = &t;
    }
    if (smallest == nullptr) return;
    Stage stage = smallest->stage;
    while (stage.kind == StageKind::layers && stage.last > stage.first) {
      const Stage front{StageKind::layers, stage.first + 1, stage.last},
          back{StageKind::layers, stage.first, stage.last - 1};
      if (!holds(back)) {
        stage = back;
      } else if (!holds(front)) {
        stage = front;
      } else {
        break;
      }
    }
    result_.smallest_failure = stage;
  }

  static std::int64_t length(const Stage& stage) {
    return stage.kind == StageKind::layers ? stage.last - stage.first + 1 : 1;
  }

  bool holds(const Stage& stage) {
    for (const Trial& t : result_.trials) {
      if (t.stage == stage) return t.holds;
    }
    base::throw_if_interrupted();
    Trial trial = attempt(stage);
    if (options_.progress) options_.progress(trial);
    result_.trials.push_back(trial);
    return trial.holds;
  }

  Trial attempt(const Stage& stage) {
    Trial trial{stage, {}, false, ""};
    const mil::Model model = convert::stage_model(source_.encoder(), options_.conversion, stage);
    const base::ScratchFolder scratch;
    const std::string path = scratch.file("stage.mlpackage");
    coreml::write_package(model, path, {});
    const mil::Feature &in = model.interface.inputs.at(0), &out = model.interface.outputs.at(0);
    const std::int64_t width = reference_.config().d_model;
    const auto& before = stream_before(stage);
    std::vector<Arrays> inputs;
    inputs.reserve(before.size());
    for (const auto& values : before)
      inputs.push_back({{in.name, to_package(values, in.shape, width, path + ": input " + in.name)}});
    try {
      const auto outputs = runner_.run(path, inputs);
      for (std::size_t i = 0; i < before.size(); ++i) {
        const std::vector<float> found = from_package(outputs.at(i).at(out.name), width);
        const std::vector<float> expected = reference_.stage(stage, before[i]);
        if (found.size() != expected.size()) throw std::out_of_range("size");
        trial.figures.add(found, expected);
      }
    } catch (const Error& e) {
      if (e.category() != ErrorCategory::incomplete) throw;
      trial.failure = e.what();
      return trial;
    } catch (const std::out_of_range&) {
      trial.failure = "the runner gave no output of that name and size";
      return trial;
    }
    const bool compressed = options_.conversion.weights != convert::WeightCode::full;
    const Gate& gate = options_.gates.at(compressed ? "compressed" : to_string(options_.conversion.compute));
    const parity::GateResult result = parity::judge("", "", parity::Place::stage, trial.figures, gate).front();
    trial.holds = result.holds();
    if (!trial.holds) trial.failure = fmt::format("mse {:.3e} above {:.0e}", result.value, result.limit);
    return trial;
  }

  // The engine's stream before a stage, for every clip; kept for each place where a chunk began.
  const std::vector<std::vector<float>>& stream_before(const Stage& stage) {
    if (stage.kind == StageKind::convpos) return streams_[-1];
    const std::int64_t layers = stage.kind == StageKind::finalnorm ? reference_.config().layers : stage.first;
    const auto known = streams_.find(layers);
    if (known != streams_.end()) return known->second;
    auto nearest = std::prev(streams_.lower_bound(layers));
    std::vector<std::vector<float>> made;
    for (const auto& values : nearest->second) {
      std::vector<float> stream = values;
      std::int64_t from = nearest->first;
      if (from < 0) {
        stream = reference_.stage({StageKind::convpos, 0, 0}, stream);
        from = 0;
      }
      made.push_back(layers > from ? reference_.stage({StageKind::layers, from, layers - 1}, stream)
                                   : std::move(stream));
    }
    return streams_[layers] = std::move(made);
  }

  const Source& source_;
  Runner& runner_;
  const BisectOptions& options_;
  Reference reference_;
  std::map<std::int64_t, std::vector<std::vector<float>>> streams_;  ///< by layers done; -1: the mel
  std::int64_t longest_ = 0, last_length_ = 1 << 20;
  Bisection result_;
};

}  // namespace

Bisection bisect(const Source& source, Runner& runner, const BisectOptions& options) {
  convert::validate(options.conversion);
  return Bisector(source, runner, options).run();
}

std::string plan_words(const std::vector<Stage>& stages) {
  std::string words;
  for (const Stage& stage : stages) words += (words.empty() ? "" : ",") + whisper::to_string(stage);
  return words;
}

std::string to_json(const Bisection& b, const std::string& runner) {
  nlohmann::ordered_json trials = nlohmann::ordered_json::array();
  for (const Trial& t : b.trials) {
    nlohmann::ordered_json item{{"stage", whisper::to_string(t.stage)}, {"holds", t.holds}};
    if (std::isfinite(t.figures.mse)) item["mse"] = t.figures.mse;
    if (std::isfinite(t.figures.max_abs)) item["max_abs"] = t.figures.max_abs;
    if (!t.failure.empty()) item["failure"] = t.failure;
    trials.push_back(std::move(item));
  }
  nlohmann::ordered_json json{{"schema", "seben.coreml-bisection"}, {"version", 1}, {"runner", runner}};
  json["smallest_failure"] =
      b.smallest_failure ? nlohmann::ordered_json(whisper::to_string(*b.smallest_failure)) : nlohmann::ordered_json();
  json["safe_plan"] = plan_words(b.safe_plan);
  json["trials"] = trials;
  return json.dump(2) + "\n";
}

}  // namespace seben::deploy
