// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/incremental_decoder.h"

#include <algorithm>
#include <utility>

#include "kernels/linear.h"
#include "kernels/row_ops.h"
#include "kernels/thread_pool.h"
#include "kernels/threads.h"
#include "model/whisper/decoder_layer.h"
#include "model/whisper/decoder_pass.h"
#include "model/whisper/decoder_tensors.h"
#include "seben/error.h"

namespace seben::whisper {
namespace {

constexpr std::int64_t kPromptRows = 64;  // tokens of a prompt that go through the layers together
constexpr std::int64_t kLogitRows = 8;    // rows of scores at a time

}  // namespace

IncrementalDecoder::IncrementalDecoder() = default;
IncrementalDecoder::IncrementalDecoder(IncrementalDecoder&&) noexcept = default;
IncrementalDecoder& IncrementalDecoder::operator=(IncrementalDecoder&&) noexcept = default;
IncrementalDecoder::~IncrementalDecoder() = default;

IncrementalDecoder IncrementalDecoder::load(const tensor::WeightFile& file, const DecoderConfig& config,
                                            const LoadOptions& options, const DecoderStorage& storage) {
  const std::string prefix = require_decoder_prefix(file);
  const bool exact = options.precision == kernels::Precision::f32;
  IncrementalDecoder d;
  d.config_ = config;
  d.precision_ = options.precision;
  d.cross_form_ = storage.cross.value_or(exact ? quant::KvForm::f32 : quant::KvForm::bf16);
  d.token_form_ = storage.tokens.value_or(quant::KvForm::f32);
  (void)quant::KvHeads({1, 1, config.head_dim()}, d.cross_form_);  // whether there are such caches
  (void)quant::KvRows({1, 1, config.head_dim()}, d.token_form_);
  d.embedding_ = file.require(prefix + "embed_tokens.weight", {config.vocabulary, config.d_model});
  d.positions_ = tensor::to_float(file.require(prefix + "embed_positions.weight", {config.positions, config.d_model}));
  DecoderSource source(file, options.precision, storage.weights, options.threads);
  d.layers_.reserve(static_cast<std::size_t>(config.layers));
  for (std::int64_t i = 0; i < config.layers; ++i) {
    d.layers_.emplace_back(source, prefix + "layers." + std::to_string(i) + ".", config);
    d.workspace_floats_ = std::max(d.workspace_floats_, d.layers_.back().workspace_floats());
    if (options.progress) options.progress(i + 1, config.layers + 1);
  }
  d.norm_ = load_norm(file, prefix + "layer_norm", config.d_model);
  const tensor::TensorView* own = file.find("proj_out.weight");
  const tensor::TensorView& scores = own == nullptr ? file.require(prefix + "embed_tokens.weight") : *own;
  tensor::require_shape(scores, {config.vocabulary, config.d_model});
  d.output_ = source.narrow(scores, {});
  d.workspace_floats_ = std::max(d.workspace_floats_, d.output_.workspace_floats());
  if (options.progress) options.progress(config.layers + 1, config.layers + 1);
  return d;
}

std::size_t IncrementalDecoder::weight_bytes() const noexcept {
  std::size_t sum = output_.bytes();
  for (const auto& layer : layers_) sum += layer.bytes();
  return sum;
}

TokenCache IncrementalDecoder::make_cache(std::int64_t rows, std::shared_ptr<PassMemory> memory) const {
  return {config_, rows, token_form_, std::move(memory)};
}

// What coded keys are stored without, by layer and negated: the key of the mean feature. All scores of a query change
// by the same, which the softmax does not see, and channels that are large everywhere leave the codes to what differs.
std::vector<std::vector<float>> IncrementalDecoder::common_keys(std::span<const float> features,
                                                                std::int64_t frames) const {
  if (cross_form_ == quant::KvForm::f32 || cross_form_ == quant::KvForm::bf16) return {};
  const std::int64_t d = config_.d_model;
  std::vector<float> mean(static_cast<std::size_t>(d), 0.0F);
  for (std::int64_t f = 0; f < frames; ++f) kernels::row_ops().add(features.data() + f * d, d, mean.data());
  for (float& v : mean) v /= -static_cast<float>(frames);
  const kernels::OneThread alone;
  kernels::Operand operand(precision_, 1, d);
  kernels::LinearScratch scratch(1, d);
  operand.set_row(0, mean.data());
  std::vector<std::vector<float>> keys(layers_.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    layers_[i].cross_k.run(operand, 1, scratch, [&](std::int64_t, const float* row) { keys[i].assign(row, row + d); });
  }
  return keys;
}

void IncrementalDecoder::encode(std::span<const float> features, std::int64_t frames, CrossCache& cross,
                                int threads) const {
  const std::int64_t d = config_.d_model;
  if (frames < 1 || features.size() != static_cast<std::size_t>(frames * d)) {
    throw Error(ErrorCategory::internal, "decoder: features", "[frames, " + std::to_string(d) + "]",
                std::to_string(features.size()) + " values");
  }
  const quant::KvShape shape{config_.heads, frames, config_.head_dim()};
  cross.frames_ = frames;
  cross.layers_.resize(layers_.size());
  for (auto& layer : cross.layers_) {
    if (layer.shape() != shape || layer.form() != cross_form_) layer = quant::KvHeads(shape, cross_form_);
  }
  const std::vector<std::vector<float>> common = common_keys(features, frames);
  constexpr std::int64_t kLanes = kernels::kKeyLanes, kRows = kernels::kBlockRows / kLanes * kLanes;
  const std::int64_t block = std::min(kRows, frames), blocks = (frames + block - 1) / block;
  const auto layers = static_cast<std::int64_t>(layers_.size());
  struct Mine {
    kernels::Operand operand;
    kernels::LinearScratch scratch;
    std::vector<float> keys;  // as many rows as a cache keeps side by side
    std::int64_t first;       // the block in `operand`: it is multiplied for layer after layer while it is in cache
  };
  std::vector<Mine> memory;
  memory.reserve(static_cast<std::size_t>(threads));
  for (int t = 0; t < threads; ++t) {
    memory.push_back(
        {{precision_, block, d}, {block, d}, std::vector<float>(static_cast<std::size_t>(kLanes * d)), -1});
  }
  kernels::ThreadPool(threads).share(blocks * layers, [&](std::int64_t task, int thread) {
    const kernels::OneThread alone;
    Mine& mine = memory[static_cast<std::size_t>(thread)];
    const std::int64_t first = task / layers * block, count = std::min(block, frames - first);
    const auto i = static_cast<std::size_t>(task % layers);
    if (mine.first != first) {
      for (std::int64_t r = 0; r < count; ++r) mine.operand.set_row(r, features.data() + (first + r) * d);
      mine.first = first;
    }
    layers_[i].cross_k.run(mine.operand, count, mine.scratch, [&](std::int64_t r, float* row) {
      if (!common.empty()) kernels::row_ops().add(common[i].data(), d, row);
      std::copy_n(row, d, mine.keys.data() + r % kLanes * d);
      if (r % kLanes != kLanes - 1 && r != count - 1) return;
      std::fill(mine.keys.begin() + (r % kLanes + 1) * d, mine.keys.end(), 0.0F);
      cross.layers_[i].set_keys((first + r) / kLanes, mine.keys.data());
    });
    layers_[i].cross_v.run(mine.operand, count, mine.scratch,
                           [&](std::int64_t r, const float* row) { cross.layers_[i].set_value(first + r, row); });
  });
}

void IncrementalDecoder::require_workspace(std::size_t tokens, const TokenCache& cache, const CrossCache& cross) const {
  if (tokens == 0 || cache.length_ + static_cast<std::int64_t>(tokens) > config_.positions) {
    throw Error(ErrorCategory::bad_data, "decoder: tokens", "1.." + std::to_string(config_.positions) + " in all",
                std::to_string(cache.length_ + static_cast<std::int64_t>(tokens)));
  }
  if (cross.layers_.size() != layers_.size() || cross.layers_[0].shape().width() != config_.d_model ||
      cache.keys_.size() != layers_.size() || cache.width_ != config_.d_model) {
    throw Error(ErrorCategory::internal, "decoder: step", "caches of this decoder", "another's");
  }
}

// Of rows first.. of the pass.
void IncrementalDecoder::embed(std::span<const std::int32_t> tokens, std::int64_t first, DecoderPass& pass) const {
  const std::int64_t d = config_.d_model;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || tokens[i] >= config_.vocabulary) {
      throw Error(ErrorCategory::bad_data, "decoder: token", "0.." + std::to_string(config_.vocabulary - 1),
                  std::to_string(tokens[i]));
    }
    const std::int64_t r = first + static_cast<std::int64_t>(i);
    tensor::to_float(tensor::row_of(embedding_, tokens[i]), {pass.stream(r), static_cast<std::size_t>(d)});
    kernels::row_ops().add(positions_.data() + pass.position(r) * d, d, pass.stream(r));
  }
}

void IncrementalDecoder::run_layers(DecoderPass& pass) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) pass.run(layers_[i], i);
}

// Gives the scores that are wanted of the pass's rows, the first of which is row `first` of the prompt.
void IncrementalDecoder::answer(const PromptRequest& request, std::size_t& next, std::int64_t first, DecoderPass& pass,
                                std::vector<float>& logits) const {
  const auto vocabulary = static_cast<std::size_t>(config_.vocabulary);
  std::vector<std::int64_t> rows;
  while (next < request.rows.size() && request.rows[next] < first + pass.rows()) {
    rows.clear();
    for (std::size_t i = next; i < request.rows.size() && static_cast<std::int64_t>(rows.size()) < kLogitRows; ++i) {
      if (request.rows[i] >= first + pass.rows()) break;
      rows.push_back(request.rows[i] - first);
    }
    logits.resize(rows.size() * vocabulary);
    pass.score(norm_, output_, rows, logits.data());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      request.logits(request.rows[next + i], std::span(logits).subspan(i * vocabulary, vocabulary));
    }
    next += rows.size();
  }
}

void IncrementalDecoder::prompt(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross,
                                const PromptRequest& request, int threads) const {
  require_workspace(tokens.size(), cache, cross);
  const auto total = static_cast<std::int64_t>(tokens.size());
  const auto heads = static_cast<std::int64_t>(request.heads.size());
  if (cache.rows_ != 1 || request.weights.size() != static_cast<std::size_t>(heads * total * cross.frames_) ||
      std::ranges::any_of(request.heads, [&](AlignmentHead h) {
        return h.layer < 0 || h.layer >= config_.layers || h.head < 0 || h.head >= config_.heads;
      })) {
    throw Error(ErrorCategory::internal, "decoder: prompt", "one hypothesis, heads that there are, room for weights",
                "another");
  }
  const std::int64_t start = cache.length_;
  std::size_t next = 0;
  std::vector<float> logits;
  for (std::int64_t first = 0; first < total; first += kPromptRows) {
    const std::int64_t count = std::min(kPromptRows, total - first);
    DecoderPass pass(config_, {cache, cross}, count, threads, workspace_floats_);
    pass.grant(request, first, total);
    try {
      embed(tokens.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count)), 0, pass);
      run_layers(pass);
    } catch (...) {
      cache.length_ = start;
      throw;
    }
    cache.keep_prompt(count);
    answer(request, next, first, pass, logits);
  }
}

void IncrementalDecoder::step(std::span<const std::int32_t> tokens, TokenCache& cache, const CrossCache& cross,
                              std::span<float> logits, int threads) const {
  const StepPart part{cache, cross, tokens};
  step(std::span(&part, 1), logits, threads);
}

void IncrementalDecoder::step(std::span<const StepPart> parts, std::span<float> logits, int threads) const {
  std::vector<DecoderPass::Window> windows;
  std::size_t rows = 0;
  for (const StepPart& part : parts) {
    require_workspace(1, part.cache, part.cross);
    if (part.tokens.size() != static_cast<std::size_t>(part.cache.rows_)) {
      throw Error(ErrorCategory::internal, "decoder: step", std::to_string(part.cache.rows_) + " tokens",
                  std::to_string(part.tokens.size()));
    }
    rows += part.tokens.size();
    windows.push_back({part.cache, part.cross});
  }
  if (rows == 0 || logits.size() != rows * static_cast<std::size_t>(config_.vocabulary)) {
    throw Error(ErrorCategory::internal, "decoder: step",
                "a window, and room for the scores of " + std::to_string(rows) + " rows",
                std::to_string(logits.size()));
  }
  DecoderPass pass(config_, windows, threads, workspace_floats_);
  std::int64_t first = 0;
  for (const StepPart& part : parts) {
    embed(part.tokens, first, pass);
    first += part.cache.rows_;
  }
  run_layers(pass);
  for (const StepPart& part : parts) part.cache.keep_step();
  pass.score(norm_, output_, logits.data());
}

}  // namespace seben::whisper
