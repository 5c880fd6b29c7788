// SPDX-License-Identifier: Apache-2.0
// Keys and values of the tokens so far, for several hypotheses that share what they have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/buffer.h"
#include "kernels/thread_pool.h"
#include "model/whisper/decoder_config.h"
#include "quant/kv_cache.h"

namespace seben::whisper {

/// What a pass through the layers needs while it lasts: its activations and its threads. Those start with the first
/// pass that wants them, sleep between passes and end with this. One pass at a time.
class PassMemory {
 public:
  /// That many bytes.
  [[nodiscard]] float* work(std::size_t bytes);
  [[nodiscard]] kernels::ThreadPool& pool(int threads);
  [[nodiscard]] std::size_t bytes() const noexcept { return work_.size(); }

 private:
  kernels::Buffer work_;
  std::unique_ptr<kernels::ThreadPool> pool_;
  int pool_threads_ = 0;
};

/// Preallocated for all positions. A hypothesis knows for each position in which of the slots its keys and values lie,
/// so that hypotheses fork and end without anything being copied.
class TokenCache {
 public:
  /// Error(usage) for a number of rows or a form that there is not, or heads that have no such form. Caches whose
  /// decoder takes steps in turns or together may share a `memory`; nullptr: one of its own.
  TokenCache(const DecoderConfig& config, std::int64_t max_rows, quant::KvForm form = quant::KvForm::f32,
             std::shared_ptr<PassMemory> memory = nullptr);

  [[nodiscard]] std::int64_t max_rows() const noexcept { return slots_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }      ///< hypotheses
  [[nodiscard]] std::int64_t length() const noexcept { return length_; }  ///< tokens of each
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] const std::shared_ptr<PassMemory>& memory() const noexcept { return memory_; }

  /// One hypothesis without tokens.
  void clear() noexcept;
  /// Forgets all tokens but the first `length`; there must be one hypothesis.
  void truncate(std::int64_t length);
  /// From now on row i continues what was row parents[i]; there may be more or fewer rows than before. Error(internal)
  /// for none, too many, or a parent that there is not.
  void reorder(std::span<const std::int64_t> parents);

 private:
  friend class IncrementalDecoder;
  friend class DecoderPass;
  // Positions first..first+count-1 lie in `slot`.
  struct Run {
    std::int64_t slot, first, count;
  };
  void find_runs();
  // `count` tokens behind the last one: of slot 0, or one of each row.
  void keep_prompt(std::int64_t count);
  void keep_step();

  std::int64_t slots_, positions_, width_, rows_ = 1, length_ = 0;
  std::vector<quant::KvRows> keys_, values_;       // by layer, [slots][positions]
  std::vector<std::int32_t> slot_of_, reordered_;  // [rows][positions]
  std::vector<std::vector<Run>> runs_;             // by row, of the positions below length_
  std::shared_ptr<PassMemory> memory_;
};

}  // namespace seben::whisper
