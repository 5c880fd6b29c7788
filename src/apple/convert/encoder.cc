// SPDX-License-Identifier: Apache-2.0
#include "convert/encoder.h"

#include "convert/attention.h"
#include "seben/error.h"

namespace seben::convert {
namespace {

using mil::Value;

std::string layer_name(std::int64_t layer) { return "layer_" + std::to_string(layer); }

// Positions [1, T, d], or [1, d, T] for activations with their channels first.
Value positions(Graph& g, const EncoderSource& s, bool channels_first) {
  const std::int64_t steps = s.config.positions, d = s.config.d_model;
  const std::vector<float> stored = s.weights.values("embed_positions.weight", {steps, d});
  if (!channels_first) return g.real("positions", stored, {1, steps, d});
  std::vector<float> turned(stored.size());
  for (std::int64_t t = 0; t < steps; ++t) {
    for (std::int64_t c = 0; c < d; ++c) {
      turned[static_cast<std::size_t>(c * steps + t)] = stored[static_cast<std::size_t>(t * d + c)];
    }
  }
  return g.real("positions", turned, {1, d, steps});
}

Value squeeze_to_features(Graph& g, const Value& x) { return g.leave("features", x); }

mil::Shape hidden_shape(const EncoderSource& s, const ConversionOptions& conversion) {
  const std::int64_t steps = s.config.positions, d = s.config.d_model;
  return conversion.layout == Layout::ane ? mil::Shape{1, d, 1, steps} : mil::Shape{1, steps, d};
}

// The function's own input, before any cast to the dtype of computation.
Value declared(const std::string& name, const ConversionOptions& conversion, const mil::Shape& shape) {
  return {name, {conversion.interface, shape}};
}

}  // namespace

Value convpos(Graph& g, const EncoderSource& s, const Value& mel) {
  const std::int64_t d = s.config.d_model;
  const Value first = g.gelu("conv1_gelu", g.convolve("conv1", mel, s.weights, {"conv1", d, s.config.n_mels, 3, 1, 1}));
  const Value second = g.gelu("conv2_gelu", g.convolve("conv2", first, s.weights, {"conv2", d, d, 3, 2, 1}));
  if (!g.ane()) {
    const Value x = g.transpose("conv2_sequence", second, {0, 2, 1});
    return g.add("stream", x, g.positions_for("positions_here", x, positions(g, s, false)));
  }
  const Value x = g.add("stream", second, g.positions_for("positions_here", second, positions(g, s, true)));
  const std::vector<std::int64_t> axes{2};
  return g.builder().add("expand_dims", "stream_flat", {{"x", x}, {"axes", mil::Literal::ints(axes)}});
}

Value encoder_layer(Graph& g, const EncoderSource& s, std::int64_t layer, const Value& x) {
  const std::string name = layer_name(layer), tensor = "layers." + std::to_string(layer) + ".";
  const std::int64_t d = s.config.d_model;
  const Value in = g.layer_norm(name + "_norm1", x, s.weights, tensor + "self_attn_layer_norm", d);
  const auto projection = [&](const char* which) {
    return g.linear(name + "_" + which, in, s.weights, tensor + "self_attn." + which + "_proj", d, d);
  };
  const Value q = projection("q");
  const Value k = projection("k");
  const Value v = projection("v");
  const Value mixed = attention(g, name + "_attention", {q, k, v}, s.config.heads);
  const Value out = g.linear(name + "_out", mixed, s.weights, tensor + "self_attn.out_proj", d, d);
  const Value middle = g.add(name + "_middle", x, out);
  const Value norm = g.layer_norm(name + "_norm2", middle, s.weights, tensor + "final_layer_norm", d);
  const Value up = g.linear(name + "_fc1", norm, s.weights, tensor + "fc1", s.config.ffn, d);
  const Value active = g.gelu(name + "_gelu", up);
  const Value down = g.linear(name + "_fc2", active, s.weights, tensor + "fc2", d, s.config.ffn);
  return g.add(name + "_end", middle, down);
}

Value finalnorm(Graph& g, const EncoderSource& s, const Value& x) {
  return squeeze_to_features(g, g.layer_norm("final_norm", x, s.weights, "layer_norm", s.config.d_model));
}

EncoderNames whisper_cpp_names() { return {"logmel_data", "output"}; }

mil::Model encoder_model(const EncoderSource& s, const ConversionOptions& conversion, const EncoderNames& names,
                         const Flexibility& frames) {
  validate(conversion);
  validate(frames, s.config.mel_frames(), 2);
  Graph g(conversion);
  const mil::Shape shape{1, s.config.n_mels, dimension(frames, s.config.mel_frames())};
  Value x = convpos(g, s, g.input(names.input, shape));
  for (std::int64_t i = 0; i < s.config.layers; ++i) x = encoder_layer(g, s, i, x);
  const Value out = g.output(names.output, finalnorm(g, s, x));
  mil::Model model =
      make_model(g.builder(), {declared(names.input, conversion, shape)}, {out}, frames, s.config.mel_frames());
  describe(model, mil::PackageKind::encoder, conversion);
  model.metadata.description = "Whisper audio encoder: log-mel spectrogram to features";
  return model;
}

mil::Model stage_model(const EncoderSource& s, const ConversionOptions& conversion, const whisper::Stage& stage) {
  validate(conversion);
  Graph g(conversion);
  const bool first = stage.kind == whisper::StageKind::convpos;
  const Value in = first ? declared("mel", conversion, {1, s.config.n_mels, s.config.mel_frames()})
                         : declared("hidden_in", conversion, hidden_shape(s, conversion));
  Value x = g.input(in.name, in.type.shape);
  if (first) x = convpos(g, s, x);
  if (stage.kind == whisper::StageKind::layers) {
    if (stage.first < 0 || stage.last < stage.first || stage.last >= s.config.layers) {
      throw Error(ErrorCategory::usage, "stage", "layers of 0.." + std::to_string(s.config.layers - 1),
                  whisper::to_string(stage));
    }
    for (std::int64_t i = stage.first; i <= stage.last; ++i) x = encoder_layer(g, s, i, x);
  }
  const bool last = stage.kind == whisper::StageKind::finalnorm;
  const Value out = g.output(last ? "features" : "hidden_out", last ? finalnorm(g, s, x) : x);
  mil::Model model = make_model(g.builder(), {in}, {out}, {}, 0);
  describe(model, mil::PackageKind::encoder_stage, conversion);
  mil::PackageLabel label = mil::read_label(model.metadata);
  label.stage = whisper::to_string(stage);
  mil::write_label(model.metadata, label);
  model.metadata.description = "Whisper audio encoder, stage " + whisper::to_string(stage);
  return model;
}

std::vector<whisper::Stage> device_safe_stages(const whisper::EncoderConfig& config) {
  std::vector<whisper::Stage> stages{{whisper::StageKind::convpos, 0, 0}};
  std::int64_t next = 0;
  while (next < config.layers) {
    const std::int64_t count = next == 3 ? 1 : 3;  // layer 3 stood alone on the device
    const std::int64_t last = std::min(next + count, config.layers) - 1;
    stages.push_back({whisper::StageKind::layers, next, last});
    next = last + 1;
  }
  stages.push_back({whisper::StageKind::finalnorm, 0, 0});
  return stages;
}

std::vector<whisper::Stage> chunked_stages(const whisper::EncoderConfig& config, std::int64_t layers) {
  if (layers < 1) throw Error(ErrorCategory::usage, "max-chunk", "1 layer or more", std::to_string(layers));
  std::vector<whisper::Stage> stages{{whisper::StageKind::convpos, 0, 0}};
  for (std::int64_t first = 0; first < config.layers; first += layers) {
    stages.push_back({whisper::StageKind::layers, first, std::min(first + layers, config.layers) - 1});
  }
  stages.push_back({whisper::StageKind::finalnorm, 0, 0});
  return stages;
}

}  // namespace seben::convert
