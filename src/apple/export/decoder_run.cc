// SPDX-License-Identifier: Apache-2.0
#include "export/decoder_run.h"

#include <algorithm>

#include "export/hidden_layout.h"
#include "model/whisper/incremental_decoder.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

using interpreter::Array;
using interpreter::Arrays;

constexpr std::int32_t kSteps = 20;

// Keys, then values: [layers, T, d].
std::vector<std::vector<float>> all_rows(const whisper::CrossCache& cross, std::int64_t layers) {
  std::vector<std::vector<float>> all(2);
  for (std::int64_t i = 0; i < layers; ++i) {
    const auto [keys, values] = cross.rows(static_cast<std::size_t>(i));
    all[0].insert(all[0].end(), keys.begin(), keys.end());
    all[1].insert(all[1].end(), values.begin(), values.end());
  }
  return all;
}

// What an application keeps between stateless steps.
struct OwnMemory {
  std::vector<float> keys, values, mask;
};

Arrays cross_of(const std::string& package, const std::vector<float>& features, Runner& runner) {
  const mil::ModelInterface interface = coreml::read_package(package).model.interface;
  if (interface.inputs.size() != 1) {
    throw Error(ErrorCategory::bad_data, package, "one input", std::to_string(interface.inputs.size()));
  }
  const mil::Feature& in = interface.inputs[0];
  const std::vector<Arrays> inputs{{{in.name, to_package(features, in.shape, 0, package + ": input " + in.name)}}};
  const std::vector<Arrays> outputs = runner.run(package, inputs);
  if (outputs.size() != 1) throw Error(ErrorCategory::incomplete, package, "outputs of one run", "none");
  return outputs[0];
}

}  // namespace

DecoderRun decode_reference(const Source& source, const std::vector<float>& features, int threads) {
  const convert::DecoderSource& s = source.decoder();
  const auto decoder =
      whisper::IncrementalDecoder::load(*s.weights.file(), s.config, {kernels::Precision::f32, threads, {}});
  whisper::CrossCache cross;
  decoder.encode(features, s.config.source_frames, cross, threads);
  DecoderRun run{features, all_rows(cross, s.config.layers), {}, {}};
  whisper::TokenCache memory = decoder.make_cache(1);
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
  const Arrays out = cross_of(package, run.features, runner);
  std::vector<std::vector<float>> found;
  for (const char* name : {"cross_k", "cross_v"}) {
    const auto values = output_of(out, name, package).values();
    found.emplace_back(values.begin(), values.end());
  }
  return found;
}

std::vector<std::vector<float>> decoder_steps(const std::string& package, const std::string& cross,
                                              const DecoderRun& run, const Source& source, int threads) {
  const whisper::DecoderConfig& c = source.decoder().config;
  const coreml::Package loaded = coreml::read_package(package);
  const auto program = interpreter::Interpreter::compile(loaded.model, package, {threads, true});
  const auto heard = interpreter_runner({threads, true});
  const Arrays made = cross_of(cross, run.features, *heard);
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
              {"cross_k", output_of(made, "cross_k", cross)},
              {"cross_v", output_of(made, "cross_v", cross)}};
    if (!stateful) {
      in["self_k"] = Array::floats(own.keys, shape);
      in["self_v"] = Array::floats(own.values, shape);
    }
    const Arrays out = program.run(in, states);
    const auto logits = output_of(out, "logits", package).values();
    found.emplace_back(logits.begin(), logits.end());
    if (stateful) continue;
    const Array &keys = output_of(out, "new_k", package), &values = output_of(out, "new_v", package);
    for (const Array* rows : {&keys, &values}) {
      if (rows->size() == c.layers * c.d_model) continue;
      throw Error(ErrorCategory::bad_data, package + ": keys and values of a token",
                  std::to_string(c.layers * c.d_model) + " values", std::to_string(rows->size()));
    }
    for (std::int64_t layer = 0; layer < c.layers; ++layer) {
      const std::int64_t place = (layer * c.positions + t) * c.d_model;
      std::copy_n(keys.f() + layer * c.d_model, c.d_model, own.keys.data() + place);
      std::copy_n(values.f() + layer * c.d_model, c.d_model, own.values.data() + place);
    }
    own.mask[static_cast<std::size_t>(t)] = 0.0F;
  }
  return found;
}

}  // namespace seben::deploy
