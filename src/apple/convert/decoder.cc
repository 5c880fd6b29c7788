// SPDX-License-Identifier: Apache-2.0
#include "convert/decoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "seben/error.h"

namespace seben::convert {
namespace {

using mil::DType;
using mil::Literal;
using mil::Value;

Literal ints(std::vector<std::int64_t> values) { return Literal::ints(values); }

// What the Neural Engine takes at most along an axis; the vocabulary is above it.
constexpr std::int64_t kMostRows = 16384;

class DecoderGraph {
 public:
  DecoderGraph(const DecoderSource& s, const ConversionOptions& conversion)
      : g(sequence(conversion)), s_(s), split_(conversion.layout == Layout::ane) {}

  // Token and position rows added up: [1, n, d].
  Value embed(const Value& tokens, const Value& positions) {
    const Value rows = gather("embedding", table("embed_tokens.weight", s_.config.vocabulary), tokens);
    const Value places = gather("position", table("embed_positions.weight", s_.config.positions), positions);
    return g.add("stream", rows, places);
  }

  // Row `layer` of a memory [layers, M, d] as [1, M, d].
  Value layer_of(const std::string& name, const Value& memory, std::int64_t layer) {
    return g.builder().add("slice_by_index", name,
                           {{"x", memory},
                            {"begin", ints({layer, 0, 0})},
                            {"end", ints({layer + 1, 0, 0})},
                            {"end_mask", Literal::bools({false, true, true})}});
  }

  Value norm(const std::string& name, const Value& x, const std::string& weight) {
    return g.layer_norm(name, x, s_.weights, weight, s_.config.d_model);
  }
  Value project(const std::string& name, const Value& x, const std::string& weight, std::int64_t out, std::int64_t in) {
    return g.linear(name, x, s_.weights, weight, out, in);
  }

  // softmax(q k^T / sqrt(d / H) + mask) v; q [1, n, d], k and v [1, S, d], mask [n, S] or nothing.
  Value attend(const std::string& name, const Value& q, const Value& k, const Value& v, const Value* mask) {
    const std::int64_t heads = s_.config.heads, width = s_.config.head_dim(), n = q.type.shape[1];
    const auto by_head = [&](const char* which, const Value& x) {
      return g.transpose(name + which + "_by_head",
                         g.reshape(name + which + "_heads", x, {1, x.type.shape[1], heads, width}), {0, 2, 1, 3});
    };
    const Value scaled = g.scale(name + "_q_scaled", q, 1.0F / std::sqrt(static_cast<float>(width)));
    const Value queries = by_head("_q", scaled);
    const Value keys = by_head("_k", k);
    const Value values = by_head("_v", v);
    Value scores = g.matmul(name + "_scores", queries, keys, true);
    if (mask != nullptr) scores = g.add(name + "_masked", scores, *mask);
    const Value mixed = g.matmul(name + "_mixed", g.softmax(name + "_weights", scores, -1), values, false);
    return g.reshape(name + "_joined", g.transpose(name + "_by_step", mixed, {0, 2, 1, 3}), {1, n, s_.config.d_model});
  }

  // x + out(cross attention) and x + feed-forward of one layer.
  Value rest_of_layer(std::int64_t i, Value x, const Value& cross_k, const Value& cross_v) {
    const std::string name = "layer_" + std::to_string(i), tensor = "layers." + std::to_string(i) + ".";
    const std::int64_t d = s_.config.d_model;
    const Value in = norm(name + "_cross_norm", x, tensor + "encoder_attn_layer_norm");
    const Value q = project(name + "_cross_q", in, tensor + "encoder_attn.q_proj", d, d);
    const Value heard = attend(name + "_cross", q, layer_of(name + "_cross_k", cross_k, i),
                               layer_of(name + "_cross_v", cross_v, i), nullptr);
    x = g.add(name + "_heard", x, project(name + "_cross_out", heard, tensor + "encoder_attn.out_proj", d, d));
    const Value up =
        g.gelu(name + "_gelu", project(name + "_fc1", norm(name + "_feed_norm", x, tensor + "final_layer_norm"),
                                       tensor + "fc1", s_.config.ffn, d));
    return g.add(name + "_end", x, project(name + "_fc2", up, tensor + "fc2", d, s_.config.ffn));
  }

  // Scores of the vocabulary; for the Neural Engine in parts that it can hold.
  Value logits(const Value& x) {
    const Value last = norm("final_norm", x, "layer_norm");
    const std::int64_t rows = s_.config.vocabulary, d = s_.config.d_model;
    if (!split_ || rows <= kMostRows) {
      return g.builder().add("linear", "scores", {{"x", last}, {"weight", table("embed_tokens.weight", rows)}});
    }
    const std::int64_t parts = (rows + kMostRows - 1) / kMostRows, each = (rows + parts - 1) / parts;
    std::vector<Value> pieces;
    for (std::int64_t first = 0; first < rows; first += each) {
      const Graph::Rows part{"embed_tokens.weight", "", rows, first};
      pieces.push_back(
          g.linear_rows("scores_" + std::to_string(first), last, s_.weights, part, std::min(each, rows - first), d));
    }
    return g.concat("scores", pieces, 2);
  }

  Graph g;

 private:
  static ConversionOptions sequence(ConversionOptions conversion) {
    conversion.layout = Layout::sequence;
    return conversion;
  }

  // A table of rows, once for all who use it.
  Value table(const std::string& name, std::int64_t rows) {
    const auto known = tables_.find(name);
    if (known != tables_.end()) return known->second;
    const tensor::TensorView& view = s_.weights.view(name, {rows, s_.config.d_model});
    const Value value =
        g.builder().constant(name, literal(s_.weights.file(), view, {rows, s_.config.d_model}, g.conversion().compute));
    return tables_.emplace(name, value).first->second;
  }

  Value gather(const std::string& name, const Value& rows, const Value& indices) {
    return g.builder().add("gather", name,
                           {{"x", rows}, {"indices", indices}, {"axis", Literal::scalar(std::int32_t{0})}});
  }

  const DecoderSource& s_;
  bool split_;
  std::map<std::string, Value> tables_;
};

struct Inputs {
  std::vector<Value> declared;
  Value tokens, positions, mask, cross_k, cross_v;
};

// The inputs that both forms of a step have.
Inputs step_inputs(DecoderGraph& d, const DecoderSource& s, const ConversionOptions& conversion, std::int64_t n,
                   std::int64_t columns) {
  Inputs in;
  const mil::Shape memory{s.config.layers, s.config.source_frames, s.config.d_model};
  in.tokens = d.g.builder().input("tokens", {DType::int32, {1, n}});
  in.positions = d.g.builder().input("positions", {DType::int32, {n}});
  in.mask = d.g.input("mask", {n, columns});
  in.cross_k = d.g.input("cross_k", memory);
  in.cross_v = d.g.input("cross_v", memory);
  in.declared = {in.tokens,
                 in.positions,
                 {"mask", {conversion.interface, {n, columns}}},
                 {"cross_k", {conversion.interface, memory}},
                 {"cross_v", {conversion.interface, memory}}};
  return in;
}

}  // namespace

mil::Model decoder_cross_model(const DecoderSource& s, const ConversionOptions& conversion) {
  validate(conversion);
  DecoderGraph d(s, conversion);
  const std::int64_t width = s.config.d_model;
  const mil::Shape shape{1, s.config.source_frames, width};
  const Value features = d.g.input("features", shape);
  std::vector<Value> keys, values;
  for (std::int64_t i = 0; i < s.config.layers; ++i) {
    const std::string name = "layer_" + std::to_string(i), tensor = "layers." + std::to_string(i) + ".encoder_attn.";
    keys.push_back(d.project(name + "_k", features, tensor + "k_proj", width, width));
    values.push_back(d.project(name + "_v", features, tensor + "v_proj", width, width));
  }
  const auto joined = [&](const char* name, const std::vector<Value>& all) {
    return d.g.output(name, all.size() == 1 ? all.front() : d.g.concat(std::string(name) + "_joined", all, 0));
  };
  const Value k = joined("cross_k", keys);
  const Value v = joined("cross_v", values);
  mil::Model model = make_model(d.g.builder(), {{"features", {conversion.interface, shape}}}, {k, v}, {}, 0);
  describe(model, mil::PackageKind::decoder_cross, conversion);
  model.metadata.description = "Whisper text decoder: keys and values of a window's features";
  return model;
}

mil::Model decoder_step_model(const DecoderSource& s, const ConversionOptions& conversion, std::int64_t n) {
  validate(conversion);
  if (n < 1 || n > s.config.positions) {
    throw Error(ErrorCategory::usage, "tokens of a step", "1.." + std::to_string(s.config.positions),
                std::to_string(n));
  }
  DecoderGraph d(s, conversion);
  const std::int64_t width = s.config.d_model, rows = s.config.positions;
  Inputs in = step_inputs(d, s, conversion, n, rows + n);
  const mil::Shape memory{s.config.layers, rows, width};
  const Value self_k = d.g.input("self_k", memory);
  const Value self_v = d.g.input("self_v", memory);
  in.declared.push_back({"self_k", {conversion.interface, memory}});
  in.declared.push_back({"self_v", {conversion.interface, memory}});
  Value x = d.embed(in.tokens, in.positions);
  std::vector<Value> keys, values;
  for (std::int64_t i = 0; i < s.config.layers; ++i) {
    const std::string name = "layer_" + std::to_string(i), tensor = "layers." + std::to_string(i) + ".";
    const Value first = d.norm(name + "_self_norm", x, tensor + "self_attn_layer_norm");
    const Value q = d.project(name + "_self_q", first, tensor + "self_attn.q_proj", width, width);
    keys.push_back(d.project(name + "_self_k", first, tensor + "self_attn.k_proj", width, width));
    values.push_back(d.project(name + "_self_v", first, tensor + "self_attn.v_proj", width, width));
    const Value k = d.g.concat(name + "_all_k", {d.layer_of(name + "_old_k", self_k, i), keys.back()}, 1);
    const Value v = d.g.concat(name + "_all_v", {d.layer_of(name + "_old_v", self_v, i), values.back()}, 1);
    const Value mixed = d.attend(name + "_self", q, k, v, &in.mask);
    x = d.g.add(name + "_said", x, d.project(name + "_self_out", mixed, tensor + "self_attn.out_proj", width, width));
    x = d.rest_of_layer(i, x, in.cross_k, in.cross_v);
  }
  const auto joined = [&](const char* name, const std::vector<Value>& all) {
    return d.g.output(name, all.size() == 1 ? all.front() : d.g.concat(std::string(name) + "_joined", all, 0));
  };
  const Value logits = d.g.output("logits", d.logits(x));
  const Value k = joined("new_k", keys);
  const Value v = joined("new_v", values);
  mil::Model model = make_model(d.g.builder(), in.declared, {logits, k, v}, {}, 0);
  describe(model, mil::PackageKind::decoder_step, conversion);
  model.metadata.description = "Whisper text decoder: one step, memory outside";
  return model;
}

mil::Model decoder_stateful_model(const DecoderSource& s, const ConversionOptions& conversion) {
  validate(conversion);
  if (conversion.opset < mil::Opset::ios18) {
    throw Error(ErrorCategory::usage, "opset", "ios18 for states", std::string(to_string(conversion.opset)));
  }
  DecoderGraph d(s, conversion);
  const std::int64_t width = s.config.d_model, rows = s.config.positions;
  Inputs in = step_inputs(d, s, conversion, 1, rows);
  const mil::Type state{DType::fp16, {s.config.layers, rows, width}, true};
  const std::array<Value, 2> states{d.g.builder().input("self_k", state), d.g.builder().input("self_v", state)};
  in.declared.insert(in.declared.end(), states.begin(), states.end());
  const Value next =
      d.g.builder().add("add", "next_position", {{"x", in.positions}, {"y", Literal::scalar(std::int32_t{1})}});
  // Writes [1, 1, d] at [layer, position] of a state and gives back the layer's rows, [1, M, d].
  const auto remember = [&](const std::string& name, const Value& memory, const Value& row, std::int64_t layer) {
    mil::FunctionBuilder& b = d.g.builder();
    const Value before = b.add("read_state", name + "_before", {{"input", memory}});
    const auto place = [&](const char* which, std::int64_t at, const Value& position) {
      const Value row_index = b.constant(name + which + "_layer", ints({at}));
      const Value column = b.constant(name + which + "_column", ints({0}));
      return b.add("concat", name + which,
                   {{"values", std::vector<Value>{row_index, position, column}},
                    {"axis", Literal::scalar(std::int32_t{0})},
                    {"interleave", Literal::scalar(false)}});
    };
    const Value begin = place("_begin", layer, in.positions);
    const Value end = place("_end", layer + 1, next);
    const Value half = row.type.dtype == DType::fp16
                           ? row
                           : b.add("cast", name + "_half", {{"x", row}, {"dtype", Literal::text("fp16")}});
    const Value after = b.add("slice_update", name + "_after",
                              {{"x", before},
                               {"update", half},
                               {"begin", begin},
                               {"end", end},
                               {"end_mask", Literal::bools({false, false, true})}});
    b.add_all("write_state", name + "_write", {{"input", memory}, {"data", after}});
    Value now = b.add("read_state", name + "_now", {{"input", memory}});
    if (d.g.conversion().compute != DType::fp16) {
      now = b.add("cast", name + "_full", {{"x", now}, {"dtype", Literal::text("fp32")}});
    }
    return d.layer_of(name + "_rows", now, layer);
  };
  Value x = d.embed(in.tokens, in.positions);
  for (std::int64_t i = 0; i < s.config.layers; ++i) {
    const std::string name = "layer_" + std::to_string(i), tensor = "layers." + std::to_string(i) + ".";
    const Value first = d.norm(name + "_self_norm", x, tensor + "self_attn_layer_norm");
    const Value q = d.project(name + "_self_q", first, tensor + "self_attn.q_proj", width, width);
    const Value k = d.project(name + "_self_k", first, tensor + "self_attn.k_proj", width, width);
    const Value v = d.project(name + "_self_v", first, tensor + "self_attn.v_proj", width, width);
    const Value all_k = remember(name + "_memory_k", states[0], k, i);
    const Value all_v = remember(name + "_memory_v", states[1], v, i);
    const Value mixed = d.attend(name + "_self", q, all_k, all_v, &in.mask);
    x = d.g.add(name + "_said", x, d.project(name + "_self_out", mixed, tensor + "self_attn.out_proj", width, width));
    x = d.rest_of_layer(i, x, in.cross_k, in.cross_v);
  }
  const Value logits = d.g.output("logits", d.logits(x));
  mil::Model model = make_model(d.g.builder(), in.declared, {logits}, {}, 0);
  describe(model, mil::PackageKind::decoder_stateful, conversion);
  model.metadata.description = "Whisper text decoder: one step, memory in states";
  return model;
}

}  // namespace seben::convert
