// SPDX-License-Identifier: Apache-2.0
// The recurrent heads (docs/heads.md): projection, for conv-bilstm a convolution behind it, bidirectional LSTM layers,
// projection. Sequence layout only: lstm takes [S, B, C] wherever it runs.
#include <algorithm>

#include "convert/head_kinds.h"
#include "seben/error.h"

namespace seben::convert {
namespace {

using mil::DType;
using mil::Literal;
using mil::Value;

// PyTorch's rows are the gates i, f, g, o; MIL's are i, f, o, z (z is PyTorch's g).
std::vector<float> reordered(const std::vector<float>& rows, std::int64_t cells, std::int64_t width) {
  std::vector<float> out;
  out.reserve(rows.size());
  for (const std::int64_t gate : {0, 1, 3, 2}) {
    const auto from = rows.begin() + gate * cells * width;
    out.insert(out.end(), from, from + cells * width);
  }
  return out;
}

struct Layer {
  std::string suffix;  ///< "_l0"
  std::int64_t in = 0, cells = 0;
};

class BilstmBuilder {
 public:
  BilstmBuilder(Graph& g, const HeadSource& s) : g_(g), s_(s) {
    lstm_dtype_ = g.conversion().keep_fp32.contains("lstm") || g.conversion().opset < mil::Opset::ios17
                      ? DType::fp32
                      : g.conversion().compute;
  }

  // x: [T, 1, in] -> [T, 1, 2 cells]
  Value lstm(const std::string& name, const Value& x, const Layer& layer) {
    std::vector<mil::Operand> operands{{"x", cast(name + "_in", x, lstm_dtype_)}};
    const std::vector<float> zeros(static_cast<std::size_t>(2 * layer.cells), 0.0F);
    const Literal start = Literal::floats(zeros, {1, 2 * layer.cells}, lstm_dtype_);
    operands.emplace_back("initial_h", start);
    operands.emplace_back("initial_c", start);
    add_direction(operands, layer, layer.suffix, "");
    add_direction(operands, layer, layer.suffix + "_reverse", "_back");
    operands.emplace_back("direction", Literal::text("bidirectional"));
    operands.emplace_back("output_sequence", Literal::scalar(true));
    operands.emplace_back("recurrent_activation", Literal::text("sigmoid"));
    operands.emplace_back("cell_activation", Literal::text("tanh"));
    operands.emplace_back("activation", Literal::text("tanh"));
    return cast(name + "_out", g_.builder().add_all("lstm", name, operands).front(), g_.conversion().compute);
  }

 private:
  Value cast(const std::string& name, const Value& x, DType dtype) {
    if (x.type.dtype == dtype) return x;
    return g_.builder().add("cast", name, {{"x", x}, {"dtype", Literal::text(std::string(to_string(dtype)))}});
  }

  void add_direction(std::vector<mil::Operand>& operands, const Layer& l, const std::string& suffix,
                     const std::string& side) {
    const auto gates = [&](const std::string& name, std::int64_t width) {
      return reordered(s_.weights.values("encoder." + name + suffix, {4 * l.cells, width}), l.cells, width);
    };
    std::vector<float> bias = s_.weights.values("encoder.bias_ih" + suffix, {4 * l.cells});
    const std::vector<float> second = s_.weights.values("encoder.bias_hh" + suffix, {4 * l.cells});
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] += second[i];
    operands.emplace_back("weight_ih" + side,
                          Literal::floats(gates("weight_ih", l.in), {4 * l.cells, l.in}, lstm_dtype_));
    operands.emplace_back("weight_hh" + side,
                          Literal::floats(gates("weight_hh", l.cells), {4 * l.cells, l.cells}, lstm_dtype_));
    operands.emplace_back("bias" + side, Literal::floats(reordered(bias, l.cells, 1), {4 * l.cells}, lstm_dtype_));
  }

  Graph& g_;
  const HeadSource& s_;
  DType lstm_dtype_ = DType::fp32;
};

}  // namespace

Value bilstm_head(Graph& g, const HeadSource& s, const Value& features) {
  if (g.ane()) {
    throw Error(ErrorCategory::usage, "layout", "sequence for a BiLSTM head", "ane");
  }
  const std::int64_t cells = s.config.cells;
  Value x;
  if (s.config.kind == ctc::HeadKind::conv_bilstm) {
    x = g.transpose("head_steps", head_front(g, s, features), {2, 0, 1});
  } else {
    x = g.linear("head_in", features, s.weights, "input_proj", s.config.width, s.config.input_dim);
    x = g.transpose("head_steps", x, {1, 0, 2});
  }
  BilstmBuilder builder(g, s);
  for (std::int64_t i = 0; i < s.config.layers; ++i) {
    const Layer layer{"_l" + std::to_string(i), i == 0 ? s.config.width : 2 * cells, cells};
    x = builder.lstm("head_lstm_" + std::to_string(i), x, layer);
  }
  x = g.transpose("head_batch", x, {1, 0, 2});
  return g.linear("head_scores", x, s.weights, "output_proj", s.config.classes, 2 * cells);
}

}  // namespace seben::convert
