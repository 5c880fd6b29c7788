// SPDX-License-Identifier: Apache-2.0
// lstm (Hochreiter and Schmidhuber 1997; MIL's gate order i, f, o, z).
#include <algorithm>
#include <cmath>

#include "interpreter/product.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::interpreter {
namespace {

float activate(const std::string& word, float v) {
  if (word == "tanh") return std::tanh(v);
  if (word == "relu") return std::max(v, 0.0F);
  return 1.0F / (1.0F + std::exp(-v));
}

struct Direction {
  std::string side;  ///< "" or "_back"
  bool reversed = false;
  std::int64_t offset = 0;  ///< of its cells in the outputs
};

struct Activations {
  std::string recurrent, cell, output;
};

class Lstm {
 public:
  explicit Lstm(Call& call)
      : call_(call),
        words_{call.set.text("recurrent_activation", "sigmoid"), call.set.text("cell_activation", "tanh"),
               call.set.text("activation", "tanh")},
        clip_(static_cast<float>(call.set.number("clip", 0.0))) {
    const mil::Shape& x = call.in("x").shape();
    steps_ = x[0];
    batch_ = x[1];
    in_ = x[2];
    cells_ = call.in("weight_hh").shape()[1];
    width_ = call.type(1).shape[1];
  }

  void run() {
    const std::string direction = call_.set.text("direction", "forward");
    sequence_ = call_.set.boolean("output_sequence", false);
    Array &out = call_.out(0), &h = call_.out(1), &c = call_.out(2);
    if (direction != "bidirectional") return walk({"", direction == "reverse", 0}, out, h, c);
    walk({"", false, 0}, out, h, c);
    walk({"_back", true, cells_}, out, h, c);
  }

 private:
  // W_ih x + b for all steps at once.
  std::vector<float> inputs(const Direction& d) {
    const Array &x = call_.in("x"), &w = call_.in("weight_ih" + d.side);
    const Array* bias = call_.find("bias" + d.side);
    std::vector<float> gates(static_cast<std::size_t>(steps_ * batch_ * 4 * cells_));
    const auto gemm = kernels::pack_gemm(kernels::GemmKind::f32, 4 * cells_, in_, w.f(), steps_ * batch_);
    multiply_rows(*gemm, x.f(), steps_ * batch_, 4 * cells_, in_, bias == nullptr ? nullptr : bias->f(), gates.data(),
                  call_.threads);
    return gates;
  }

  void walk(const Direction& d, Array& out, Array& h, Array& c) {
    const std::vector<float> gates = inputs(d);
    const auto gemm =
        kernels::pack_gemm(kernels::GemmKind::f32, 4 * cells_, cells_, call_.in("weight_hh" + d.side).f(), batch_);
    std::vector<float> state(static_cast<std::size_t>(batch_ * cells_)), hidden(state.size()),
        sums(static_cast<std::size_t>(batch_ * 4 * cells_));
    const Array &h0 = call_.in("initial_h"), &c0 = call_.in("initial_c");
    for (std::int64_t b = 0; b < batch_; ++b) {
      std::copy_n(h0.f() + b * width_ + d.offset, cells_, hidden.data() + b * cells_);
      std::copy_n(c0.f() + b * width_ + d.offset, cells_, state.data() + b * cells_);
    }
    for (std::int64_t step = 0; step < steps_; ++step) {
      const std::int64_t t = d.reversed ? steps_ - 1 - step : step;
      gemm->multiply(hidden.data(), batch_, sums.data());
      for (std::int64_t b = 0; b < batch_; ++b) {
        update(gates.data() + (t * batch_ + b) * 4 * cells_, sums.data() + b * 4 * cells_, state.data() + b * cells_,
               hidden.data() + b * cells_);
        if (sequence_ || step + 1 == steps_) {
          std::copy_n(hidden.data() + b * cells_, cells_,
                      out.f() + ((sequence_ ? t : 0) * batch_ + b) * width_ + d.offset);
        }
      }
    }
    for (std::int64_t b = 0; b < batch_; ++b) {
      std::copy_n(hidden.data() + b * cells_, cells_, h.f() + b * width_ + d.offset);
      std::copy_n(state.data() + b * cells_, cells_, c.f() + b * width_ + d.offset);
    }
  }

  void update(const float* gates, const float* sums, float* state, float* hidden) const {
    for (std::int64_t k = 0; k < cells_; ++k) {
      const auto gate = [&](std::int64_t which) {
        return clipped(gates[which * cells_ + k] + sums[which * cells_ + k]);
      };
      const float i = activate(words_.recurrent, gate(0)), f = activate(words_.recurrent, gate(1)),
                  o = activate(words_.recurrent, gate(2)), z = activate(words_.cell, gate(3));
      state[k] = f * state[k] + i * z;
      hidden[k] = o * activate(words_.output, state[k]);
    }
  }

  [[nodiscard]] float clipped(float v) const { return clip_ > 0.0F ? std::clamp(v, -clip_, clip_) : v; }

  Call& call_;
  Activations words_;
  float clip_;
  std::int64_t steps_ = 0, batch_ = 0, in_ = 0, cells_ = 0, width_ = 0;
  bool sequence_ = false;
};

// MIL has the operand and says nothing of what it does.
void check_lstm(const Settings& set, const mil::Type& /*x*/) {
  for (const char* operand : {"peephole", "peephole_back"}) {
    if (set.has(operand)) throw Error(ErrorCategory::bad_data, operand, "an lstm without it", "a value");
  }
}

}  // namespace

void add_sequence_code(std::vector<OperatorCode>& all) {
  all.push_back({"lstm", [](Call& call) { Lstm(call).run(); }, nullptr, {}, false, check_lstm});
}

}  // namespace seben::interpreter
