// SPDX-License-Identifier: Apache-2.0
#include "model/whisper/token_cache.h"

#include <algorithm>
#include <string>
#include <utility>

#include "seben/error.h"

namespace seben::whisper {

TokenCache::TokenCache(const DecoderConfig& config, std::int64_t max_rows, quant::KvForm form,
                       std::shared_ptr<PassMemory> memory)
    : slots_(max_rows),
      positions_(config.positions),
      width_(config.d_model),
      memory_(memory ? std::move(memory) : std::make_shared<PassMemory>()) {
  constexpr std::int64_t kMaxRows = 64;
  if (max_rows < 1 || max_rows > kMaxRows) {
    throw Error(ErrorCategory::usage, "decoder: hypotheses at a time", "1.." + std::to_string(kMaxRows),
                std::to_string(max_rows));
  }
  const quant::KvShape shape{config.heads, slots_ * positions_, config.head_dim()};
  for (std::int64_t i = 0; i < config.layers; ++i) {
    keys_.emplace_back(shape, form);
    values_.emplace_back(shape, form);
  }
  slot_of_.resize(static_cast<std::size_t>(slots_ * positions_));
  reordered_.resize(slot_of_.size());
  runs_.resize(static_cast<std::size_t>(slots_));
  for (auto& runs : runs_) runs.reserve(64);
}

std::size_t TokenCache::bytes() const noexcept {
  std::size_t sum = memory_->bytes();
  for (const auto& layer : keys_) sum += 2 * layer.bytes();
  return sum;
}

void TokenCache::clear() noexcept {
  rows_ = 1;
  length_ = 0;
}

void TokenCache::truncate(std::int64_t length) {
  if (rows_ != 1 || length < 0 || length > length_) {
    throw Error(ErrorCategory::internal, "decoder: truncate", "one hypothesis of at least that many tokens",
                std::to_string(rows_) + " of " + std::to_string(length_));
  }
  length_ = length;
}

void TokenCache::reorder(std::span<const std::int64_t> parents) {
  const auto count = static_cast<std::int64_t>(parents.size());
  if (count < 1 || count > slots_ || std::ranges::any_of(parents, [&](auto p) { return p < 0 || p >= rows_; })) {
    throw Error(ErrorCategory::internal, "decoder: reorder", "1.." + std::to_string(slots_) + " rows that there are",
                "others");
  }
  for (std::int64_t r = 0; r < count; ++r) {
    std::copy_n(slot_of_.begin() + parents[static_cast<std::size_t>(r)] * positions_, length_,
                reordered_.begin() + r * positions_);
  }
  slot_of_.swap(reordered_);
  rows_ = count;
}

void TokenCache::keep_prompt(std::int64_t count) {
  std::fill_n(slot_of_.begin() + length_, count, 0);
  length_ += count;
}

void TokenCache::keep_step() {
  for (std::int64_t r = 0; r < rows_; ++r) {
    slot_of_[static_cast<std::size_t>(r * positions_ + length_)] = static_cast<std::int32_t>(r);
  }
  ++length_;
}

float* PassMemory::work(std::size_t bytes) {
  if (work_.size() < bytes) {
    work_ = {};
    work_ = kernels::Buffer(bytes);
  }
  return work_.as<float>();
}

kernels::ThreadPool& PassMemory::pool(int threads) {
  if (pool_threads_ != threads) {
    pool_.reset();
    pool_ = std::make_unique<kernels::ThreadPool>(threads);
    pool_threads_ = threads;
  }
  return *pool_;
}

void TokenCache::find_runs() {
  for (std::int64_t r = 0; r < rows_; ++r) {
    auto& runs = runs_[static_cast<std::size_t>(r)];
    runs.clear();
    const std::int32_t* slot = slot_of_.data() + r * positions_;
    for (std::int64_t p = 0; p < length_; ++p) {
      if (!runs.empty() && runs.back().slot == slot[p]) {
        ++runs.back().count;
      } else {
        runs.push_back({slot[p], p, 1});
      }
    }
  }
}

}  // namespace seben::whisper
