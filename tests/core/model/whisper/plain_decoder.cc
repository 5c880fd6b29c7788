// SPDX-License-Identifier: Apache-2.0
#include "plain_decoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/threads.h"
#include "model/whisper/decoder_tensors.h"
#include "seben/error.h"

namespace seben::test {
namespace {

using kernels::kBlockRows;
using kernels::Linear;
using kernels::Precision;
using whisper::DecoderConfig;
using whisper::load_norm;
using whisper::Norm;

Linear load_linear(const tensor::WeightFile& file, const std::string& name, std::int64_t out, std::int64_t in,
                   const kernels::Packing& packing, bool bias = true) {
  const tensor::TensorView& weight = file.require(name + ".weight", {out, in});
  std::vector<float> offsets;
  if (bias) offsets = tensor::to_float(file.require(name + ".bias", {out}));
  Linear linear([&](std::int64_t r, std::span<float> row) { tensor::to_float(tensor::row_of(weight, r), row); },
                offsets, out, in, packing);
  file.release(weight);
  return linear;
}

// y[rows, out] = x[rows, in] W^T + b
std::vector<float> apply(const Linear& linear, std::span<const float> x, int threads) {
  const auto rows = static_cast<std::int64_t>(x.size()) / linear.in();
  std::vector<float> y(static_cast<std::size_t>(rows * linear.out()));
  const std::int64_t block = std::min(kBlockRows, rows);
  kernels::run_team(threads, [&](kernels::Team& team) {
    kernels::Operand operand(Precision::f32, block, linear.in());
    kernels::LinearScratch scratch(block, linear.out());
    team.share((rows + block - 1) / block, [&](std::int64_t b) {
      const std::int64_t first = b * block, count = std::min(block, rows - first);
      for (std::int64_t r = 0; r < count; ++r) operand.set_row(r, x.data() + (first + r) * linear.in());
      linear.run(operand, count, scratch, [&](std::int64_t r, const float* row) {
        std::copy_n(row, linear.out(), y.data() + (first + r) * linear.out());
      });
    });
  });
  return y;
}

float dot(const float* a, const float* b, std::int64_t n) {
  float lanes[16] = {};
  std::int64_t i = 0;
  for (; i + 16 <= n; i += 16) {
    for (std::int64_t lane = 0; lane < 16; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  }
  float total = 0.0F;
  for (; i < n; ++i) total += a[i] * b[i];
  for (const float lane : lanes) total += lane;
  return total;
}

// Keys and values of some rows, seen by queries whose first sees `first_visible` of them and each next one more when
// `causal`.
struct Memory {
  const float* keys;
  const float* values;
  std::int64_t rows;
  bool causal = false;
};

// softmax(q k^T) v for `count` queries that are already scaled; [count, width]
std::vector<float> attend(std::span<const float> q, const Memory& m, std::int64_t heads, std::int64_t width,
                          int threads) {
  const auto count = static_cast<std::int64_t>(q.size()) / width;
  const std::int64_t d = width / heads;
  std::vector<float> out(q.size(), 0.0F);
  kernels::parallel_for(threads, heads, [&](std::int64_t h) {
    std::vector<float> scores(static_cast<std::size_t>(m.rows));
    for (std::int64_t t = 0; t < count; ++t) {
      const std::int64_t visible = m.causal ? m.rows - count + t + 1 : m.rows;
      const float* query = q.data() + t * width + h * d;
      float most = std::numeric_limits<float>::lowest(), sum = 0.0F;
      for (std::int64_t j = 0; j < visible; ++j) {
        const float s = dot(query, m.keys + j * width + h * d, d);
        scores[static_cast<std::size_t>(j)] = s;
        most = std::max(most, s);
      }
      for (std::int64_t j = 0; j < visible; ++j) {
        float& s = scores[static_cast<std::size_t>(j)];
        s = std::exp(s - most);
        sum += s;
      }
      float* to = out.data() + t * width + h * d;
      for (std::int64_t j = 0; j < visible; ++j) {
        const float weight = scores[static_cast<std::size_t>(j)] / sum;
        const float* value = m.values + j * width + h * d;
        for (std::int64_t i = 0; i < d; ++i) to[i] += weight * value[i];
      }
    }
  });
  return out;
}

std::vector<float> normed(const Norm& norm, const std::vector<float>& x) {
  std::vector<float> y(x.size());
  const std::size_t width = norm.gamma.size();
  for (std::size_t at = 0; at < x.size(); at += width) norm.apply(x.data() + at, y.data() + at);
  return y;
}

void add_to(std::vector<float>& stream, const std::vector<float>& x) {
  for (std::size_t i = 0; i < x.size(); ++i) stream[i] += x[i];
}

void append(std::vector<float>& memory, const std::vector<float>& rows) {
  memory.insert(memory.end(), rows.begin(), rows.end());
}

}  // namespace

// Pre-norm: x += self(norm(x)); x += cross(norm(x)); x += fc2 gelu(fc1 norm(x)). Keys have no bias.
struct PlainDecoder::Layer {
  struct Attention {
    Norm norm;
    Linear q, k, v, out;
  };

  Layer(const tensor::WeightFile& file, const std::string& prefix, const DecoderConfig& c,
        const kernels::Packing& packing)
      : self(load_attention(file, prefix, "self_attn", c, packing)),
        cross(load_attention(file, prefix, "encoder_attn", c, packing)),
        feed_norm(load_norm(file, prefix + "final_layer_norm", c.d_model)),
        fc1(load_linear(file, prefix + "fc1", c.ffn, c.d_model, packing)),
        fc2(load_linear(file, prefix + "fc2", c.d_model, c.ffn, packing)) {}

  static Attention load_attention(const tensor::WeightFile& file, const std::string& prefix, const std::string& name,
                                  const DecoderConfig& c, const kernels::Packing& packing) {
    const std::int64_t d = c.d_model;
    const std::string at = prefix + name + ".";
    return {load_norm(file, prefix + name + "_layer_norm", d), load_linear(file, at + "q_proj", d, d, packing),
            load_linear(file, at + "k_proj", d, d, packing, false), load_linear(file, at + "v_proj", d, d, packing),
            load_linear(file, at + "out_proj", d, d, packing)};
  }

  Attention self, cross;
  Norm feed_norm;
  Linear fc1, fc2;
};

PlainDecoder::PlainDecoder() = default;
PlainDecoder::PlainDecoder(PlainDecoder&&) noexcept = default;
PlainDecoder& PlainDecoder::operator=(PlainDecoder&&) noexcept = default;
PlainDecoder::~PlainDecoder() = default;

PlainDecoder PlainDecoder::load(const tensor::WeightFile& file, const DecoderConfig& config) {
  const std::string prefix = whisper::require_decoder_prefix(file);
  PlainDecoder d;
  d.config_ = config;
  d.embedding_ = file.require(prefix + "embed_tokens.weight", {config.vocabulary, config.d_model});
  d.positions_ = tensor::to_float(file.require(prefix + "embed_positions.weight", {config.positions, config.d_model}));
  kernels::PackScratch scratch;
  const kernels::Packing packing{Precision::f32, &scratch};
  for (std::int64_t i = 0; i < config.layers; ++i) {
    d.layers_.push_back(std::make_unique<Layer>(file, prefix + "layers." + std::to_string(i) + ".", config, packing));
  }
  d.norm_ = load_norm(file, prefix + "layer_norm", config.d_model);
  const tensor::TensorView* own = file.find("proj_out.weight");
  const tensor::TensorView& scores = own == nullptr ? d.embedding_ : *own;
  tensor::require_shape(scores, {config.vocabulary, config.d_model});
  d.output_ = Linear([&](std::int64_t r, std::span<float> row) { tensor::to_float(tensor::row_of(scores, r), row); },
                     {}, config.vocabulary, config.d_model, packing);
  return d;
}

CrossMemory PlainDecoder::remember(std::span<const float> features, std::int64_t frames, int threads) const {
  if (frames < 1 || features.size() != static_cast<std::size_t>(frames * config_.d_model)) {
    throw Error(ErrorCategory::internal, "decoder: features", "[frames, " + std::to_string(config_.d_model) + "]",
                std::to_string(features.size()) + " values");
  }
  CrossMemory memory;
  memory.frames = frames;
  for (const auto& layer : layers_) {
    memory.keys.push_back(apply(layer->cross.k, features, threads));
    memory.values.push_back(apply(layer->cross.v, features, threads));
  }
  return memory;
}

TokenMemory PlainDecoder::start() const {
  TokenMemory memory;
  memory.keys.resize(layers_.size());
  memory.values.resize(layers_.size());
  return memory;
}

void PlainDecoder::embed(std::span<const std::int32_t> tokens, std::int64_t first, std::vector<float>& stream) const {
  const auto width = static_cast<std::size_t>(config_.d_model);
  stream.resize(tokens.size() * width);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= config_.vocabulary) {
      throw Error(ErrorCategory::bad_data, "decoder: token", "0.." + std::to_string(config_.vocabulary - 1),
                  std::to_string(tokens[i]));
    }
    const std::span row(stream.data() + i * width, width);
    tensor::to_float(tensor::row_of(embedding_, tokens[i]), row);
    const float* position = positions_.data() + (static_cast<std::size_t>(first) + i) * width;
    for (std::size_t c = 0; c < width; ++c) row[c] += position[c];
  }
}

void PlainDecoder::step(std::span<const std::int32_t> tokens, TokenMemory& memory, const CrossMemory& cross,
                        std::span<float> logits, int threads) const {
  const std::int64_t width = config_.d_model, total = memory.tokens + static_cast<std::int64_t>(tokens.size());
  if (tokens.empty() || total > config_.positions) {
    throw Error(ErrorCategory::bad_data, "decoder: tokens", "1.." + std::to_string(config_.positions) + " in all",
                std::to_string(total));
  }
  if (logits.size() != static_cast<std::size_t>(config_.vocabulary) || cross.keys.size() != layers_.size()) {
    throw Error(ErrorCategory::internal, "decoder: step", "room for the vocabulary and a memory of this decoder",
                "another");
  }
  std::vector<float> stream;
  embed(tokens, memory.tokens, stream);
  const float scale = 1.0F / std::sqrt(static_cast<float>(config_.head_dim()));
  const auto queries = [&](const Layer::Attention& a, const std::vector<float>& x) {
    std::vector<float> q = apply(a.q, x, threads);
    for (float& v : q) v *= scale;
    return q;
  };
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = *layers_[i];
    std::vector<float> x = normed(layer.self.norm, stream);
    append(memory.keys[i], apply(layer.self.k, x, threads));
    append(memory.values[i], apply(layer.self.v, x, threads));
    const Memory own{memory.keys[i].data(), memory.values[i].data(), total, true};
    add_to(stream, apply(layer.self.out, attend(queries(layer.self, x), own, config_.heads, width, threads), threads));
    x = normed(layer.cross.norm, stream);
    const Memory heard{cross.keys[i].data(), cross.values[i].data(), cross.frames, false};
    add_to(stream,
           apply(layer.cross.out, attend(queries(layer.cross, x), heard, config_.heads, width, threads), threads));
    std::vector<float> up = apply(layer.fc1, normed(layer.feed_norm, stream), threads);
    kernels::row_ops().gelu(up.data(), static_cast<std::int64_t>(up.size()));
    add_to(stream, apply(layer.fc2, up, threads));
  }
  memory.tokens = total;
  const std::vector<float> last(stream.end() - width, stream.end());
  const std::vector<float> scores = apply(output_, normed(norm_, last), threads);
  std::ranges::copy(scores, logits.begin());
}

}  // namespace seben::test
