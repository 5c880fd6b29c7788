// SPDX-License-Identifier: Apache-2.0
#include "export/decoder_run.h"

#include <algorithm>

#include "model/whisper/decoder.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

using interpreter::Array;
using interpreter::Arrays;

constexpr std::int32_t kSteps = 20;

std::vector<float> joined(const std::vector<std::vector<float>>& layers) {
  std::vector<float> all;
  for (const auto& layer : layers) all.insert(all.end(), layer.begin(), layer.end());
  return all;
}

// What an application keeps between stateless steps.
struct OwnMemory {
  std::vector<float> keys, values, mask;
};

}  // namespace

DecoderRun decode_reference(const Source& source, const std::vector<float>& features, int threads) {
  const convert::DecoderSource& s = source.decoder();
  const auto decoder = whisper::Decoder::load(*s.weights.file(), s.config, {kernels::Precision::f32, threads, {}});
  const whisper::CrossMemory cross = decoder.remember(features, s.config.source_frames, threads);
  DecoderRun run{features, {joined(cross.keys), joined(cross.values)}, {}, {}};
  whisper::TokenMemory memory = decoder.start();
  std::vector<float> logits(static_cast<std::size_t>(s.config.vocabulary));
  const std::int32_t steps = std::min(kSteps, static_cast<std::int32_t>(s.config.positions));
  for (std::int32_t t = 0; t < steps; ++t) {
    const std::int64_t token = (std::int64_t{7919} * t + 3) % s.config.vocabulary;
    run.tokens.push_back(static_cast<std::int32_t>(token));
    decoder.step({&run.tokens.back(), 1}, memory, cross, logits, threads);
    run.logits.push_back(logits);
  }
  return run;
}

std::vector<std::vector<float>> decoder_cross(const std::string& package, const DecoderRun& run, Runner& runner) {
  const mil::Shape shape = coreml::read_package(package).model.interface.inputs.at(0).shape;
  const std::vector<Arrays> inputs{{{"features", Array::floats(run.features, shape)}}};
  const Arrays out = runner.run(package, inputs).at(0);
  std::vector<std::vector<float>> found;
  for (const char* name : {"cross_k", "cross_v"}) {
    const auto it = out.find(name);
    if (it == out.end()) throw Error(ErrorCategory::incomplete, package + ": output " + name, "a value", "none");
    found.emplace_back(it->second.values().begin(), it->second.values().end());
  }
  return found;
}

std::vector<std::vector<float>> decoder_steps(const std::string& package, const std::string& cross,
                                              const DecoderRun& run, const Source& source, int threads) {
  const whisper::DecoderConfig& c = source.decoder().config;
  const coreml::Package loaded = coreml::read_package(package);
  const auto program = interpreter::Interpreter::compile(loaded.model, package, {threads, true});
  const auto heard = interpreter_runner({threads, true});
  const std::vector<Arrays> features{{{"features", Array::floats(run.features, {1, c.source_frames, c.d_model})}}};
  const Arrays made = heard->run(cross, features).at(0);
  const bool stateful = !loaded.model.interface.states.empty();
  const mil::Shape shape{c.layers, c.positions, c.d_model};
  OwnMemory own;
  own.keys.assign(static_cast<std::size_t>(c.layers * c.positions * c.d_model), 0.0F);
  own.values = own.keys;
  own.mask.assign(static_cast<std::size_t>(c.positions + (stateful ? 0 : 1)), -1e4F);
  if (!stateful) own.mask.back() = 0.0F;
  Arrays states = program.make_states();
  std::vector<std::vector<float>> found;
  for (std::int32_t t = 0; t < static_cast<std::int32_t>(run.tokens.size()); ++t) {
    if (stateful) own.mask[static_cast<std::size_t>(t)] = 0.0F;
    Arrays in{{"tokens", Array::integers({&run.tokens[static_cast<std::size_t>(t)], 1}, {1, 1})},
              {"positions", Array::integers({&t, 1}, {1})},
              {"mask", Array::floats(own.mask, {1, static_cast<std::int64_t>(own.mask.size())})},
              {"cross_k", made.at("cross_k")},
              {"cross_v", made.at("cross_v")}};
    if (!stateful) {
      in["self_k"] = Array::floats(own.keys, shape);
      in["self_v"] = Array::floats(own.values, shape);
    }
    const Arrays out = program.run(in, states);
    const auto logits = out.at("logits").values();
    found.emplace_back(logits.begin(), logits.end());
    if (stateful) continue;
    for (std::int64_t layer = 0; layer < c.layers; ++layer) {
      const std::int64_t place = (layer * c.positions + t) * c.d_model;
      std::copy_n(out.at("new_k").f() + layer * c.d_model, c.d_model, own.keys.data() + place);
      std::copy_n(out.at("new_v").f() + layer * c.d_model, c.d_model, own.values.data() + place);
    }
    own.mask[static_cast<std::size_t>(t)] = 0.0F;
  }
  return found;
}

}  // namespace seben::deploy
