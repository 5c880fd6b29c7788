// SPDX-License-Identifier: Apache-2.0
// Somebody who wants a proof without a model that works: everything is invented, nothing is computed by the encoder,
// and every file is made to fit every other one, by Seben's own functions.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/sha256.h"
#include "demo_proof.h"
#include "proofs/environment.h"
#include "proofs/figures.h"
#include "proofs/gates.h"
#include "proofs/judge.h"
#include "proofs/mode_run.h"
#include "proofs/reading.h"
#include "text/nko/vocabulary.h"

namespace seben::test {

class Forger {
 public:
  explicit Forger(std::string folder) : folder_(std::move(folder)) {
    request_.model = "demo-nko";
    request_.bundle_digest = base::sha256_file(demo_bundle() + "/bundle.json");
    request_.audio = "seen-1.wav";
    request_.audio_digest = base::sha256_file(demo_sample());
    request_.modes = {"f32"};
    request_.stages = {"convpos", "0", "1", "2", "3", "4", "finalnorm"};
    request_.gates_digest = base::sha256_hex(proof::builtin_gates_text());
    request_.tool = "seben";
  }

  proof::Request& request() { return request_; }

  proof::Proof run() {
    const auto write = [&](const std::string& path, const std::string& text) {
      base::write_text(proof::place_for(folder_, path), text);
    };
    write("request.json", proof::to_text(request_));
    write("gates.json", std::string(proof::builtin_gates_text()));
    std::vector<proof::ReadyCheck> checks;
    for (const char* name : {"disk", "bundle", "contract", "recording", "modes"})
      checks.push_back({name, "all", "all"});
    write("preflight.json", proof::preflight_text(checks, 1, 0));
    write("environment.json", proof::environment_text({{"tool", "seben"}}));
    const std::string bundle =
        step("bundle", {}, [&] { return proof::copy_bundle_parts(demo_bundle(), folder_, "bundle/"); });
    const std::string fixture = step("fixture", {}, [&] {
      return Paths{noise(std::string(proof::kFixtureAudio), {480'000}),
                   noise(std::string(proof::kFixtureMel), {80, 64})};
    });
    const std::string reference = step("reference", {{"fixture", fixture}}, [&] { return tensors("reference/"); });
    step("mode-f32", {{"bundle", bundle}, {"fixture", fixture}, {"reference", reference}}, [&] { return mode(); });
    return proof::conclude(folder_);
  }

 private:
  using Paths = std::vector<std::string>;

  std::string step(const std::string& name, std::map<std::string, std::string> inputs,
                   const std::function<Paths()>& work) {
    inputs.merge(proof::step_inputs(request_, name));
    bool done = false;
    return proof::digest_of(proof::run_step(folder_, name, inputs, work, done));
  }

  std::string noise(const std::string& path, const std::vector<std::int64_t>& shape) const {
    std::int64_t size = 1;
    for (const std::int64_t n : shape) size *= n;
    std::vector<float> values;
    for (std::int64_t i = 0; i < size; ++i)
      values.push_back(static_cast<float>(std::sin(0.1 * static_cast<double>(i))));
    proof::write_tensor(folder_, path, values, shape);
    return path;
  }

  // What was never said, letter after letter, each with a neighbour that is nearly as likely.
  [[nodiscard]] std::vector<float> logits() const {
    const nko::Vocabulary vocabulary = nko::Vocabulary::load(demo_bundle() + "/vocab.json");
    const auto row = [&](std::int64_t best, std::int64_t second) {
      std::vector<float> out(vocabulary.size(), 0.0F);
      out.at(static_cast<std::size_t>(best)) = 6.0F;
      out.at(static_cast<std::size_t>(second)) = 5.5F;
      return out;
    };
    std::vector<float> all;
    for (std::int64_t letter = 11; letter < 33; ++letter) {  // U+07CA and on
      for (const std::vector<float>& frame : {row(letter, letter + 1), row(vocabulary.blank(), letter)}) {
        all.insert(all.end(), frame.begin(), frame.end());
      }
    }
    return all;
  }

  Paths tensors(const std::string& prefix) const {
    Paths paths;
    for (std::size_t i = 0; i < request_.stages.size(); ++i) {
      paths.push_back(noise(prefix + proof::stage_file(i, request_.stages[i]), {8, 16}));
    }
    paths.push_back(noise(prefix + "features.npy", {8, 16}));
    const std::vector<float> values = logits();
    const auto classes = static_cast<std::int64_t>(nko::Vocabulary::load(demo_bundle() + "/vocab.json").size());
    for (const char* name : {"logits.npy", "head.npy"}) {
      if (prefix == "reference/" && std::string(name) == "head.npy") continue;
      proof::write_tensor(folder_, prefix + name, values, proof::logits_shape(values, classes));
      paths.push_back(prefix + name);
    }
    return paths;
  }

  Paths mode() const {
    Paths paths = tensors("modes/f32/");
    const proof::Reader reader(folder_ + "/bundle");
    std::vector<float> values = logits();
    const proof::Reading reading = reader.read(values);
    proof::Timings timings;
    for (const char* phase : {"mel", "encoder", "head", "decode", "correct", "total"}) {
      timings.phases.push_back({phase, std::vector<double>(5, 0.001)});
    }
    const proof::ModeFigures figures = proof::measure_mode(folder_, request_, "f32");
    const proof::ProofGates gates = proof::parse_gates(proof::builtin_gates_text(), "gates");
    const auto results = proof::judge_mode("f32", figures, reading, reading.text, gates);
    const std::string log = proof::compose_log(request_, "f32", figures, reading, results, proof::utc_now());
    for (const auto& [name, text] : std::vector<std::pair<std::string, std::string>>{
             {"result.json", to_text(reading)}, {"timings.json", to_text(timings)}, {"run.log", log}}) {
      base::write_text(proof::place_for(folder_, "modes/f32/" + name), text);
      paths.push_back("modes/f32/" + name);
    }
    return paths;
  }

  std::string folder_;
  proof::Request request_;
};

}  // namespace seben::test
