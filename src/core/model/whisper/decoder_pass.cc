// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/decoder_pass.h"

#include <algorithm>
#include <utility>

#include "kernels/row_ops.h"

namespace seben::whisper {
namespace {

using kernels::NarrowLinear;

constexpr std::int64_t kPartRows = 256;  // outputs of one task at most
constexpr std::int64_t kScoreRows = 8;   // queries that meet a head's features together

// Outputs of one task: some for every thread, and few enough to stay in cache.
std::int64_t task_outputs(std::int64_t out, int threads) {
  const std::int64_t even = (out / (4 * static_cast<std::int64_t>(threads)) + 7) / 8 * 8;
  return std::clamp<std::int64_t>(even, 16, kPartRows);
}

std::int64_t parts(std::int64_t out, std::int64_t part) { return (out + part - 1) / part; }

// Whole cache lines, so that no two threads write to one.
std::int64_t lines(std::int64_t floats) { return (floats + 15) / 16 * 16; }

}  // namespace

std::vector<DecoderPass::Part> DecoderPass::parts_of(std::span<const Window> windows) {
  std::vector<Part> parts;
  std::int64_t first = 0;
  for (const Window& w : windows) {
    parts.push_back({&w.cache, &w.cross, first, w.cache.rows_});
    first += w.cache.rows_;
  }
  return parts;
}

DecoderPass::DecoderPass(const DecoderConfig& config, std::span<const Window> windows, int threads,
                         std::int64_t workspace_floats)
    : DecoderPass(config, parts_of(windows), false, threads, workspace_floats) {}

DecoderPass::DecoderPass(const DecoderConfig& config, const Window& window, std::int64_t rows, int threads,
                         std::int64_t workspace_floats)
    : DecoderPass(config, {{&window.cache, &window.cross, 0, rows}}, true, threads, workspace_floats) {}

DecoderPass::DecoderPass(const DecoderConfig& config, std::vector<Part> parts, bool prompt, int threads,
                         std::int64_t workspace_floats)
    : config_(config),
      parts_(std::move(parts)),
      memory_(*parts_.front().cache->memory_),
      pool_(memory_.pool(threads)),
      rows_(parts_.back().first + parts_.back().rows),
      prompt_(prompt),
      width_(config.d_model),
      head_dim_(config.head_dim()),
      score_floats_(config.positions) {
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    row_part_.insert(row_part_.end(), static_cast<std::size_t>(parts_[p].rows), static_cast<std::int32_t>(p));
    score_floats_ = std::max(score_floats_, parts_[p].cross->layers_[0].lanes());
    parts_[p].cache->find_runs();
  }
  score_floats_ = lines(kScoreRows * score_floats_);
  part_floats_ = lines(rows_ * std::max(kPartRows, head_dim_));
  thread_floats_ = lines(rows_ * head_dim_) + part_floats_ + 2 * score_floats_ + lines(workspace_floats);
  const std::int64_t row_floats = lines(rows_ * width_), up_floats = lines(rows_ * config.ffn);
  float* memory = memory_.work(static_cast<std::size_t>(3 * row_floats + up_floats + pool_.threads() * thread_floats_) *
                               sizeof(float));
  stream_ = memory;
  normed_ = stream_ + row_floats;
  mixed_ = normed_ + row_floats;
  up_ = mixed_ + row_floats;
  threads_scratch_ = up_ + up_floats;
}

void DecoderPass::grant(const PromptRequest& request, std::int64_t first_row, std::int64_t all_rows) noexcept {
  request_ = request.heads.empty() ? nullptr : &request;
  observer_ = request.observer ? &request.observer : nullptr;
  request_row_ = first_row;
  request_rows_ = all_rows;
}

DecoderPass::Mine DecoderPass::mine(int thread) const noexcept {
  float* query = threads_scratch_ + thread * thread_floats_;
  float* part = query + lines(rows_ * head_dim_);
  float* scores = part + part_floats_;
  return {query, part, scores, scores + score_floats_, scores + 2 * score_floats_};
}

void DecoderPass::norm(const Norm& how) {
  for (std::int64_t r = 0; r < rows_; ++r) how.apply(stream_ + r * width_, normed_ + r * width_);
}

// Where the keys and values of row `r` go.
std::int64_t DecoderPass::slot_row(std::int64_t r) const noexcept {
  const Part& part = part_of(r);
  return (prompt_ ? 0 : (r - part.first) * part.cache->positions_) + position(r);
}

// softmax(q k^T) v of one row and head over the tokens before it and itself.
void DecoderPass::attend_self(std::size_t i, std::int64_t r, std::int64_t h, const Mine& m) {
  const Part& part = part_of(r);
  const TokenCache& cache = *part.cache;
  const auto each_run = [&](auto&& body) {
    std::int64_t at = 0;
    for (const TokenCache::Run& run : cache.runs_[static_cast<std::size_t>(prompt_ ? 0 : r - part.first)]) {
      body(run.slot * cache.positions_ + run.first, run.count, at);
      at += run.count;
    }
    const std::int64_t own = prompt_ ? r + 1 : 1;
    body(slot_row(r) + 1 - own, own, at);
    return at + own;
  };
  const std::int64_t visible = each_run([&](std::int64_t first, std::int64_t count, std::int64_t at) {
    cache.keys_[i].scores(h, first, count, m.query + r * head_dim_, m.scores + at);
  });
  kernels::narrow_ops().softmax(m.scores, visible);
  float* to = mixed_ + r * width_ + h * head_dim_;
  std::fill_n(to, head_dim_, 0.0F);
  each_run([&](std::int64_t first, std::int64_t count, std::int64_t at) {
    cache.values_[i].mix(h, first, count, m.scores + at, m.more_scores, to);
  });
}

// By heads: what one needs of the projections is its own, so that nobody waits for the rest.
void DecoderPass::self_attention(const DecoderLayer& layer, std::size_t i) {
  pool_.share(config_.heads, [&](std::int64_t h, int thread) {
    const Mine m = mine(thread);
    const auto project = [&](const NarrowLinear& linear, float* to) {
      linear.run(normed_, rows_, h * head_dim_, head_dim_, to, head_dim_, m.room);
    };
    const auto keep = [&](std::vector<quant::KvRows> TokenCache::*which) {
      for (std::int64_t r = 0; r < rows_; ++r) {
        (part_of(r).cache->*which)[i].set(slot_row(r), h, m.part + r * head_dim_);
      }
    };
    project(layer.q, m.query);
    project(layer.k, m.part);
    keep(&TokenCache::keys_);
    project(layer.v, m.part);
    keep(&TokenCache::values_);
    for (std::int64_t r = 0; r < rows_; ++r) attend_self(i, r, h, m);
  });
}

void DecoderPass::cross_attention(const DecoderLayer& layer, std::size_t i) {
  pool_.share(config_.heads, [&](std::int64_t h, int thread) {
    const Mine m = mine(thread);
    layer.cross_q.run(normed_, rows_, h * head_dim_, head_dim_, m.query, head_dim_, m.room);
    for (const Part& part : parts_) attend_cross(part, i, h, m);
  });
}

void DecoderPass::attend_cross(const Part& part, std::size_t i, std::int64_t h, const Mine& m) {
  const std::int64_t end = part.first + part.rows;
  for (std::int64_t first = part.first; first < end; first += kScoreRows) {
    const std::int64_t count = std::min(kScoreRows, end - first);
    part.cross->layers_[i].attend(h, {m.query + first * head_dim_, head_dim_, count, head_dim_}, m.scores,
                                  m.more_scores, mixed_ + first * width_ + h * head_dim_, width_);
    give_weights(*part.cross, i, h, first, count, m.scores);
  }
}

void DecoderPass::give_weights(const CrossCache& cross, std::size_t i, std::int64_t h, std::int64_t first,
                               std::int64_t count, const float* weights) {
  if (request_ == nullptr) return;
  const std::int64_t lanes = cross.layers_[i].lanes();
  for (std::size_t w = 0; w < request_->heads.size(); ++w) {
    if (request_->heads[w] != AlignmentHead{static_cast<std::int64_t>(i), h}) continue;
    for (std::int64_t r = 0; r < count; ++r) {
      std::copy_n(weights + r * lanes, cross.frames_,
                  request_->weights.data() +
                      (static_cast<std::int64_t>(w) * request_rows_ + request_row_ + first + r) * cross.frames_);
    }
  }
}

void DecoderPass::observe(std::size_t i, DecoderInput input, const float* values) const {
  if (observer_ != nullptr) (*observer_)(static_cast<std::int64_t>(i), input, rows_, values);
}

// stream += x W^T + b
void DecoderPass::add_product(const NarrowLinear& linear, const float* x) {
  const std::int64_t part = task_outputs(width_, pool_.threads());
  pool_.share(parts(width_, part), [&](std::int64_t task, int thread) {
    const std::int64_t first = task * part, count = std::min(part, width_ - first);
    const Mine m = mine(thread);
    linear.run(x, rows_, first, count, m.part, count, m.room);
    for (std::int64_t r = 0; r < rows_; ++r) {
      kernels::row_ops().add(m.part + r * count, count, stream_ + r * width_ + first);
    }
  });
}

void DecoderPass::run(const DecoderLayer& layer, std::size_t i) {
  norm(layer.self_norm);
  observe(i, DecoderInput::self_attention, normed_);
  self_attention(layer, i);
  observe(i, DecoderInput::self_out, mixed_);
  add_product(layer.out, mixed_);
  norm(layer.cross_norm);
  observe(i, DecoderInput::cross_query, normed_);
  cross_attention(layer, i);
  observe(i, DecoderInput::cross_out, mixed_);
  add_product(layer.cross_out, mixed_);
  norm(layer.feed_norm);
  observe(i, DecoderInput::fc1, normed_);
  const std::int64_t part = task_outputs(config_.ffn, pool_.threads());
  pool_.share(parts(config_.ffn, part), [&](std::int64_t task, int thread) {
    const std::int64_t first = task * part, count = std::min(part, config_.ffn - first);
    layer.fc1.run(normed_, rows_, first, count, up_ + first, config_.ffn, mine(thread).room);
    for (std::int64_t r = 0; r < rows_; ++r) kernels::row_ops().gelu(up_ + r * config_.ffn + first, count);
  });
  observe(i, DecoderInput::fc2, up_);
  add_product(layer.fc2, up_);
}

void DecoderPass::score_normed(const NarrowLinear& output, std::int64_t count, float* logits) {
  const std::int64_t out = output.out(), part = task_outputs(out, pool_.threads());
  pool_.share(parts(out, part), [&](std::int64_t task, int thread) {
    const std::int64_t first = task * part, some = std::min(part, out - first);
    output.run(normed_, count, first, some, logits + first, out, mine(thread).room);
  });
}

void DecoderPass::score(const Norm& how, const NarrowLinear& output, std::span<const std::int64_t> rows,
                        float* logits) {
  float* to = normed_;
  for (const std::int64_t r : rows) {
    how.apply(stream(r), to);
    to += width_;
  }
  score_normed(output, static_cast<std::int64_t>(rows.size()), logits);
}

void DecoderPass::score(const Norm& how, const NarrowLinear& output, float* logits) {
  norm(how);
  score_normed(output, rows_, logits);
}

}  // namespace seben::whisper
