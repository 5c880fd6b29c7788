// SPDX-License-Identifier: Apache-2.0
// What every call of a loaded bundle shares: packed weights, what they were packed for, memory for calls in flight.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "codecs/feature_codec.h"
#include "engine/lease_pool.h"
#include "engine/recogniser.h"
#include "engine/text_plan.h"
#include "engine/text_stage.h"
#include "kernels/precision.h"
#include "seben/bundle.h"
#include "seben/transcriber.h"

namespace seben::pipeline {

/// Who writes.
struct Decoders {
  bool ctc = false;
  bool whisper = false;
  friend bool operator==(const Decoders&, const Decoders&) = default;
};

/// What weights are packed for; checked before they are.
struct Basis {
  /// Error(usage) for an impossible option, Error(incomplete) for what no gate admitted.
  Basis(Bundle of, const TranscriberOptions& options);

  /// Error(usage), naming the field, for options that need other weights than these.
  void require_same(const TranscriberOptions& options) const;

  Bundle bundle;
  Decoders decoders;
  bool allow_unadmitted;
  int threads;
  kernels::Precision precision;
  std::string precision_name;
  std::string codec_name;
  std::shared_ptr<const quant::FeatureCodec> feature_codec;
  std::string text_decoder;  ///< Whisper's, by its name in the bundle; empty without
  std::string text_cache;    ///< how its keys and values are kept
};

class LoadedModel {
 public:
  /// Of one call; kept for the next one once the caller is done with it.
  struct CallMemory {
    std::unique_ptr<WindowMemory> window;
    std::unique_ptr<generate::TextDecoder> text;

    [[nodiscard]] correction::Proposals& correction() const noexcept { return window->correction; }
  };
  using Lease = LeasePool<CallMemory>::Lease;

  /// Packs the weights; `plan` where Whisper's decoder writes.
  LoadedModel(const Basis& basis, const std::optional<TextPlan>& plan,
              const std::function<void(std::int64_t, std::int64_t)>& progress);

  [[nodiscard]] const Basis& basis() const noexcept { return basis_; }
  [[nodiscard]] const Recogniser& recogniser() const noexcept { return recogniser_; }
  /// nullptr unless Whisper's decoder writes.
  [[nodiscard]] const std::shared_ptr<const TextStage>& text() const noexcept { return text_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept;
  /// Thread-safe.
  [[nodiscard]] Lease borrow() const;

 private:
  Basis basis_;
  Recogniser recogniser_;
  std::shared_ptr<const TextStage> text_;
  mutable LeasePool<CallMemory> memory_;
};

}  // namespace seben::pipeline
