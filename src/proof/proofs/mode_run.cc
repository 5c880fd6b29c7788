// SPDX-License-Identifier: Apache-2.0
#include "proofs/mode_run.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "engine/stopwatch.h"
#include "proofs/environment.h"
#include "proofs/figures.h"
#include "proofs/fixture.h"
#include "proofs/folder.h"
#include "proofs/judge.h"

namespace seben::proof {
namespace {

class Runner {
 public:
  Runner(const ModeRun& run, const std::string& mode, parity::Backend& backend)
      : run_(run), mode_(mode), backend_(backend) {}

  std::vector<std::string> work() {
    const std::vector<float> mel = read_tensor(run_.folder, std::string(kFixtureMel));
    stages(mel);
    run_.advance(mode_ + " chain");
    const std::vector<float> features = backend_.encoder(mel);
    write("features.npy", features, stream_shape());
    write_logits("head.npy", backend_.head(subsampled(read_tensor(run_.folder, "reference/features.npy"))));
    std::vector<float> logits = backend_.head(subsampled(features));
    write_logits("logits.npy", logits);
    const Reading reading = run_.reader.read(logits);
    base::write_text(place_for(run_.folder, place("result.json")), to_text(reading));
    base::write_text(place_for(run_.folder, place("timings.json")), to_text(time()));
    log(reading, place("run.log"));
    return std::move(paths_);
  }

 private:
  std::string place(const std::string& name) { return paths_.emplace_back(mode_file(mode_, name)); }
  void write(const std::string& name, const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
    write_tensor(run_.folder, place(name), values, shape);
  }
  void write_logits(const std::string& name, const std::vector<float>& logits) {
    write(name, logits, logits_shape(logits, run_.reader.classes()));
  }
  [[nodiscard]] std::vector<std::int64_t> stream_shape() const { return {run_.config.positions, run_.config.d_model}; }

  // Each is given the reference's input.
  void stages(const std::vector<float>& mel) {
    std::vector<float> in = mel;
    for (std::size_t i = 0; i < run_.request.stages.size(); ++i) {
      run_.advance(fmt::format("{} stage {}", mode_, run_.request.stages[i]));
      const std::string file = stage_file(i, run_.request.stages[i]);
      write(file, backend_.stage(i, in), stream_shape());
      in = read_tensor(run_.folder, "reference/" + file);
    }
  }

  [[nodiscard]] std::vector<float> subsampled(const std::vector<float>& features) const {
    const std::int64_t n = run_.subsample, width = run_.config.d_model;
    if (n == 1) return features;
    std::vector<float> kept;
    for (std::int64_t t = 0; t < run_.feature_frames; ++t) {
      const auto row = features.begin() + t * n * width;
      kept.insert(kept.end(), row, row + width);
    }
    return kept;
  }

  Timings time() {
    const std::vector<float> samples = read_tensor(run_.folder, std::string(kFixtureAudio));
    Timings timings;
    for (const char* name : {"mel", "encoder", "head", "decode", "correct", "total"}) {
      timings.phases.push_back({name, {}});
    }
    for (std::int64_t i = 0; i < run_.request.repetitions; ++i) {
      run_.advance(fmt::format("{} timing {} of {}", mode_, i + 1, run_.request.repetitions));
      repeat(samples, timings);
    }
    return timings;
  }

  void repeat(const std::vector<float>& samples, Timings& timings) {
    std::vector<float> mel, features, logits;
    Reading reading;
    std::size_t phase = 0;
    double total = 0.0;
    const auto timed = [&](const auto& work) {
      double seconds = 0.0;
      {
        const pipeline::Stopwatch watch(seconds);
        work();
      }
      timings.phases[phase++].seconds.push_back(seconds);
      total += seconds;
    };
    timed([&] { mel = log_mel(samples, run_.config); });
    timed([&] { features = backend_.encoder(mel); });
    timed([&] { logits = backend_.head(subsampled(features)); });
    timed([&] { reading = run_.reader.decode(logits); });
    timed([&] { run_.reader.correct(logits, reading); });
    timings.phases[phase].seconds.push_back(total);
  }

  void log(const Reading& reading, const std::string& path) const {
    const ModeFigures figures = measure_mode(run_.folder, run_.request, mode_);
    std::vector<float> reference = read_tensor(run_.folder, "reference/logits.npy");
    const std::string text = run_.reader.decode(reference).text;
    const std::vector<GateResult> results = judge_mode(mode_, figures, reading, text, run_.gates);
    base::write_text(place_for(run_.folder, path),
                     compose_log(run_.request, mode_, figures, reading, results, utc_now()));
  }

  const ModeRun& run_;
  const std::string& mode_;
  parity::Backend& backend_;
  std::vector<std::string> paths_;
};

}  // namespace

std::vector<std::string> run_mode(const ModeRun& run, const std::string& mode, parity::Backend& backend) {
  return Runner(run, mode, backend).work();
}

std::vector<std::int64_t> logits_shape(const std::vector<float>& logits, std::int64_t classes) {
  return {static_cast<std::int64_t>(logits.size()) / classes, classes};
}

}  // namespace seben::proof
