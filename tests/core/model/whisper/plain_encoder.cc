// SPDX-License-Identifier: Apache-2.0
#include "core/model/whisper/plain_encoder.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace seben::test {
namespace {

using whisper::EncoderConfig;

// [rows, width], row-major.
struct Matrix {
  Matrix(std::int64_t rows, std::int64_t width) : width_(width), values(static_cast<std::size_t>(rows * width)) {}
  double& at(std::int64_t r, std::int64_t c) { return values[static_cast<std::size_t>(r * width_ + c)]; }
  [[nodiscard]] double at(std::int64_t r, std::int64_t c) const {
    return values[static_cast<std::size_t>(r * width_ + c)];
  }
  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / width_; }

 private:
  std::int64_t width_;

 public:
  std::vector<double> values;
};

double gelu(double x) { return 0.5 * x * (1.0 + std::erf(x / std::numbers::sqrt2)); }

class Plain {
 public:
  Plain(const MemoryWeights& weights, const EncoderConfig& config) : weights_(weights), c_(config) {}

  [[nodiscard]] Matrix encode(std::span<const float> mel) const {
    Matrix in(c_.mel_frames(), c_.n_mels);
    for (std::int64_t t = 0; t < c_.mel_frames(); ++t) {
      for (std::int64_t m = 0; m < c_.n_mels; ++m) {
        in.at(t, m) = static_cast<double>(mel[static_cast<std::size_t>(m * c_.mel_frames() + t)]);
      }
    }
    Matrix x = convolution("conv2", convolution("conv1", in, 1), 2);
    for (std::int64_t t = 0; t < x.rows(); ++t) {
      for (std::int64_t i = 0; i < c_.d_model; ++i) x.at(t, i) += value("embed_positions.weight", t * c_.d_model + i);
    }
    for (std::int64_t l = 0; l < c_.layers; ++l) layer("layers." + std::to_string(l) + ".", x);
    return norm("layer_norm", x);
  }

 private:
  [[nodiscard]] double value(const std::string& name, std::int64_t i) const {
    return static_cast<double>(weights_.values(name)[static_cast<std::size_t>(i)]);
  }

  [[nodiscard]] Matrix convolution(const std::string& name, const Matrix& in, std::int64_t stride) const {
    Matrix out(in.rows() / stride, c_.d_model);
    for (std::int64_t t = 0; t < out.rows(); ++t) {
      for (std::int64_t o = 0; o < c_.d_model; ++o) {
        double total = value(name + ".bias", o);
        for (std::int64_t k = 0; k < 3; ++k) {
          const std::int64_t at = t * stride + k - 1;
          for (std::int64_t i = 0; at >= 0 && at < in.rows() && i < in.width(); ++i) {
            total += value(name + ".weight", (o * in.width() + i) * 3 + k) * in.at(at, i);
          }
        }
        out.at(t, o) = gelu(total);
      }
    }
    return out;
  }

  [[nodiscard]] Matrix linear(const std::string& name, const Matrix& in, std::int64_t outputs, bool bias = true) const {
    Matrix out(in.rows(), outputs);
    for (std::int64_t t = 0; t < in.rows(); ++t) {
      for (std::int64_t o = 0; o < outputs; ++o) {
        double total = bias ? value(name + ".bias", o) : 0.0;
        for (std::int64_t i = 0; i < in.width(); ++i) {
          total += value(name + ".weight", o * in.width() + i) * in.at(t, i);
        }
        out.at(t, o) = total;
      }
    }
    return out;
  }

  [[nodiscard]] Matrix norm(const std::string& name, const Matrix& in) const {
    Matrix out(in.rows(), in.width());
    const auto n = static_cast<double>(in.width());
    for (std::int64_t t = 0; t < in.rows(); ++t) {
      double mean = 0.0, variance = 0.0;
      for (std::int64_t i = 0; i < in.width(); ++i) mean += in.at(t, i) / n;
      for (std::int64_t i = 0; i < in.width(); ++i) variance += (in.at(t, i) - mean) * (in.at(t, i) - mean) / n;
      for (std::int64_t i = 0; i < in.width(); ++i) {
        out.at(t, i) =
            (in.at(t, i) - mean) / std::sqrt(variance + 1e-5) * value(name + ".weight", i) + value(name + ".bias", i);
      }
    }
    return out;
  }

  // One query of one head: softmax over its scores, then the mix of the values.
  void attend(const Matrix& q, const Matrix& k, const Matrix& v, std::int64_t t, std::int64_t head, Matrix& out) const {
    const std::int64_t width = c_.head_dim(), first = head * width;
    std::vector<double> scores;
    for (std::int64_t j = 0; j < k.rows(); ++j) {
      double total = 0.0;
      for (std::int64_t i = 0; i < width; ++i) total += q.at(t, first + i) * k.at(j, first + i);
      scores.push_back(total / std::sqrt(static_cast<double>(width)));
    }
    const double top = std::ranges::max(scores);
    double sum = 0.0;
    for (double& score : scores) sum += score = std::exp(score - top);
    for (std::int64_t i = 0; i < width; ++i) {
      double total = 0.0;
      for (std::int64_t j = 0; j < v.rows(); ++j) total += scores[static_cast<std::size_t>(j)] * v.at(j, first + i);
      out.at(t, first + i) = total / sum;
    }
  }

  void layer(const std::string& prefix, Matrix& x) const {
    const std::int64_t d = c_.d_model;
    const Matrix in = norm(prefix + "self_attn_layer_norm", x);
    const Matrix q = linear(prefix + "self_attn.q_proj", in, d), k = linear(prefix + "self_attn.k_proj", in, d, false),
                 v = linear(prefix + "self_attn.v_proj", in, d);
    Matrix mixed(x.rows(), d);
    for (std::int64_t t = 0; t < x.rows(); ++t) {
      for (std::int64_t head = 0; head < c_.heads; ++head) attend(q, k, v, t, head, mixed);
    }
    add(linear(prefix + "self_attn.out_proj", mixed, d), x);
    Matrix hidden = linear(prefix + "fc1", norm(prefix + "final_layer_norm", x), c_.ffn);
    for (double& h : hidden.values) h = gelu(h);
    add(linear(prefix + "fc2", hidden, d), x);
  }

  static void add(const Matrix& from, Matrix& to) {
    for (std::size_t i = 0; i < to.values.size(); ++i) to.values[i] += from.values[i];
  }

  const MemoryWeights& weights_;
  const EncoderConfig& c_;
};

}  // namespace

MemoryWeights random_encoder(const EncoderConfig& c, unsigned seed) {
  MemoryWeights w;
  std::mt19937 random(seed);
  const std::int64_t d = c.d_model;
  const auto matrix = [&](const std::string& name, std::int64_t out, std::int64_t in, float gain) {
    w.randomize(name + ".weight", {out, in}, random, gain / std::sqrt(static_cast<float>(in)));
    w.randomize(name + ".bias", {out}, random, 0.1F);
  };
  const auto norm = [&](const std::string& name) {
    w.randomize(name + ".weight", {d}, random, 0.2F, 1.0F);
    w.randomize(name + ".bias", {d}, random, 0.2F);
  };
  w.randomize("conv1.weight", {d, c.n_mels, 3}, random, 3.0F / std::sqrt(3.0F * static_cast<float>(c.n_mels)));
  w.randomize("conv1.bias", {d}, random, 0.1F);
  w.randomize("conv2.weight", {d, d, 3}, random, 3.0F / std::sqrt(3.0F * static_cast<float>(d)));
  w.randomize("conv2.bias", {d}, random, 0.1F);
  w.randomize("embed_positions.weight", {c.positions, d}, random, 0.7F);
  for (std::int64_t l = 0; l < c.layers; ++l) {
    const std::string prefix = "layers." + std::to_string(l) + ".";
    norm(prefix + "self_attn_layer_norm");
    matrix(prefix + "self_attn.q_proj", d, d, 1.7F);
    matrix(prefix + "self_attn.k_proj", d, d, 1.7F);
    w.erase(prefix + "self_attn.k_proj.bias");
    matrix(prefix + "self_attn.v_proj", d, d, 1.0F);
    matrix(prefix + "self_attn.out_proj", d, d, 1.0F);
    norm(prefix + "final_layer_norm");
    matrix(prefix + "fc1", c.ffn, d, 1.0F);
    matrix(prefix + "fc2", d, c.ffn, 1.0F);
  }
  norm("layer_norm");
  return w;
}

std::vector<float> random_mel(const EncoderConfig& c, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> range(-0.7F, 1.3F);
  std::vector<float> mel(static_cast<std::size_t>(c.mel_size()));
  for (float& value : mel) value = range(random);
  return mel;
}

std::vector<double> plain_encoder(const MemoryWeights& weights, const EncoderConfig& config,
                                  std::span<const float> mel) {
  return Plain(weights, config).encode(mel).values;
}

}  // namespace seben::test
