// SPDX-License-Identifier: Apache-2.0
#include "whisper/incremental_decoder.h"

#include <algorithm>
#include <cmath>

#include "kernels/row_ops.h"
#include "kernels/threads.h"
#include "seben/error.h"
#include "whisper/decoder.h"

namespace seben::whisper {
namespace {

using kernels::Linear;
using kernels::MatrixRows;
using kernels::NarrowLinear;

constexpr std::int64_t kPromptRows = 64;  // tokens of a prompt that go through the layers together
constexpr std::int64_t kPartRows = 256;   // outputs of one task at most
constexpr std::int64_t kScoreRows = 8;    // queries of one attention task
constexpr std::int64_t kLogitRows = 8;    // rows of scores at a time

struct Source {
  const tensor::WeightFile& file;
  kernels::Precision precision;
  kernels::PackScratch& scratch;

  [[nodiscard]] kernels::RowReader rows(const tensor::TensorView& weight) const {
    return [&weight](std::int64_t r, std::span<float> row) { tensor::to_float(tensor::row_of(weight, r), row); };
  }
  [[nodiscard]] std::vector<float> bias(const std::string& name, std::int64_t out) const {
    return tensor::to_float(file.require(name + ".bias", {out}));
  }
  [[nodiscard]] NarrowLinear narrow(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias = true,
                                    float scale = 1.0F) const {
    const tensor::TensorView& weight = file.require(name + ".weight", {out, in});
    NarrowLinear linear(rows(weight), has_bias ? bias(name, out) : std::vector<float>{}, out, in, precision, scale);
    file.release(weight);
    return linear;
  }
  [[nodiscard]] Linear wide(const std::string& name, std::int64_t out, std::int64_t in, bool has_bias) const {
    const tensor::TensorView& weight = file.require(name + ".weight", {out, in});
    Linear linear(rows(weight), has_bias ? bias(name, out) : std::vector<float>{}, out, in, {precision, &scratch});
    file.release(weight);
    return linear;
  }
};

// Outputs of one task: some for every thread, and few enough to stay in cache.
std::int64_t part_of(std::int64_t out, int threads) {
  const std::int64_t even = (out / (4 * static_cast<std::int64_t>(threads)) + 7) / 8 * 8;
  return std::clamp<std::int64_t>(even, 16, kPartRows);
}

std::int64_t parts(std::int64_t out, std::int64_t part) { return (out + part - 1) / part; }

}  // namespace

// Pre-norm: x += self(norm(x)); x += cross(norm(x)); x += fc2 gelu(fc1 norm(x)). Keys have no bias; 1 / sqrt(head_dim)
// is in the queries' weights.
struct IncrementalDecoder::Layer {
  Layer(const Source& s, const std::string& at, const DecoderConfig& c)
      : self_norm(load_norm(s.file, at + "self_attn_layer_norm", c.d_model)),
        cross_norm(load_norm(s.file, at + "encoder_attn_layer_norm", c.d_model)),
        feed_norm(load_norm(s.file, at + "final_layer_norm", c.d_model)) {
    const std::int64_t d = c.d_model;
    const float scale = 1.0F / std::sqrt(static_cast<float>(c.head_dim()));
    q = s.narrow(at + "self_attn.q_proj", d, d, true, scale);
    k = s.narrow(at + "self_attn.k_proj", d, d, false);
    v = s.narrow(at + "self_attn.v_proj", d, d);
    out = s.narrow(at + "self_attn.out_proj", d, d);
    cross_q = s.narrow(at + "encoder_attn.q_proj", d, d, true, scale);
    cross_k = s.wide(at + "encoder_attn.k_proj", d, d, false);
    cross_v = s.wide(at + "encoder_attn.v_proj", d, d, true);
    cross_out = s.narrow(at + "encoder_attn.out_proj", d, d);
    fc1 = s.narrow(at + "fc1", c.ffn, d);
    fc2 = s.narrow(at + "fc2", d, c.ffn);
  }

  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = cross_k.bytes() + cross_v.bytes();
    for (const NarrowLinear* part : {&q, &k, &v, &out, &cross_q, &cross_out, &fc1, &fc2}) sum += part->bytes();
    return sum;
  }

  Norm self_norm, cross_norm, feed_norm;
  NarrowLinear q, k, v, out, cross_q, cross_out, fc1, fc2;
  Linear cross_k, cross_v;
};

// Some rows on their way through the layers: one token of each hypothesis, or several tokens of the only one.
struct IncrementalDecoder::Pass {
  TokenCache& cache;
  const CrossCache& cross;
  std::int64_t rows;
  bool prompt;
  const PromptWish* wish = nullptr;
  std::int64_t wish_row = 0, wish_rows = 0;  // the pass's first row and all rows of the wish's weights
  float *stream, *query, *mixed, *up, *threads_room;
  std::int64_t thread_floats;

  Pass(TokenCache& c, const CrossCache& x, std::int64_t n, bool is_prompt, const DecoderConfig& config, int threads)
      : cache(c), cross(x), rows(n), prompt(is_prompt) {
    const std::int64_t d = config.d_model;
    thread_floats = n * (d + kPartRows) + kScoreRows * std::max(x.frames(), config.positions);
    const auto bytes =
        static_cast<std::size_t>(n * (3 * d + config.ffn) + static_cast<std::int64_t>(threads) * thread_floats) *
        sizeof(float);
    if (c.work_.size() < bytes) {
      c.work_ = {};
      c.work_ = kernels::Buffer(bytes);
    }
    stream = c.work_.as<float>();
    query = stream + n * d;
    mixed = query + n * d;
    up = mixed + n * d;
    threads_room = up + n * config.ffn;
  }
  // Where the keys or values of row 0 go, and how far it is to the next row's.
  [[nodiscard]] std::int64_t write_at() const { return cache.length_ * cache.width_; }
  [[nodiscard]] std::int64_t write_stride() const { return prompt ? cache.width_ : cache.positions_ * cache.width_; }

  struct Mine {
    float *normed, *part, *scores;
  };
  [[nodiscard]] Mine mine(int thread, std::int64_t d) const {
    float* room = threads_room + thread * thread_floats;
    return {room, room + rows * d, room + rows * (d + kPartRows)};
  }
};

IncrementalDecoder::IncrementalDecoder() = default;
IncrementalDecoder::IncrementalDecoder(IncrementalDecoder&&) noexcept = default;
IncrementalDecoder& IncrementalDecoder::operator=(IncrementalDecoder&&) noexcept = default;
IncrementalDecoder::~IncrementalDecoder() = default;

std::size_t CrossCache::bytes() const noexcept {
  std::size_t sum = 0;
  for (const auto& buffer : keys_) sum += 2 * buffer.size();
  return sum;
}

IncrementalDecoder IncrementalDecoder::load(const tensor::WeightFile& file, const DecoderConfig& config,
                                            const LoadOptions& options) {
  const std::string prefix = decoder_prefix(file);
  if (prefix == "?") {
    throw Error(ErrorCategory::bad_data, file.source() + ": tensors",
                "a Whisper text decoder (model.decoder.embed_tokens.weight)", "none");
  }
  IncrementalDecoder d;
  d.config_ = config;
  d.precision_ = options.precision;
  d.embedding_ = file.require(prefix + "embed_tokens.weight", {config.vocabulary, config.d_model});
  d.positions_ = tensor::to_float(file.require(prefix + "embed_positions.weight", {config.positions, config.d_model}));
  kernels::PackScratch scratch;
  const Source source{file, options.precision, scratch};
  for (std::int64_t i = 0; i < config.layers; ++i) {
    d.layers_.push_back(std::make_unique<Layer>(source, prefix + "layers." + std::to_string(i) + ".", config));
    if (options.progress) options.progress(i + 1, config.layers + 1);
  }
  d.norm_ = load_norm(file, prefix + "layer_norm", config.d_model);
  const tensor::TensorView* own = file.find("proj_out.weight");
  const tensor::TensorView& scores = own == nullptr ? d.embedding_ : *own;
  tensor::require_shape(scores, {config.vocabulary, config.d_model});
  d.output_ = NarrowLinear(source.rows(scores), {}, config.vocabulary, config.d_model, options.precision);
  if (options.progress) options.progress(config.layers + 1, config.layers + 1);
  return d;
}

std::size_t IncrementalDecoder::weight_bytes() const noexcept {
  std::size_t sum = output_.bytes();
  for (const auto& layer : layers_) sum += layer->bytes();
  return sum;
}

TokenCache IncrementalDecoder::make_cache(std::int64_t rows) const { return {config_, rows}; }

void IncrementalDecoder::hear(std::span<const float> features, std::int64_t frames, CrossCache& cross,
                              int threads) const {
  const std::int64_t d = config_.d_model, head_dim = config_.head_dim();
  if (frames < 1 || features.size() != static_cast<std::size_t>(frames * d)) {
    throw Error(ErrorCategory::internal, "decoder: features", "[frames, " + std::to_string(d) + "]",
                std::to_string(features.size()) + " values");
  }
  cross.bf16_ = precision_ != kernels::Precision::f32;
  cross.frames_ = frames;
  const std::size_t bytes = features.size() * (cross.bf16_ ? 2U : 4U);
  for (auto* buffers : {&cross.keys_, &cross.values_}) {
    buffers->resize(layers_.size());
    for (auto& buffer : *buffers) {
      if (buffer.size() != bytes) buffer = kernels::Buffer(bytes);
    }
  }
  const std::int64_t block = std::min(kernels::kBlockRows, frames), blocks = parts(frames, block);
  const auto layers = static_cast<std::int64_t>(layers_.size());
  kernels::run_team(threads, [&](kernels::Team& team) {
    kernels::Operand operand(precision_, block, d);
    kernels::LinearScratch scratch(block, d);
    // A block of features is coded once, then multiplied for every layer while it is in cache.
    team.share(blocks * layers, [&](std::int64_t task) {
      const std::int64_t first = task / layers * block, count = std::min(block, frames - first);
      const auto i = static_cast<std::size_t>(task % layers);
      for (std::int64_t r = 0; r < count; ++r) operand.set_row(r, features.data() + (first + r) * d);
      const auto keep = [&](const Linear& linear, kernels::Buffer& to) {
        linear.run(operand, count, scratch, [&](std::int64_t r, const float* row) {
          for (std::int64_t h = 0; h < config_.heads; ++h) {
            const std::int64_t at = (h * frames + first + r) * head_dim;
            if (cross.bf16_) {
              kernels::row_ops().to_bf16(row + h * head_dim, head_dim, to.as<std::uint16_t>() + at);
            } else {
              std::copy_n(row + h * head_dim, head_dim, to.as<float>() + at);
            }
          }
        });
      };
      keep(layers_[i]->cross_k, cross.keys_[i]);
      keep(layers_[i]->cross_v, cross.values_[i]);
    });
  });
}

void IncrementalDecoder::require_room(std::size_t tokens, const TokenCache& cache, const CrossCache& cross) const {
  if (tokens == 0 || cache.length_ + static_cast<std::int64_t>(tokens) > config_.positions) {
    throw Error(ErrorCategory::bad_data, "decoder: tokens", "1.." + std::to_string(config_.positions) + " in all",
                std::to_string(cache.length_ + static_cast<std::int64_t>(tokens)));
  }
  if (cross.keys_.size() != layers_.size() || cache.keys_.size() != layers_.size() || cache.width_ != config_.d_model) {
    throw Error(ErrorCategory::internal, "decoder: step", "caches of this decoder", "another's");
  }
}

void IncrementalDecoder::embed(std::span<const std::int32_t> tokens, const Pass& pass) const {
  const std::int64_t d = config_.d_model;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= config_.vocabulary) {
      throw Error(ErrorCategory::bad_data, "decoder: token", "0.." + std::to_string(config_.vocabulary - 1),
                  std::to_string(tokens[i]));
    }
    const auto r = static_cast<std::int64_t>(i);
    float* row = pass.stream + r * d;
    tensor::to_float(tensor::row_of(embedding_, tokens[i]), {row, static_cast<std::size_t>(d)});
    kernels::row_ops().add(positions_.data() + (pass.cache.length_ + (pass.prompt ? r : 0)) * d, d, row);
  }
}

void IncrementalDecoder::run_layers(const Pass& p, int threads) const {
  const std::int64_t d = config_.d_model, head_dim = config_.head_dim(), heads = config_.heads, n = p.rows;
  const std::int64_t frames = p.cross.frames_, part = part_of(d, threads), wide = part_of(config_.ffn, threads);
  TokenCache& cache = p.cache;
  const kernels::NarrowOps& ops = kernels::narrow_ops();

  // softmax(q k^T) v of one row and head over the tokens before it and itself.
  const auto attend_self = [&](const float* keys, const float* values, std::int64_t r, std::int64_t h, float* scores) {
    const auto row = static_cast<std::size_t>(p.prompt ? 0 : r);
    const std::int64_t slot = p.prompt ? 0 : r;
    const auto each_run = [&](auto&& body) {
      std::int64_t at = 0;
      for (const TokenCache::Run& run : cache.runs_[row]) {
        body((run.slot * cache.positions_ + run.first) * d + h * head_dim, run.count, at);
        at += run.count;
      }
      const std::int64_t own = p.prompt ? r + 1 : 1;
      body((slot * cache.positions_ + cache.length_) * d + h * head_dim, own, at);
      return at + own;
    };
    const MatrixRows<float> query{p.query + r * d + h * head_dim, d, 1, head_dim};
    const std::int64_t visible = each_run([&](std::int64_t from, std::int64_t count, std::int64_t at) {
      ops.dots_f32({keys + from, d, count, head_dim}, query, scores + at, cache.positions_);
    });
    ops.softmax(scores, visible);
    float* to = p.mixed + r * d + h * head_dim;
    std::fill_n(to, head_dim, 0.0F);
    each_run([&](std::int64_t from, std::int64_t count, std::int64_t at) {
      ops.mix_f32({values + from, d, count, head_dim}, scores + at, cache.positions_, 1, to, d);
    });
  };

  // The same of several rows over the features.
  const auto attend_cross = [&](std::size_t layer, std::int64_t first, std::int64_t h, float* scores) {
    const std::int64_t count = std::min(kScoreRows, n - first), at = h * frames * head_dim;
    const MatrixRows<float> queries{p.query + first * d + h * head_dim, d, count, head_dim};
    float* to = p.mixed + first * d + h * head_dim;
    for (std::int64_t r = 0; r < count; ++r) std::fill_n(to + r * d, head_dim, 0.0F);
    const auto run = [&]<typename Element>(const Element* keys, const Element* values, auto dots, auto mix) {
      dots({keys + at, head_dim, frames, head_dim}, queries, scores, frames);
      for (std::int64_t r = 0; r < count; ++r) ops.softmax(scores + r * frames, frames);
      mix({values + at, head_dim, frames, head_dim}, scores, frames, count, to, d);
    };
    const kernels::Buffer &keys = p.cross.keys_[layer], &values = p.cross.values_[layer];
    if (p.cross.bf16_) {
      run(keys.as<std::uint16_t>(), values.as<std::uint16_t>(), ops.dots_bf16, ops.mix_bf16);
    } else {
      run(keys.as<float>(), values.as<float>(), ops.dots_f32, ops.mix_f32);
    }
    if (p.wish == nullptr) return;
    for (std::size_t w = 0; w < p.wish->heads.size(); ++w) {
      const AlignmentHead wanted = p.wish->heads[w];
      if (wanted.layer != static_cast<std::int64_t>(layer) || wanted.head != h) continue;
      std::copy_n(scores, count * frames,
                  p.wish->weights.data() + (static_cast<std::int64_t>(w) * p.wish_rows + p.wish_row + first) * frames);
    }
  };

  kernels::run_team(threads, [&](kernels::Team& team) {
    const Pass::Mine mine = p.mine(team.thread(), d);
    const auto norm = [&](const Norm& how) {  // by every thread for itself: cheaper than to wait for each other
      for (std::int64_t r = 0; r < n; ++r) how.apply(p.stream + r * d, mine.normed + r * d);
    };
    const auto project = [&](const NarrowLinear& linear, const float* x, std::int64_t piece, std::int64_t task,
                             float* to, std::int64_t stride) {
      const std::int64_t first = task * piece, count = std::min(piece, linear.out() - first);
      linear.run(x, n, first, count, to + first, stride);
    };
    const auto add_product = [&](const NarrowLinear& linear, const float* x) {
      team.share(parts(d, part), [&](std::int64_t task) {
        const std::int64_t first = task * part, count = std::min(part, d - first);
        linear.run(x, n, first, count, mine.part, count);
        for (std::int64_t r = 0; r < n; ++r) {
          kernels::row_ops().add(mine.part + r * count, count, p.stream + r * d + first);
        }
      });
    };
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const Layer& layer = *layers_[i];
      float *keys = cache.keys_[i].as<float>(), *values = cache.values_[i].as<float>();
      norm(layer.self_norm);
      const std::int64_t third = parts(d, part);
      team.share(3 * third, [&](std::int64_t task) {
        if (task < third) return project(layer.q, mine.normed, part, task, p.query, d);
        if (task < 2 * third) {
          return project(layer.k, mine.normed, part, task - third, keys + p.write_at(), p.write_stride());
        }
        project(layer.v, mine.normed, part, task - 2 * third, values + p.write_at(), p.write_stride());
      });
      team.share(n * heads, [&](std::int64_t t) { attend_self(keys, values, t / heads, t % heads, mine.scores); });
      add_product(layer.out, p.mixed);
      norm(layer.cross_norm);
      team.share(parts(d, part), [&](std::int64_t t) { project(layer.cross_q, mine.normed, part, t, p.query, d); });
      team.share(heads * parts(n, kScoreRows), [&](std::int64_t task) {
        const std::int64_t blocks = parts(n, kScoreRows);
        attend_cross(i, task % blocks * kScoreRows, task / blocks, mine.scores);
      });
      add_product(layer.cross_out, p.mixed);
      norm(layer.feed_norm);
      team.share(parts(config_.ffn, wide), [&](std::int64_t task) {
        const std::int64_t first = task * wide, count = std::min(wide, config_.ffn - first);
        project(layer.fc1, mine.normed, wide, task, p.up, config_.ffn);
        for (std::int64_t r = 0; r < n; ++r) kernels::row_ops().gelu(p.up + r * config_.ffn + first, count);
      });
      add_product(layer.fc2, p.up);
    }
  });
}

// logits[r] = embedding norm(stream[r])
void IncrementalDecoder::score(std::span<const float> stream, std::span<float> logits, int threads) const {
  const std::int64_t d = config_.d_model, n = static_cast<std::int64_t>(stream.size()) / d;
  const std::int64_t part = part_of(config_.vocabulary, threads);
  std::vector<float> normed(stream.size());
  for (std::int64_t r = 0; r < n; ++r) norm_.apply(stream.data() + r * d, normed.data() + r * d);
  kernels::parallel_for(threads, parts(config_.vocabulary, part), [&](std::int64_t task) {
    const std::int64_t first = task * part, count = std::min(part, config_.vocabulary - first);
    output_.run(normed.data(), n, first, count, logits.data() + first, config_.vocabulary);
  });
}

void IncrementalDecoder::prompt(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross,
                                const PromptWish& wish, int threads) const {
  require_room(tokens.size(), cache, cross);
  const auto total = static_cast<std::int64_t>(tokens.size());
  const auto heads = static_cast<std::int64_t>(wish.heads.size());
  if (cache.rows_ != 1 || wish.weights.size() != static_cast<std::size_t>(heads * total * cross.frames_) ||
      std::ranges::any_of(wish.heads, [&](AlignmentHead h) {
        return h.layer < 0 || h.layer >= config_.layers || h.head < 0 || h.head >= config_.heads;
      })) {
    throw Error(ErrorCategory::internal, "decoder: prompt", "one hypothesis, heads that there are, room for weights",
                "another");
  }
  const std::int64_t d = config_.d_model, start = cache.length_;
  std::vector<float> kept;  // rows of the stream whose scores are wanted
  std::size_t next = 0;
  std::vector<float> logits;
  for (std::int64_t first = 0; first < total; first += kPromptRows) {
    const std::int64_t count = std::min(kPromptRows, total - first);
    Pass pass(cache, cross, count, true, config_, threads);
    pass.wish = heads == 0 ? nullptr : &wish;
    pass.wish_row = first;
    pass.wish_rows = total;
    try {
      embed(tokens.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)), pass);
    } catch (...) {
      cache.length_ = start;
      throw;
    }
    cache.find_runs();
    run_layers(pass, threads);
    std::fill_n(cache.slot_of_.begin() + cache.length_, count, 0);
    cache.length_ += count;
    while (next < wish.rows.size() && wish.rows[next] < first + count) {
      const std::int64_t row = wish.rows[next];
      kept.assign(pass.stream + (row - first) * d, pass.stream + (row - first + 1) * d);
      std::size_t together = 1;
      for (; together < kLogitRows && next + together < wish.rows.size(); ++together) {
        const std::int64_t other = wish.rows[next + together];
        if (other >= first + count) break;
        kept.insert(kept.end(), pass.stream + (other - first) * d, pass.stream + (other - first + 1) * d);
      }
      const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
      logits.resize(together * vocabulary);
      score(kept, logits, threads);
      for (std::size_t i = 0; i < together; ++i) {
        wish.logits(wish.rows[next + i], std::span(logits).subspan(i * vocabulary, vocabulary));
      }
      next += together;
    }
  }
}

void IncrementalDecoder::step(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross,
                              std::span<float> logits, int threads) const {
  require_room(1, cache, cross);
  const auto rows = static_cast<std::size_t>(cache.rows_);
  if (tokens.size() != rows || logits.size() != rows * static_cast<std::size_t>(config_.vocabulary)) {
    throw Error(ErrorCategory::internal, "decoder: step", std::to_string(rows) + " tokens and room for their scores",
                std::to_string(tokens.size()) + " and " + std::to_string(logits.size()));
  }
  const Pass pass(cache, cross, cache.rows_, false, config_, threads);
  embed(tokens, pass);
  cache.find_runs();
  run_layers(pass, threads);
  for (std::int64_t r = 0; r < cache.rows_; ++r) {
    cache.slot_of_[static_cast<std::size_t>(r * cache.positions_ + cache.length_)] = static_cast<std::int32_t>(r);
  }
  ++cache.length_;
  score({pass.stream, rows * static_cast<std::size_t>(config_.d_model)}, logits, threads);
}

}  // namespace seben::whisper
