// SPDX-License-Identifier: Apache-2.0
// The C++ side of tools/oracles: runs an encoder or a head on what an oracle stored and prints the differences as JSON.
//   seben-parity encoder <folder> <reference.safetensors> <precision> <threads>
//   seben-parity head <head.safetensors> <reference.safetensors> <precision> <threads>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "formats/safetensors.h"
#include "model/head/head.h"
#include "parity/stage_parity.h"
#include "seben/error.h"

namespace {

using namespace seben;
using nlohmann::json;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Of the whole process since it started, mapped files included; 0 where /proc does not tell. (getrusage would also
// count the process that started this one.)
std::int64_t peak_resident_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return 0;
}

json to_json(const parity::Difference& d) { return {{"mse", d.mse}, {"max_abs", d.max_abs}, {"cosine", d.cosine}}; }

json run_encoder(const std::string& folder, const tensor::WeightFile& reference, kernels::Precision precision,
                 int threads) {
  const double start = seconds();
  const auto weights = tensor::open_weights(folder);
  const auto config = whisper::EncoderConfig::load(folder + "/config.json");
  const auto encoder = whisper::Encoder::load(*weights, config, {precision, threads, {}});
  const double loaded = seconds();
  auto workspace = encoder.make_workspace(threads);
  std::vector<float> features(static_cast<std::size_t>(config.feature_size()));
  encoder.run(tensor::to_float(reference.require("mel", {config.n_mels, config.mel_frames()})), features, workspace);
  const double first = seconds();
  const std::int64_t peak = peak_resident_bytes();
  json stages = json::array();
  for (const auto& parity : parity::compare_stages(encoder, reference, workspace)) {
    stages.push_back(
        {{"stage", parity.stage}, {"reference", to_json(parity.reference)}, {"exact", to_json(parity.exact)}});
  }
  return {{"stages", stages},
          {"load_seconds", loaded - start},
          {"first_window_seconds", first - loaded},
          {"weight_bytes", encoder.weight_bytes()},
          {"peak_resident_bytes", peak}};
}

std::size_t argmax(std::span<const float> row) {
  return static_cast<std::size_t>(std::ranges::max_element(row) - row.begin());
}

json run_head(const std::string& path, const tensor::WeightFile& reference, kernels::Precision precision, int threads) {
  const auto weights = tensor::open_weights(path);
  const auto config = ctc::HeadConfig::read(*weights);
  const auto head = ctc::load_head(*weights, config, precision, threads);
  const std::vector<float> features = tensor::to_float(reference.require("features"));
  const std::int64_t frames = reference.require("features").shape.at(0), out = head->output_frames(frames);
  const std::vector<float> expected = tensor::to_float(reference.require("logits", {out, config.classes}));
  std::vector<float> found(expected.size());
  const auto workspace = head->make_workspace(frames, threads);
  head->run(features, frames, found, *workspace);
  const double start = seconds();
  head->run(features, frames, found, *workspace);
  const double taken = seconds() - start;
  std::int64_t unequal = 0;
  const auto classes = static_cast<std::size_t>(config.classes);
  for (std::size_t at = 0; at < found.size(); at += classes) {
    if (argmax(std::span(found).subspan(at, classes)) != argmax(std::span(expected).subspan(at, classes))) ++unequal;
  }
  return {{"frames", frames},          {"output_frames", out},
          {"classes", config.classes}, {"logits", to_json(parity::difference(found, expected))},
          {"unequal_argmax", unequal}, {"seconds", taken}};
}

int fail(const char* message) {
  fmt::print(stderr, "seben-parity: {}\n", message);
  return 64;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return fail("usage: seben-parity encoder|head WEIGHTS REFERENCE PRECISION THREADS");
  try {
    const std::string mode = argv[1];
    const auto precision = kernels::parse_precision(argv[4]);
    if ((mode != "encoder" && mode != "head") || !precision) return fail("encoder or head, f32, bf16 or int8");
    const auto reference = tensor::open_weights(argv[3]);
    const json result = mode == "encoder" ? run_encoder(argv[2], *reference, *precision, std::stoi(argv[5]))
                                          : run_head(argv[2], *reference, *precision, std::stoi(argv[5]));
    fmt::print("{}\n", result.dump(1));
    return 0;
  } catch (const Error& error) {
    fmt::print(stderr, "seben-parity: {}\n", error.what());
    return static_cast<int>(error.category());
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
